"""Configuration > Organisation: its settings and its policies, and changing them part by part."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import confirmed_lately, needs_everywhere, viewer_of
from accounts.actions.policies import update_settings
from accounts.actor import actor_of
from accounts.exceptions import Conflict, Refused
from accounts.permissions import Permission
from audit.grids.heads import PageHead
from audit.grids.moments import number_text
from audit.grids.words import Text
from audit.models import Entry
from tokens.actions.tightening import Tightened, tighten
from tokens.forms.in_use import InUseForm
from tokens.forms.passwords import PasswordForm
from tokens.forms.policies import GeneralForm, LogForm, NetworksForm, SettingsForm, SignInForm, TokenPolicyForm

LAST_CHANGES = 5


@dataclass(frozen=True)
class Part:
    """One card of the page, which is changed in one dialog."""

    name: str
    title: Text
    form: type[SettingsForm]

    @property
    def url(self) -> str:
        return reverse(f"tokens:{self.name}")


GENERAL = Part("organisation_general", gettext_lazy("Organisation"), GeneralForm)
TOKENS = Part("organisation_tokens", gettext_lazy("Policies on tokens"), TokenPolicyForm)
PASSWORDS = Part("organisation_passwords", gettext_lazy("Passwords"), PasswordForm)
SIGN_IN = Part("organisation_sign_in", gettext_lazy("Sign-in and sessions"), SignInForm)

NETWORKS = Part("organisation_networks", gettext_lazy("From where tokens may be used"), NetworksForm)
LOG = Part("organisation_log", gettext_lazy("Activity log"), LogForm)


@needs_everywhere(Permission.ORGANISATION_MANAGE)
@require_safe
def organisation(request: HttpRequest) -> HttpResponse:
    mine = viewer_of(request).organisation
    changes = Entry.objects.changes_of(mine.pk, "organisation", [str(mine.pk)])
    context = {
        "head": PageHead(
            title=_("Organisation"),
            sentence=_("What holds for everybody here. A policy that binds later says when; all else acts at once."),
        ),
        "organisation": mine,
        "columns": [
            [(part, part.form(None, organisation=mine).lines) for part in column]
            for column in ((GENERAL, SIGN_IN, PASSWORDS, LOG), (TOKENS, NETWORKS))
        ],
        "changes": changes.newest_first()[:LAST_CHANGES],
    }
    return render(request, "tokens/organisation.html", context)


@needs_everywhere(Permission.ORGANISATION_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def change_organisation(request: HttpRequest, part: Part) -> HttpResponse:
    """Whom a change concerns is shown first (``confirmed`` is absent); what concerns nobody is saved at once."""
    mine = viewer_of(request).organisation
    asked = request.POST if request.method == "POST" else None
    form = part.form(asked, organisation=mine, address=request.META.get("REMOTE_ADDR", ""))
    if asked is None or not form.is_valid():
        return show(request, part, form, status=422 if asked else 200)
    in_use = form.in_use
    if "confirmed" not in request.POST and (effects := form.effects):
        return show(request, part, form, effects=effects, in_use=in_use, danger=True)
    if in_use and in_use.is_bound and not in_use.is_valid():
        return show(request, part, form, effects=form.effects, in_use=in_use, danger=True, status=422)
    try:
        told = saved(request, form, in_use)
    except Conflict as conflict:
        return show(request, part, form, status=409, conflict=conflict, differs=form.meet())
    except Refused as refusal:
        form.refuse(refusal)
        return show(request, part, form, status=422)
    messages.success(request, told)
    return HttpResponseRedirect(reverse("tokens:organisation"), status=303)


def saved(request: HttpRequest, form: SettingsForm, in_use: InUseForm | None) -> str:
    """Save, and say what was done. Raises ``Conflict`` and ``Refused``."""
    wanted: dict[str, Any] = {
        "organisation": form.organisation, "settings": form.settings, "version": form.typed_version,
        "by": actor_of(request),
    }  # fmt: skip
    if in_use is None:
        return _("The settings are saved.") if update_settings(**wanted) else _("Nothing was changed.")
    if in_use.is_bound:
        wanted |= in_use.decisions
    done = tighten(**wanted)
    if not done.changed:
        return _("Nothing was changed.")
    return " ".join(filter(None, (_("The settings are saved."), limited_sentence(done))))


def limited_sentence(done: Tightened) -> str:
    sentences = []
    if limited := done.limited - done.stopped:
        words = ngettext("%(count)s token was limited to them.", "%(count)s tokens were limited to them.", limited)
        sentences.append(words % {"count": number_text(limited)})
    if done.stopped:
        words = ngettext(
            "%(count)s JWT was stopped: each call with it is refused.",
            "%(count)s JWTs were stopped: each call with them is refused.",
            done.stopped,
        )
        sentences.append(words % {"count": number_text(done.stopped)})
    return " ".join(sentences)


def show(request: HttpRequest, part: Part, form: SettingsForm, *, status: int = 200, **more: Any) -> HttpResponse:
    template = "tokens/organisation_confirm.html" if "effects" in more else "tokens/organisation_edit.html"
    context = {
        "part": part,
        "form": form,
        "organisation": form.organisation,
        "deed": _("Save"),
        "back_url": reverse("tokens:organisation"),
        **more,
    }
    return render(request, template, context, status=status)

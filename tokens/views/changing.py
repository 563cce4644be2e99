"""Creating, editing and revoking a token: a page that says what will happen, and a POST that does it."""

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actor import actor_of
from accounts.exceptions import Refused, message
from accounts.networks import names
from accounts.views.likeness import tell_of_likeness
from audit.grids.moments import long_moment_text
from tokens import actions
from tokens.desk import Desk
from tokens.forms.tokens import RevokeForm, TokenForm
from tokens.models import AccessToken
from tokens.network_effects import Place, refused_of_token
from tokens.rules import against_another, against_making, is_in_use
from tokens.scopes import labels
from tokens.statuses import Status

PLACES_SHOWN = 8


def show_create(request: HttpRequest, desk: Desk) -> HttpResponse:
    reason = message(against_making(desk.viewer, desk.owner) or against_another(desk.owner))
    address = request.META.get("REMOTE_ADDR", "")
    form = TokenForm(request.POST if request.method == "POST" else None, owner=desk.owner, address=address)
    if request.method != "POST" or reason:
        return render_create(request, desk, form, reason=reason, status=422 if request.method == "POST" else 200)
    if not form.is_valid():
        return render_create(request, desk, form, status=422)
    try:
        token = actions.create(owner=desk.owner, by=actor_of(request), **form.settings)
    except Refused as refusal:
        form.refuse(refusal)
        return render_create(request, desk, form, status=422)
    tell_of_likeness(request, token.name, names_beside(token))
    if request.POST.get("then") == "generate":
        return HttpResponseRedirect(desk.url(token, "generate"), status=303)
    words = _("%(name)s is created. Choose Generate Token to get its JWT.") % {"name": token.name}
    messages.success(request, with_next_step(words, desk, token))
    return HttpResponseRedirect(desk.list_url, status=303)


def names_beside(token: AccessToken) -> QuerySet[AccessToken, str]:
    """Of the owner's tokens that are not revoked."""
    others = AccessToken.objects.filter(owner=token.owner_id, revoked_at=None).exclude(pk=token.pk)
    return others.values_list("name", flat=True)


def with_next_step(words: str, desk: Desk, token: AccessToken) -> SafeString:
    """What is told of a new token, with the way to its JWT."""
    url = desk.url(token, "generate")
    return format_html('{} <a href="{}" data-dialog>{}</a>', words, url, _("Generate Token"))


def render_create(
    request: HttpRequest, desk: Desk, form: TokenForm, *, reason: str = "", status: int = 200
) -> HttpResponse:
    context = {"desk": desk, "form": form, "reason": reason, "back_url": desk.list_url, "deed": _("Save")}
    return render(request, "tokens/create.html", context, status=status)


def show_edit(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.tokens, public_id=public_id)
    asked = request.POST if request.method == "POST" else None
    form = TokenForm(asked, owner=desk.owner, token=token, address=request.META.get("REMOTE_ADDR", ""))
    if asked is None:
        return render_edit(request, desk, token, form)
    if not form.is_valid():
        return render_edit(request, desk, token, form, status=422)
    networks = form.settings["allowed_networks"]
    if networks != asked.get("confirmed") and (refused := refused_of_token(token, networks)):
        return render_edit(request, desk, token, form, refused=refused)
    try:
        edited = actions.edit(token=token, by=actor_of(request), **form.settings)
    except Refused as refusal:
        form.refuse(refusal)
        return render_edit(request, desk, token, form, status=422)
    if form.settings["name"] != token.name:
        tell_of_likeness(request, form.settings["name"], names_beside(token))
    messages.success(request, " ".join(edited_sentences(edited)))
    return HttpResponseRedirect(desk.back_url(token), status=303)


def render_edit(
    request: HttpRequest,
    desk: Desk,
    token: AccessToken,
    form: TokenForm,
    *,
    status: int = 200,
    refused: Sequence[Place] = (),
) -> HttpResponse:
    """``refused`` are the places from which calls would be refused: saying so once is enough."""
    context = {
        "desk": desk,
        "token": token,
        "form": form,
        "refused": refused[:PLACES_SHOWN],
        "refused_more": max(len(refused) - PLACES_SHOWN, 0),
        "confirmed": form.cleaned_data["allowed_networks"] if refused else "",
        "has_jwt": token.status in {Status.INACTIVE, Status.ACTIVE},
        "current_scopes": labels(token.current_scopes),
        "back_url": desk.back_url(token),
        "deed": _("Save all the same") if refused else _("Save"),
    }
    return render(request, "tokens/edit.html", context, status=status)


def edited_sentences(edited: actions.Edited) -> list[str]:
    """What was done at once, and what waits for the next JWT."""
    token, changed = edited.token, edited.changed
    if not changed:
        return [_("Nothing was changed.")]
    sentences = [_("%(name)s is saved.") % {"name": token.name}]
    if edited.lost_scopes:
        sentences.append(_("The JWT in use lost %(scopes)s at once.") % {"scopes": labels(edited.lost_scopes)})
    if "calls_per_minute" in changed:
        sentences.append(limit_sentence(token))
    if "allowed_networks" in changed:
        sentences.append(networks_sentence(token))
    if "jwt_limited_to" in changed:
        sentences.append(_("The JWT in use reaches fewer rows from now on."))
    if "jwt_expires_at" in changed and token.expires_at is not None:
        if token.status is Status.EXPIRED:
            sentences.append(_("The JWT in use has expired by this."))
        else:
            end = long_moment_text(token.expires_at)
            sentences.append(_("The JWT in use now ends on %(end)s.") % {"end": end})
    if edited.waits:
        sentences.append(_("What was added or prolonged comes with the next Generate Token."))
    return sentences


def limit_sentence(token: AccessToken) -> str:
    if token.calls_per_minute is None:
        return _("From now on it has no limit of calls of its own.")
    return ngettext(
        "From now on it may make %(count)d call a minute.",
        "From now on it may make %(count)d calls a minute.",
        token.calls_per_minute,
    ) % {"count": token.calls_per_minute}


def networks_sentence(token: AccessToken) -> str:
    if (networks := names(token.allowed_networks)) is None:
        return _("From now on it has no networks of its own.")
    return _("From now on calls are admitted only from %(networks)s.") % {"networks": ", ".join(networks)}


def show_revoke(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.standing_tokens, public_id=public_id)
    form = RevokeForm(request.POST if request.method == "POST" else None, token=token, asks_for_name=is_in_use(token))
    if request.method != "POST" or not form.is_valid():
        return render_revoke(request, desk, token, form, status=422 if request.method == "POST" else 200)
    try:
        actions.revoke(token=token, why=form.cleaned_data["why"], by=actor_of(request))
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return render_revoke(request, desk, token, form, status=409)
    messages.success(
        request, _("%(name)s is revoked. Every call with it is refused from now on.") % {"name": token.name}
    )
    return HttpResponseRedirect(desk.back_url(token), status=303)


def render_revoke(
    request: HttpRequest, desk: Desk, token: AccessToken, form: RevokeForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "desk": desk,
        "token": token,
        "form": form,
        "generate_url": desk.url(token, "generate"),
        "back_url": desk.back_url(token),
        "deed": _("Revoke Token"),
        "danger": True,
    }
    return render(request, "tokens/revoke.html", context, status=status)

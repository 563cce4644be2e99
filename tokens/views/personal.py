"""The Personal page: who one is here, one's own tokens, where one is signed in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import sessions
from accounts.access import confirmed_lately, may_hold_own_tokens, needs_own_creation, signed_in, viewer_of
from accounts.actions.sessions import end_others
from accounts.actor import actor_of
from accounts.appearances import APPEARANCES
from accounts.exceptions import Conflict, Refused, message
from accounts.factors.kept import codes_left, factors_of
from accounts.languages import OWN_NAMES
from accounts.last_sign_in import last_sign_in
from accounts.models import Login
from audit.grids.heads import PageHead
from audit.grids.moments import number_text
from tokens import actions
from tokens import personal as words
from tokens.actions.mobile import disconnect, disconnect_all
from tokens.desk import PERSONAL, Desk
from tokens.forms.personal import PersonalTokenForm
from tokens.rules import against_another, against_making, ends_soon
from tokens.tables import status_tag

page = require_http_methods(["GET", "POST"])
APPEARANCE_ICONS = {"": "monitor", "light": "sun", "dark": "moon"}


def own_desk(request: HttpRequest) -> Desk:
    viewer = viewer_of(request)
    return Desk(owner=viewer, viewer=viewer, own=True, grid=PERSONAL)


@signed_in
@require_safe
def personal(request: HttpRequest) -> HttpResponse:
    login = viewer_of(request)
    here = request.session.session_key
    context = {
        "head": PageHead(title=_("Personal"), sentence=_("Your settings act at once; no need to sign out.")),
        "language_name": OWN_NAMES[login.language],
        "appearances": [(value, label, APPEARANCE_ICONS[value]) for value, label in APPEARANCES],
        "user_types": words.places_by_type(login),
        "roles": words.roles_of(login),
        "last_sign_in": last_sign_in(login, request.session.get(sessions.PUBLIC_ID, "")),
        "sessions": words.sessions_of(login, here),
        "factors": factors_of(login),
        "codes_left": codes_left(login),
        **tokens_of(request, login),
    }
    return render(request, "tokens/personal.html", context)


def tokens_of(request: HttpRequest, login: Login) -> dict[str, object]:
    """The section of one's own tokens, or who can give the role for it."""
    if not may_hold_own_tokens(login):
        return {"holds_tokens": False, "administrators": Login.objects.can_grant_roles(login.organisation_id)}
    desk = own_desk(request)
    return {
        "holds_tokens": True,
        "reason": message(against_making(login, login)),
        "count": desk.tokens.count(),
        "tokens": [
            {
                "token": token,
                "url": desk.url(token, "token"),
                "revoke_url": desk.url(token, "revoke"),
                "tag": status_tag(token),
                "soon": ends_soon(token),
            }
            for token in words.listed_tokens(login)
        ],
    }


@needs_own_creation
@page
def create(request: HttpRequest) -> HttpResponse:
    """Create API Token; Generate Token, which shows the JWT, is offered at once."""
    desk = own_desk(request)
    asked = request.method == "POST"
    reason = message(against_making(desk.viewer, desk.owner) or against_another(desk.owner))
    form = PersonalTokenForm(request.POST if asked else None, owner=desk.owner)
    if not asked or reason or not form.is_valid():
        return render_create(request, form, reason=reason, status=422 if asked else 200)
    try:
        token = actions.create(owner=desk.owner, by=actor_of(request), **form.settings)
    except Refused as refusal:
        form.refuse(refusal)
        return render_create(request, form, status=422)
    return HttpResponseRedirect(desk.url(token, "generate"), status=303)


def render_create(
    request: HttpRequest, form: PersonalTokenForm, *, reason: str = "", status: int = 200
) -> HttpResponse:
    context = {"form": form, "reason": reason, "back_url": reverse("personal"), "deed": _("Create API Token")}
    return render(request, "tokens/create_personal.html", context, status=status)


@signed_in
@confirmed_lately
@page
def end_device(request: HttpRequest, session_id: str) -> HttpResponse:
    """Sign out of a mobile app of one's own."""
    session = get_object_or_404(words.devices(viewer_of(request)), public_id=session_id)
    if request.method != "POST":
        context = {"session": session, "back_url": reverse("personal"), "deed": _("Sign out there"), "danger": True}
        return render(request, "tokens/end_device.html", context)
    try:
        disconnect(session=session, by=actor_of(request))
    except Conflict as conflict:
        messages.info(request, conflict.message)
    else:
        messages.success(request, _("%(tool)s is signed out.") % {"tool": session.device})
    return HttpResponseRedirect(reverse("personal"), status=303)


@signed_in
@confirmed_lately
@page
def end_all_others(request: HttpRequest) -> HttpResponse:
    """Sign out of every other browser and every mobile app."""
    login, here = viewer_of(request), request.session.session_key or ""
    others = sessions.live(login).exclude(session_key=here)
    apps = words.devices(login)
    if request.method != "POST":
        context = {
            "browsers": others.count(),
            "apps": apps.count(),
            "back_url": reverse("personal"),
            "deed": _("Sign out all others"),
            "danger": True,
        }
        return render(request, "tokens/end_all_others.html", context)
    by = actor_of(request)
    count = end_others(login=login, keep=here, by=by) + disconnect_all(sessions=apps, by=by)
    told = ngettext("%(count)s other session has ended.", "%(count)s other sessions have ended.", count)
    messages.success(request, told % {"count": number_text(count)})
    return HttpResponseRedirect(reverse("personal"), status=303)

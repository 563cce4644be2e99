"""Where somebody else is signed in, for those who manage the login: one session ended, or all of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts import sessions
from accounts.access import confirmed_lately, needs, viewer_of
from accounts.actions import shutting_out
from accounts.actor import actor_of
from accounts.consequences import losses
from accounts.exceptions import Conflict, Refused, message
from accounts.models import Login
from accounts.permissions import Permission
from accounts.rules.logins import against_signing_out
from accounts.rules.managing import against_managing
from accounts.views.fetching import visible_login
from audit.grids.heads import Crumb, HeadAction, PageHead

page = require_http_methods(["GET", "POST"])


@needs(Permission.CONTACT_MANAGE)
@require_safe
def login_sessions(request: HttpRequest, public_id: str) -> HttpResponse:
    login = visible_login(request, public_id)
    reason = against(request, login)
    lines = [(session, address_of_end(login, session)) for session in sessions.open_sessions(login, None)]
    apps = losses([login]).mobile_sessions
    context = {
        "head": head_of(login, can_end=bool(lines or apps) and not reason),
        "login": login,
        "lines": lines,
        "apps": apps,
        "reason": reason,
    }
    return render(request, "accounts/login_sessions.html", context)


def against(request: HttpRequest, login: Login) -> str:
    viewer = viewer_of(request)
    return message(against_signing_out(login, viewer.public_id) or against_managing(viewer, login))


def address_of_end(login: Login, session: sessions.OpenSession) -> str:
    return reverse("accounts:end_session_of_login", args=[login.public_id, session.public_id])


def head_of(login: Login, *, can_end: bool) -> PageHead:
    everywhere = HeadAction(
        label=_("Sign out everywhere…"),
        href=reverse("accounts:end_sessions_of_login", args=[login.public_id]),
        icon="log-out",
        dialog=True,
    )
    return PageHead(
        title=_("Sessions of %(user_name)s") % {"user_name": login.user_name},
        sentence=_("Where this login is signed in to the console. API access tokens are no sessions."),
        crumbs=(
            Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
            Crumb(label=login.label, href=reverse("accounts:logins", args=[login.contact.public_id])),
            Crumb(label=_("Sessions")),
        ),
        actions=(everywhere,) if can_end else (),
    )


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def end_one(request: HttpRequest, public_id: str, session_id: str) -> HttpResponse:
    login = visible_login(request, public_id)
    row = get_object_or_404(sessions.live(login), **{f"data__{sessions.PUBLIC_ID}": session_id})
    session = sessions.in_words(row, None)
    if request.method != "POST":
        return ask(request, login, session=session, reason=against(request, login))
    try:
        shutting_out.sign_out_session(login=login, session=session_id, by=actor_of(request))
    except Conflict as conflict:
        messages.info(request, conflict.message)
    except Refused as refusal:
        return ask(request, login, session=session, reason=refusal.message, status=422)
    else:
        words = {"user_name": login.user_name, "tool": session.tool}
        messages.success(request, _("%(user_name)s is signed out of %(tool)s.") % words)
    return HttpResponseRedirect(reverse("accounts:login_sessions", args=[login.public_id]), status=303)


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def end_all(request: HttpRequest, public_id: str) -> HttpResponse:
    """Every browser and every mobile app of the login."""
    login = visible_login(request, public_id)
    if request.method != "POST":
        return ask(request, login, held=losses([login]), reason=against(request, login))
    try:
        count = shutting_out.sign_out_login(login=login, by=actor_of(request))
    except Refused as refusal:
        return ask(request, login, held=losses([login]), reason=refusal.message, status=422)
    words = ngettext(
        "%(count)d session of %(user_name)s has ended.", "%(count)d sessions of %(user_name)s have ended.", count
    )
    messages.success(request, words % {"count": count, "user_name": login.user_name})
    return HttpResponseRedirect(reverse("accounts:login_sessions", args=[login.public_id]), status=303)


def ask(request: HttpRequest, login: Login, *, reason: str, status: int = 200, **more: object) -> HttpResponse:
    context = {
        "login": login,
        "reason": reason,
        "title": _("Sign out everywhere") if "held" in more else _("Sign out there"),
        "deed": _("Sign out"),
        "danger": True,
        "back_url": reverse("accounts:login_sessions", args=[login.public_id]),
        **more,
    }
    return render(request, "accounts/end_login_sessions.html", context, status=status)

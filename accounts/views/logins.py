"""What is changed of one login: its fields, its assignments, its end, and the deeds that ask and then act."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import confirmed_lately, needs, viewer_of
from accounts.actions import assignments, logins
from accounts.actor import actor_of
from accounts.assigning import Assigning
from accounts.changes import Change
from accounts.consequences import Effect, losses
from accounts.exceptions import Conflict, Refused, message
from accounts.forms.assignments import AssignmentRows
from accounts.forms.deletion import LoginDeletionForm
from accounts.forms.people import EditLoginForm
from accounts.models import Login
from accounts.pairs import encode
from accounts.permissions import Permission
from accounts.rules.logins import against_deleting
from accounts.rules.managing import against_managing
from accounts.views.fetching import back_of, back_url, visible_login
from accounts.views.likeness import tell_of_like_user_name
from accounts.views.people import page, posted, show


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def edit_login(request: HttpRequest, public_id: str) -> HttpResponse:
    login, viewer = visible_login(request, public_id), viewer_of(request)
    form = EditLoginForm(posted(request), login=login)
    more = context_of(request, login, form=form, deed=_("Save"), reason=message(against_managing(viewer, login)))
    if request.method != "POST" or more["reason"] or not form.is_valid():
        return show(request, "accounts/edit_login.html", more)
    try:
        edited = logins.edit_login(login=login, draft=form.draft(), version=form.typed_version, by=actor_of(request))
    except Conflict as conflict:
        if conflict.code == "changed_meanwhile":
            more |= {"conflict": conflict, "differs": form.meet()}
        else:
            form.refuse(conflict)
        return show(request, "accounts/edit_login.html", more, status=409)
    except Refused as refusal:
        form.refuse(refusal)
        return show(request, "accounts/edit_login.html", more)
    if edited.user_name != login.user_name:
        tell_of_like_user_name(request, edited)
    messages.success(request, _("The login %(user_name)s is saved.") % {"user_name": form.draft().user_name})
    return HttpResponseRedirect(back_url(request, login.contact), status=303)


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def delete_login(request: HttpRequest, public_id: str) -> HttpResponse:
    """Names what goes with the login; its name has to be typed."""
    login, viewer = visible_login(request, public_id), viewer_of(request)
    form = LoginDeletionForm(posted(request), words=login.user_name)
    refusal = against_deleting(login, viewer.public_id) or against_managing(viewer, login)
    more = context_of(
        request,
        login,
        form=form,
        losses=losses([login]),
        reason=message(refusal),
        small=f"{login.label} · {login.user_name}",
        title=_("Delete Login"),
        deed=_("Delete Login"),
    )
    if request.method != "POST" or more["reason"] or not form.is_valid():
        return show(request, "accounts/delete.html", more)
    try:
        logins.delete_login(login=login, forget=form.forgets, by=actor_of(request))
    except Refused as refused:
        return show(request, "accounts/delete.html", {**more, "reason": refused.message})
    messages.success(request, deleted_text(login, forgotten=form.forgets))
    return HttpResponseRedirect(back_url(request, login.contact), status=303)


def deleted_text(login: Login, *, forgotten: bool) -> str:
    if forgotten:
        return _(
            "The login is deleted. Its names, addresses and details are being removed from the log; what happened, and "
            "when, stays. So does the contact."
        )
    words = {"user_name": login.user_name, "name": login.label}
    return _("The login %(user_name)s is deleted. The contact %(name)s stays.") % words


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def edit_assignments(request: HttpRequest, public_id: str) -> HttpResponse:
    """What stops or ends with a change is told once before it is done."""
    login, viewer, asked = visible_login(request, public_id), viewer_of(request), posted(request)
    rows = AssignmentRows(asked, manager=viewer, now=login.pairs)
    more = context_of(request, login, rows=rows, deed=_("Save"))
    if asked is None or rows.wants_more:
        return render(request, "accounts/assignments.html", more)
    if not rows.is_valid():
        return show(request, "accounts/assignments.html", more)
    plan = Assigning.of(login, rows.pairs)
    if plan.wants_confirmation and asked.get("confirmed") != encode(rows.pairs):
        more |= {"plan": plan, "confirmed": encode(rows.pairs), "danger": bool(plan.effect.stops)}
        return render(request, "accounts/assignments.html", more)
    try:
        assignments.assign(login=login, pairs=rows.pairs, by=actor_of(request))
    except Refused as refusal:
        rows.refuse(refusal)
        return show(request, "accounts/assignments.html", more)
    messages.success(request, plan.done_text)
    return HttpResponseRedirect(back_url(request, login.contact), status=303)


def context_of(request: HttpRequest, login: Login, **more: Any) -> dict[str, Any]:
    return {"login": login, "back": back_of(request), "back_url": back_url(request, login.contact), **more}


@needs(Permission.ROLE_GRANT)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, public_id: str, change: Change) -> HttpResponse:
    """Token roles and user types: what System Administrators alone change."""
    return change_login(request, public_id, change)


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def manage(request: HttpRequest, public_id: str, change: Change) -> HttpResponse:
    """What those change who manage contacts and logins."""
    return change_login(request, public_id, change)


def change_login(request: HttpRequest, public_id: str, change: Change) -> HttpResponse:
    """GET says what the change would do; POST does it."""
    login = visible_login(request, public_id)
    effect = change.effect(login)
    reason = change.against(login, viewer_of(request))
    if request.method != "POST":
        return confirmation(request, login, change, effect, reason=reason)
    try:
        change.act(login, actor_of(request))
    except Refused as refusal:
        return confirmation(request, login, change, effect, reason=refusal.message, status=422)
    messages.success(request, change.done_text(login, effect))
    return HttpResponseRedirect(back_url(request, login.contact), status=303)


def confirmation(
    request: HttpRequest, login: Login, change: Change, effect: Effect, *, reason: str, status: int = 200
) -> HttpResponse:
    """The page, shown as a dialog by script, that says what the change does, or why it cannot be done now."""
    context = context_of(
        request,
        login,
        change=change,
        told=change.told(login),
        effect=effect,
        reason=reason,
        deed=change.button,
        danger=change.danger or bool(effect.stops),
    )
    return render(request, "accounts/change.html", context, status=status)

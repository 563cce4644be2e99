"""Manage > Contacts & Logins: creating users and contacts, changing and deleting contacts."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import confirmed_lately, needs, viewer_of
from accounts.actions import people
from accounts.actor import actor_of
from accounts.changes.access import no_provider_text
from accounts.consequences import losses
from accounts.exceptions import Conflict, Refused, message
from accounts.forms.assignments import AssignmentRows
from accounts.forms.deletion import ContactDeletionForm
from accounts.forms.people import ContactForm, EditContactForm, NewLoginForm, NewUserForm
from accounts.kinds import LoginKind
from accounts.models import Contact, IdentityProvider, Login
from accounts.permissions import Permission
from accounts.rules.logins import against_deleting
from accounts.rules.managing import against_creating_contact, against_managing_contact
from accounts.views.fetching import back_of, back_url, logins_of, visible_contact
from accounts.views.likeness import tell_of_like_user_name

page = require_http_methods(["GET", "HEAD", "POST"])


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def create_user(request: HttpRequest) -> HttpResponse:
    """A contact and its login in one form."""
    viewer, asked = viewer_of(request), posted(request)
    form = NewUserForm(asked, organisation=viewer.organisation)
    rows = AssignmentRows(asked, manager=viewer)
    if asked is not None and not rows.wants_more and all([form.is_valid(), rows.is_valid()]):
        try:
            made = people.create_user(
                organisation=viewer.organisation,
                person=form.person,
                login=form.draft(rows.pairs),
                invited=form.is_invited,
                by=actor_of(request),
            )
        except Refused as refusal:
            return show_new_login(request, form, rows, refusal=refusal)
        tell_of_like_user_name(request, made)
        messages.success(request, created_text(made, invited=form.is_invited))
        return HttpResponseRedirect(reverse("accounts:logins", args=[made.contact.public_id]), status=303)
    return show_new_login(request, form, rows)


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def add_login(request: HttpRequest, public_id: str) -> HttpResponse:
    """One more login of a contact."""
    contact, viewer, asked = visible_contact(request, public_id), viewer_of(request), posted(request)
    form = NewLoginForm(asked, organisation=viewer.organisation, email=contact.email)
    rows = AssignmentRows(asked, manager=viewer)
    reason = message(against_managing_contact(viewer, contact, logins_of(contact)))
    if asked is not None and not rows.wants_more and not reason and all([form.is_valid(), rows.is_valid()]):
        draft, invited = form.draft(rows.pairs), form.is_invited
        try:
            made = people.add_login(contact=contact, login=draft, invited=invited, by=actor_of(request))
        except Refused as refusal:
            return show_new_login(request, form, rows, contact=contact, refusal=refusal)
        tell_of_like_user_name(request, made)
        messages.success(request, created_text(made, invited=invited))
        return HttpResponseRedirect(reverse("accounts:logins", args=[contact.public_id]), status=303)
    return show_new_login(request, form, rows, contact=contact, reason=reason)


def show_new_login(
    request: HttpRequest,
    form: NewLoginForm,
    rows: AssignmentRows,
    *,
    contact: Contact | None = None,
    refusal: Refused | None = None,
    reason: str = "",
) -> HttpResponse:
    """The form; with one more row of assignments where that alone was asked for."""
    status = 200
    if request.method == "POST":
        status = 409 if isinstance(refusal, Conflict) else 422
    if refusal:
        (rows if refusal.code == "assignments" else form).refuse(refusal)
    if rows.wants_more:
        form.errors.clear()
        status = 200
    context = {
        "form": form,
        "rows": rows,
        "contact": contact,
        "reason": reason,
        "deed": _("Add Login") if contact else _("Create New User"),
        "back": back_of(request),
        "back_url": back_url(request, contact) if contact else reverse("accounts:contacts"),
    }
    return render(request, "accounts/new_login.html", context, status=status)


def created_text(login: Login, *, invited: bool) -> str:
    """What was made, and what comes next."""
    words = {"name": login.label, "user_name": login.user_name, "email": login.email}
    if login.kind is LoginKind.SERVICE:
        return _(
            "The service login %(user_name)s is created: it has no password and never signs in. Next: Add Personal "
            "Role for API Tokens, so that it can hold tokens."
        ) % words  # fmt: skip
    if login.kind is LoginKind.SSO:
        told = _("The login %(user_name)s is created. It signs in through the identity provider.") % words
        has_provider = IdentityProvider.objects.filter(organisation_id=login.organisation_id).exists()
        return told if has_provider else f"{told} {no_provider_text()}"
    if invited:
        return _("The login %(user_name)s is created. The activation mail is on its way to %(email)s.") % words
    return _("The login %(user_name)s is created, without a password. Next: Send Activation Mail.") % words


@needs(Permission.CONTACT_MANAGE)
@page
def create_contact(request: HttpRequest) -> HttpResponse:
    """A contact alone: it may get a login later."""
    viewer, form = viewer_of(request), ContactForm(posted(request))
    reason = message(against_creating_contact(viewer))
    if request.method == "POST" and not reason and form.is_valid():
        try:
            made = people.create_contact(organisation=viewer.organisation, person=form.person, by=actor_of(request))
        except Refused as refusal:
            reason = refusal.message
        else:
            messages.success(request, _("%(name)s is created, without a login.") % {"name": made.name})
            return HttpResponseRedirect(reverse("accounts:logins", args=[made.public_id]), status=303)
    more = {"form": form, "reason": reason, "deed": _("Create New Contact"), "back_url": reverse("accounts:contacts")}
    return show(request, "accounts/contact.html", more)


@needs(Permission.CONTACT_MANAGE)
@page
def edit_contact(request: HttpRequest, public_id: str) -> HttpResponse:
    contact, viewer = visible_contact(request, public_id), viewer_of(request)
    form = EditContactForm(posted(request), contact=contact)
    more: dict[str, Any] = {
        "contact": contact,
        "form": form,
        "reason": message(against_managing_contact(viewer, contact, logins_of(contact))),
        "deed": _("Save"),
        "back": back_of(request),
        "back_url": back_url(request, contact),
    }
    if request.method != "POST" or more["reason"] or not form.is_valid():
        return show(request, "accounts/contact.html", more)
    try:
        edited = people.edit_contact(
            contact=contact, person=form.person, version=form.typed_version, by=actor_of(request)
        )
    except Conflict as conflict:
        return show(
            request, "accounts/contact.html", {**more, "conflict": conflict, "differs": form.meet()}, status=409
        )
    except Refused as refusal:
        return show(request, "accounts/contact.html", {**more, "reason": refusal.message})
    messages.success(request, _("%(name)s is saved.") % {"name": edited.name})
    return HttpResponseRedirect(back_url(request, contact), status=303)


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@page
def delete_contact(request: HttpRequest, public_id: str) -> HttpResponse:
    """Names what goes with the contact; where a login goes, its name has to be typed."""
    contact, viewer = visible_contact(request, public_id), viewer_of(request)
    logins = logins_of(contact)
    refusals = [against_managing_contact(viewer, contact, logins)]
    refusals += [against_deleting(login, viewer.public_id) for login in logins]
    words = logins[0].user_name if len(logins) == 1 else contact.name if logins else ""
    form = ContactDeletionForm(posted(request), words=words)
    more = {
        "form": form,
        "losses": losses(logins),
        "reason": next((message(refusal) for refusal in refusals if refusal), ""),
        "small": contact.name,
        "title": _("Delete Contact"),
        "deed": _("Delete Contact"),
        "is_contact": True,
        "back": back_of(request),
        "back_url": back_url(request, contact),
    }
    if request.method != "POST" or more["reason"] or not form.is_valid():
        return show(request, "accounts/delete.html", more)
    try:
        people.delete_contact(contact=contact, forget=form.forgets, by=actor_of(request))
    except Refused as refusal:
        return show(request, "accounts/delete.html", {**more, "reason": refusal.message})
    messages.success(request, deleted_text(contact, forgotten=form.forgets))
    return HttpResponseRedirect(reverse("accounts:contacts"), status=303)


def deleted_text(contact: Contact, *, forgotten: bool) -> str:
    if forgotten:
        return _(
            "The contact is deleted. Name, addresses and details are being removed from the log; what happened, and "
            "when, stays."
        )
    return _("%(name)s is deleted. What was done stays in the logs.") % {"name": contact.name}


def posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def show(request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 0) -> HttpResponse:
    """The page that asks; a POST that did not act is answered 422, or with the status given."""
    usual = 422 if request.method == "POST" else 200
    return render(request, template, context, status=status or usual)

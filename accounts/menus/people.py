"""The Actions menus of contacts and logins. What cannot be done now stays, grey, with its reason."""

from collections.abc import Iterable, Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import may_manage_tokens_of_others
from accounts.changes import (
    DISABLE_LOGIN,
    ENABLE_LOGIN,
    PASSWORD_CHANGES,
    RESET_SECOND_FACTOR,
    ROLE_CHANGES,
    SSO_CHANGES,
    START_TOKENS,
    STOP_TOKENS,
    TYPE_CHANGES,
    Change,
)
from accounts.exceptions import message
from accounts.models import Contact, Login
from accounts.permissions import Permission
from accounts.rules.logins import against_deleting
from accounts.rules.managing import against_managing, against_managing_contact
from audit.grids.menus import Entry, Menu

FROM_CONTACTS = "contacts"  # the value of ``back`` in an address that leads back to the list of contacts
SIGN_IN_CHANGES = (*PASSWORD_CHANGES, RESET_SECOND_FACTOR)
BACK = f"?back={FROM_CONTACTS}"


def contact_menu(contact: Contact, seen: Sequence[Login], everyone: Sequence[Login], viewer: Login) -> Menu:
    """The menu of a row of Contacts & Logins: also that of the login, where the contact has exactly one.

    ``seen`` are the logins that the viewer may see, ``everyone`` all of the contact, whom its rules are asked of.
    """
    count = ngettext("%(count)d login", "%(count)d logins", len(seen)) % {"count": len(seen)}
    places = [Entry(_("Login"), reverse("accounts:logins", args=[contact.public_id]), "log-in", hint=count)]
    only = seen[0] if len(seen) == 1 else None
    if only:
        places += tokens(only, viewer)
    groups = [places]
    reason = message(against_managing_contact(viewer, contact, everyone))
    if manages(viewer):
        href = reverse("accounts:add_login", args=[contact.public_id]) + BACK
        places.append(Entry(_("Add Login"), href, "user-plus", method="dialog", reason=reason))
        href = reverse("accounts:edit_contact", args=[contact.public_id]) + BACK
        edit = [Entry(_("Edit Contact"), href, "pencil", method="dialog", reason=reason)]
        groups.append(edit + (edit_entries(only, viewer, BACK) if only else []))
    last = []
    if only:
        groups += deeds(only, viewer, (SIGN_IN_CHANGES, TYPE_CHANGES, token_changes(only)), BACK)
        last = deeds(only, viewer, ((switch(only),),), BACK)[:1]
    if manages(viewer):
        last = [[*(last[0] if last else []), delete_contact_entry(contact, everyone, viewer, reason)]]
    return Menu(contact.name, [*groups, *last])


def login_menu(login: Login, viewer: Login) -> Menu:
    """The menu of a row of a contact's logins."""
    groups = [tokens(login, viewer)]
    if manages(viewer):
        groups.append(edit_entries(login, viewer))
    groups += deeds(login, viewer, (SIGN_IN_CHANGES, TYPE_CHANGES, token_changes(login), SSO_CHANGES))
    last = [entry(switch(login), login, viewer)] if viewer.holds(switch(login).permission) else []
    if manages(viewer):
        reason = message(against_deleting(login, viewer.public_id) or against_managing(viewer, login))
        href = reverse("accounts:delete_login", args=[login.public_id])
        last.append(Entry(_("Delete Login…"), href, "trash-2", danger=True, method="dialog", reason=reason))
    return Menu(login.user_name, [*groups, last])


def manages(viewer: Login) -> bool:
    return viewer.holds(Permission.CONTACT_MANAGE)


def switch(login: Login) -> Change:
    return DISABLE_LOGIN if login.enabled else ENABLE_LOGIN


def token_changes(login: Login) -> tuple[Change, ...]:
    """What stands and falls with the tokens: the roles for them, and the stop of all."""
    return (*ROLE_CHANGES, START_TOKENS if login.tokens_stopped_at else STOP_TOKENS)


def tokens(login: Login, viewer: Login) -> list[Entry]:
    """The way to a login's tokens, for those with the Admin role."""
    if not may_manage_tokens_of_others(viewer):
        return []
    return [Entry(_("API Access Tokens"), reverse("tokens:of_login", args=[login.public_id]), "key-round")]


def edit_entries(login: Login, viewer: Login, query: str = "") -> list[Entry]:
    reason = message(against_managing(viewer, login))
    href = reverse("accounts:edit_login", args=[login.public_id]) + query
    places = reverse("accounts:assignments", args=[login.public_id]) + query
    return [
        Entry(_("Edit Login"), href, "user-pen", method="dialog", reason=reason),
        Entry(_("Assignments"), places, "network", method="dialog"),
        Entry(_("Sessions"), reverse("accounts:login_sessions", args=[login.public_id]), "monitor"),
    ]


def delete_contact_entry(contact: Contact, everyone: Iterable[Login], viewer: Login, reason: str) -> Entry:
    refusals = (against_deleting(login, viewer.public_id) for login in everyone)
    found = next((message(refusal) for refusal in refusals if refusal), "")
    href = reverse("accounts:delete_contact", args=[contact.public_id]) + BACK
    return Entry(_("Delete Contact…"), href, "trash-2", danger=True, method="dialog", reason=found or reason)


def deeds(login: Login, viewer: Login, groups: Iterable[Sequence[Change]], query: str = "") -> list[list[Entry]]:
    """What can be changed of a login, by groups; nothing of what the viewer may not change."""
    return [
        [entry(change, login, viewer, query) for change in group if viewer.holds(change.permission)] for group in groups
    ]


def entry(change: Change, login: Login, viewer: Login, query: str = "") -> Entry:
    reason = change.against(login, viewer)
    return Entry(
        change.label,
        reverse(change.name, args=[login.public_id]) + query,
        change.icon,
        danger=change.danger,
        method="dialog",
        hint="" if reason else change.hint,
        reason=reason,
    )

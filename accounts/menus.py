"""The Actions menus of contacts and logins. What cannot be done now stays, grey, with its reason."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import may_manage_tokens_of_others
from accounts.changes import DISABLE_LOGIN, ENABLE_LOGIN, ROLE_CHANGES, TYPE_CHANGES, Change
from accounts.models import Contact, Login
from accounts.permissions import Permission
from audit.grids.menus import Entry, Menu

FROM_CONTACTS = "contacts"  # the value of ``back`` in an address that leads back to the list of contacts


def contact_menu(contact: Contact, logins: Sequence[Login], viewer: Login) -> Menu:
    """The menu of a row of Contacts & Logins: also that of the login, where the contact has exactly one."""
    count = ngettext("%(count)d login", "%(count)d logins", len(logins)) % {"count": len(logins)}
    entry = Entry(_("Login"), reverse("accounts:logins", args=[contact.public_id]), "log-in", hint=count)
    if len(logins) != 1:
        return Menu(contact.name, [[entry]])
    groups = changes(logins[0], viewer, query=f"?back={FROM_CONTACTS}")
    return Menu(contact.name, [[entry, *tokens(logins[0], viewer)], *groups])


def login_menu(login: Login, viewer: Login) -> Menu:
    """The menu of a row of a contact's logins."""
    return Menu(login.user_name, [tokens(login, viewer), *changes(login, viewer)])


def tokens(login: Login, viewer: Login) -> list[Entry]:
    """The way to a login's tokens, for those with the Admin role."""
    if not may_manage_tokens_of_others(viewer):
        return []
    return [Entry(_("API Access Tokens"), reverse("tokens:of_login", args=[login.public_id]), "key-round")]


def changes(login: Login, viewer: Login, query: str = "") -> list[list[Entry]]:
    """What can be changed of a login; nothing for those who may not change anything."""
    if not viewer.holds(Permission.ROLE_GRANT):
        return []
    last = DISABLE_LOGIN if login.enabled else ENABLE_LOGIN
    return [
        [entry(change, login, viewer, query) for change in group] for group in (ROLE_CHANGES, TYPE_CHANGES, (last,))
    ]


def entry(change: Change, login: Login, viewer: Login, query: str) -> Entry:
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

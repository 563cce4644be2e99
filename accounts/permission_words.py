"""What each permission lets a person do, one sentence each, in the groups and the order in which pages show them."""

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.permissions import ADMINISTRATOR_ONLY, Permission

SENTENCES: Mapping[Permission, Promise] = {
    Permission.REPORT_READ: _("Reports answer with the rows of the departments of the assignment."),
    Permission.TOKEN_CREATE: _(
        "With the Personal role for API tokens: creates and generates own access tokens, in the console and by API."
    ),
    Permission.CONTACT_VIEW: _("Sees the contacts and logins of these departments, in the console and in reports."),
    Permission.CONTACT_MANAGE: _("Creates, edits and deletes the contacts and logins of these departments."),
    Permission.LOG_VIEW: _("Sees what people and tokens of these departments did, in the console and in reports."),
    Permission.USER_TYPE_MANAGE: _(
        "Changes the tree of departments and what user types include. Acts only when assigned for the whole "
        "organisation."
    ),
    Permission.ORGANISATION_MANAGE: _(
        "Changes the organisation's settings and its policies on tokens. Acts only when assigned for the whole "
        "organisation."
    ),
    Permission.ROLE_GRANT: _("Gives and takes user types and the two token roles."),
    Permission.TOKEN_VIEW_ALL: _("Gets every access token of the organisation in the report Token Inventory."),
    Permission.TOKEN_MANAGE_ALL: _(
        "With the Admin role for API tokens: creates, generates, edits and revokes the tokens of every login."
    ),
}
GROUPS: tuple[tuple[Promise, tuple[Permission, ...]], ...] = (
    (_("Reports and tokens"), (Permission.REPORT_READ, Permission.TOKEN_CREATE)),
    (_("People and logs"), (Permission.CONTACT_VIEW, Permission.CONTACT_MANAGE, Permission.LOG_VIEW)),
    (_("The organisation"), (Permission.USER_TYPE_MANAGE, Permission.ORGANISATION_MANAGE)),
    (
        _("System Administrators alone"),
        (Permission.ROLE_GRANT, Permission.TOKEN_VIEW_ALL, Permission.TOKEN_MANAGE_ALL),
    ),
)
ORDER = [permission for _title, permissions in GROUPS for permission in permissions]
CHOOSABLE = [permission for permission in ORDER if permission not in ADMINISTRATOR_ONLY]


def labels(names: Iterable[str]) -> list[str]:
    """Permissions by their short words, in the order of the pages; a name of no permission is left out."""
    held = {*names}
    return [str(permission.label) for permission in ORDER if permission.value in held]

"""The closed list of permissions, and what the built-in user types hold."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    REPORT_READ = "report:read", _("Read reports")
    CONTACT_VIEW = "contact:view", _("See contacts and logins")
    CONTACT_MANAGE = "contact:manage", _("Manage contacts and logins")
    ROLE_GRANT = "role:grant", _("Grant token roles and user types")
    TOKEN_CREATE = "token:create", _("Create own access tokens")
    TOKEN_VIEW_ALL = "token:view_all", _("See every access token")
    TOKEN_MANAGE_ALL = "token:manage_all", _("Manage every access token")
    LOG_VIEW = "log:view", _("See the logs")
    USER_TYPE_MANAGE = "user_type:manage", _("Manage departments and user types")
    ORGANISATION_MANAGE = "organisation:manage", _("Manage the organisation")


# These belong to System Administrators alone: no other user type can be given them.
ADMINISTRATOR_ONLY = frozenset({Permission.ROLE_GRANT, Permission.TOKEN_VIEW_ALL, Permission.TOKEN_MANAGE_ALL})

# What a read-only token keeps of whatever its user types have.
VIEWING = frozenset({Permission.REPORT_READ, Permission.CONTACT_VIEW, Permission.TOKEN_VIEW_ALL, Permission.LOG_VIEW})

OWNER = "owner"
GENERAL_USER = "general-user"
VIEW_ONLY = "view-only"

# As they are stored, which is what programs and the ledger read.
BUILT_IN_NAMES: Mapping[str, str] = {
    OWNER: gettext_noop("System Administrator"),
    GENERAL_USER: gettext_noop("General User"),
    VIEW_ONLY: gettext_noop("View Only"),
}
BUILT_IN_PERMISSIONS: Mapping[str, frozenset[str]] = {
    OWNER: frozenset(Permission.values),
    GENERAL_USER: frozenset({Permission.REPORT_READ.value, Permission.TOKEN_CREATE.value}),
    VIEW_ONLY: frozenset({Permission.REPORT_READ.value}),
}


def user_type_label(slug: str, name: str, *, built_in: bool) -> str:
    """What a page calls a user type: the built-in ones in the reader's language, others as they were named."""
    return gettext(BUILT_IN_NAMES[slug]) if built_in and slug in BUILT_IN_NAMES else name

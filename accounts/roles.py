"""The two token roles: additive to a login's user types, given and taken by System Administrators alone."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class TokenRole(TextChoices):
    PERSONAL = "personal", _("API Access Tokens - Personal")
    ADMIN = "admin", _("API Access Tokens - Admin")


# Where a column's head says that token roles are meant.
SHORT_NAMES = {TokenRole.PERSONAL: _("Personal"), TokenRole.ADMIN: _("Admin")}

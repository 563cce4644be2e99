"""The five states of a token, always derived from its row, never stored."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    NOT_GENERATED = "not_generated", _("Not Generated")
    INACTIVE = "inactive", _("Generated - Inactive")
    ACTIVE = "active", _("Generated - Active")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")

"""How a login signs in: with a password, through the identity provider, or not at all."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class LoginKind(TextChoices):
    PERSON = "person", _("Password")
    SSO = "sso", _("SSO")
    SERVICE = "service", _("Service login")

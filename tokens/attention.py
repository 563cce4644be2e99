"""What of a token wants somebody's attention: the closed list, and from when on."""

from datetime import timedelta

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

ENDS_SOON = timedelta(days=30)
FAILING = timedelta(hours=24)
IDLE = timedelta(days=90)


class Attention(TextChoices):
    """Each is a method of ``AccessTokenQuerySet``, which says exactly which tokens are meant."""

    ENDS_SOON = "ends_soon", _("Ends within 30 days")
    FAILING = "failing", _("Failing now")
    NEVER_USED = "never_used", _("Never used")
    NEVER_EXPIRES = "never_expires", _("Never expires")
    IDLE = "idle", _("Not used for 90 days")

"""How the console can look; blank leaves it to the device."""

from django.utils.translation import gettext_lazy as _

APPEARANCES = [("", _("As the device")), ("light", _("Light")), ("dark", _("Dark"))]

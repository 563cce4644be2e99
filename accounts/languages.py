"""The languages and the default time zone that a login can have."""

from django.utils.translation import gettext_lazy as _

DEFAULT_LANGUAGE = "en"
DEFAULT_TIME_ZONE = "UTC"
LANGUAGES = [
    ("en", _("English")),
    ("de", _("German")),
    ("fr", _("French")),
    ("es", _("Spanish")),
    ("tr", _("Turkish")),
]
# As each calls itself, which whoever looks for it can read.
OWN_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français", "es": "Español", "tr": "Türkçe"}

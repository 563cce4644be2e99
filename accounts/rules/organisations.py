"""What an organisation's settings may be: one function per rule, asked by its pages and its action."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.languages import LANGUAGES
from accounts.models import Organisation
from accounts.networks import MOST, decode, encode
from accounts.rules.places import against_name, is_taken
from accounts.zones import zone_names

# The least and the most of each number. A session's cookie lives 24 hours at most (config/settings.py).
RANGES: Mapping[str, tuple[int, int]] = {
    "token_days_limit": (1, 3650),
    "tokens_per_login": (1, 1000),
    "token_calls_per_minute": (1, 100_000),
    "token_scopes_allowed": (1, 7),
    "password_attempts_limit": (5, 100),
    "password_length_minimum": (12, 64),  # 64 is what every organisation must allow (NIST SP 800-63B, 3.1.1.2)
    "password_classes_minimum": (1, 4),
    "password_days_limit": (30, 3650),  # longer than the first reminder is early
    "session_idle_minutes": (5, 24 * 60),
    "session_hours_limit": (1, 24),
}
LOG_DAYS = (182, 365, 2 * 365, 3 * 365, 5 * 365, 10 * 365)  # or None, for ever
WITHOUT_LIMIT = {"token_days_limit", "token_calls_per_minute", "password_days_limit"}  # None means that there is none


def against_settings(organisation: Organisation, settings: Mapping[str, Any]) -> Refused | None:
    """The first refusal of these settings; its code is the field's name."""
    refusals = (against_setting(organisation, field, value) for field, value in settings.items())
    return next((refusal for refusal in refusals if refusal), None)


def against_setting(organisation: Organisation, field: str, value: Any) -> Refused | None:
    if field == "name":
        return against_organisation_name(organisation, value)
    if field == "allowed_networks":
        return against_networks(value)
    if field in {"language", "time_zone", "log_days_kept"}:
        return against_choice(organisation, field, value)
    if field not in RANGES or (value is None and field in WITHOUT_LIMIT):
        return None
    least, most = RANGES[field]
    if value is None or not least <= value <= most:
        return Refused(field, _("Choose a number from %(least)d to %(most)d.") % {"least": least, "most": most})
    return None


def against_choice(organisation: Organisation, field: str, value: Any) -> Refused | None:
    """A setting whose values are offered in a list."""
    if field == "language" and value not in dict(LANGUAGES):
        return Refused(field, _("There is no such language here."))
    if field == "time_zone" and value not in {*zone_names(), organisation.time_zone}:
        return Refused(field, _("There is no such time zone."))
    if field == "log_days_kept" and value not in {None, *LOG_DAYS}:
        return Refused(field, _("Choose one of the times that are offered."))
    return None


def against_networks(stored: str | None) -> Refused | None:
    """A list that is stored is one that admission can compare addresses to. None is no list."""
    if stored is None:
        return None
    try:
        found = decode(stored)
    except ValueError:
        return Refused("allowed_networks", _("Give addresses and networks such as 192.0.2.0/24."))
    if stored != encode(found) or len(found) > MOST:
        return Refused("allowed_networks", _("%(most)d networks are the most.") % {"most": MOST})
    return None


def against_organisation_name(organisation: Organisation, name: str) -> Refused | None:
    """Unique on the whole installation: the operator's commands name organisations by it."""
    if refusal := against_name(name):
        return refusal
    if is_taken(name, Organisation.objects.exclude(pk=organisation.pk).values_list("name", flat=True)):
        return Refused("name", _("This name is taken on this server. Choose another."))
    return None

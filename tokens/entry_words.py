"""The ledger's entries in words: what a setting is called and its value means, by what way somebody acted, and why."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.languages import LANGUAGES
from accounts.permissions import Permission
from accounts.reasons import ENDINGS, SIGN_IN_REASONS, SIGN_IN_WAYS, TOKEN_STOPS
from accounts.sessions import How
from audit.diffs import Reading
from audit.grids.moments import day_text, moment_text, number_text
from audit.grids.words import Text
from audit.models import Entry
from audit.verbs import Verb
from tokens.durations import in_words
from tokens.expiry import Expiry
from tokens.scopes import LABELS, NAMES
from tokens.setting_words import FILTERS, NONE_WORDS, SETTINGS
from tokens.verdicts import Verdict

REASONS: Mapping[str, Text] = {
    **SIGN_IN_REASONS,
    **ENDINGS,
    **TOKEN_STOPS,
    "broken_off": gettext_lazy("Broken off before the end"),
    "user_type": gettext_lazy("With the user type"),
    **dict(Verdict.choices),
}
CHANNELS: Mapping[str, Promise] = {
    "console": gettext_lazy("Console"),
    "api": gettext_lazy("API"),
    "command": gettext_lazy("Command line"),
    "worker": gettext_lazy("Background worker"),
    "demo": gettext_lazy("Demonstration"),
}
KINDS: Mapping[str, Promise] = {
    "token": gettext_lazy("Access token"),
    "mobile_session": gettext_lazy("Mobile session"),
    "login": gettext_lazy("Login"),
    "contact": gettext_lazy("Contact"),
    "department": gettext_lazy("Department"),
    "user_type": gettext_lazy("User type"),
    "organisation": gettext_lazy("Organisation"),
    "report": gettext_lazy("Report"),
    "ledger": gettext_lazy("Ledger"),
}
# What a change without named settings is about.
ABOUT: Mapping[str, str] = {
    Verb.LOGIN_ENABLE: "enabled",
    Verb.LOGIN_DISABLE: "enabled",
    Verb.LOGIN_SET_TYPE: "assignments",
    Verb.LOGIN_ASSIGN: "assignments",
    Verb.LOGIN_REACTIVATE: "blocked",
    Verb.ROLE_ADD_PERSONAL: "personal_role",
    Verb.ROLE_REMOVE_PERSONAL: "personal_role",
    Verb.ROLE_ADD_ADMIN: "admin_role",
    Verb.ROLE_REMOVE_ADMIN: "admin_role",
}
# The settings whose values are chosen from a list.
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "scopes": {name: LABELS[scope] for scope, name in NAMES.items()},
    "permissions": dict(Permission.choices),
    "language": dict(LANGUAGES),
    "why": REASONS,
    "way": SIGN_IN_WAYS,
    "factor": {"totp": gettext_lazy("Authenticator app"), "passkey": gettext_lazy("Passkey")},
    "outcome": {
        "proved": gettext_lazy("Proved"),
        "broken": gettext_lazy("Broken"),
        "stopped": gettext_lazy("Could not be verified"),
    },
    "how": {
        How.ELSEWHERE: gettext_lazy("Signed out elsewhere"),
        How.PASSWORD: gettext_lazy("Password changed since"),
        How.IDLE: gettext_lazy("Idle, or open too long"),
        How.ADMINISTRATOR: gettext_lazy("Ended by an administrator"),
        How.DISABLED: gettext_lazy("Login disabled"),
        How.EXPIRED: gettext_lazy("Login expired"),
        How.SUSPENDED: gettext_lazy("Organisation suspended"),
        How.OTHER_WAY: gettext_lazy("Another way of signing in"),
        How.DELETED: gettext_lazy("Login deleted"),
        "change": gettext_lazy("By its holder"),
        "activation": gettext_lazy("By the link of an activation mail"),
        "reset": gettext_lazy("By the link of a reset mail"),
    },
}


def reading(entry: Entry) -> Reading:
    """What the entry says of before and after, and beside it."""
    return Reading(entry.details, label=setting_label, words=setting_words, subject=ABOUT.get(entry.verb, "value"))


def reason_text(entry: Entry) -> str:
    """The reason in words; one without words is shown as it is."""
    return str(REASONS.get(entry.reason, entry.reason))


def channel_text(channel: str) -> str:
    return str(CHANNELS.get(channel, channel))


def kind_text(kind: str) -> str:
    return str(KINDS.get(kind, kind))


def setting_label(name: str) -> str:
    """The setting's name as on the pages; that of the JWT in use under "jwt."."""
    outer, _dot, inner = name.rpartition(".")
    if outer == "jwt":
        return _("JWT in use: %(setting)s") % {"setting": setting_label(inner)}
    if outer == "filters":
        return _("Filter: %(filter)s") % {"filter": FILTERS.get(inner) or setting_label(inner)}
    if outer == "parameters":
        return _("Parameter: %(parameter)s") % {"parameter": inner}
    return str(SETTINGS.get(inner) or inner.replace("_", " ").capitalize())


def setting_words(name: str, value: Any) -> list[str]:
    """A value as lines of text; none for what is empty and means nothing."""
    name = name.rpartition(".")[2]
    if value is None:
        return [str(NONE_WORDS[name])] if name in NONE_WORDS else []
    if isinstance(value, bool):
        return [_("Yes") if value else _("No")]
    if isinstance(value, list):
        return [line for item in value for line in setting_words(name, item)]
    if isinstance(value, Mapping):
        return [pair_text(value)] if "user_type" in value else [f"{key}: {held}" for key, held in value.items()]
    text = number_text(value) if isinstance(value, int) else text_of(name, str(value))
    return [text] if text else []


def pair_text(pair: Mapping[str, Any]) -> str:
    """An assignment: "General User, Energy › South"."""
    return f"{pair['user_type']}, {pair.get('department') or _('the whole organisation')}"


def text_of(name: str, value: str) -> str:
    """A text in the words that its setting has on the pages."""
    known: Mapping[str, Text] = CHOICES.get(name, {})
    if value in known:
        return str(known[value])
    if name == "expires_on":
        return expiry_text(value)
    if name.endswith("_at") or name == "expires":
        return as_moment(value)
    return value


def expiry_text(value: str) -> str:
    """The choice of a token's expiry, as ``tokens.actions.recording`` keeps it."""
    if value in Expiry.values:
        return str(Expiry(value).label)
    number = value.removesuffix(" s")
    return in_words(int(number)) if number != value and number.isdigit() else as_moment(value)


def as_moment(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
        return moment_text(moment) if "T" in value and moment.tzinfo else day_text(date.fromisoformat(value[:10]))
    except ValueError:
        return value

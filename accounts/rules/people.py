"""What may be typed of a contact and a login: one function per rule, asked by forms, actions and imports alike.

A rule answers with the refusal it would raise, or with None; the code of a refusal is the name of the field.
"""

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.drafts import ContactDraft, LoginDraft
from accounts.exceptions import Conflict, Refused
from accounts.kinds import LoginKind
from accounts.languages import LANGUAGES
from accounts.models import USER_NAME, Login
from accounts.zones import zone_named, zone_names

NAME_LENGTH = 100
MAIL_LENGTH = 254
PHONE_LENGTH = 40
NOTES_LENGTH = 2000
USER_NAME_LENGTH = 150
LAST_DAY = date(2199, 12, 31)
# They turn the reading direction around, so that a name could look like another.
DIRECTION_SIGNS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# A name of nothing but these is no name; within one, joiners belong to some scripts.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp", "Zs"})


def contact_refusals(draft: ContactDraft) -> list[Refused]:
    """Everything that is wrong with a contact."""
    found = (
        against_first_name(draft.first_name),
        against_text("last_name", draft.last_name, NAME_LENGTH),
        against_mail("email", draft.email),
        against_text("phone", draft.phone, PHONE_LENGTH),
        against_text("notes", draft.notes.replace("\n", " "), NOTES_LENGTH),
    )
    return [refusal for refusal in found if refusal]


def login_refusals(draft: LoginDraft, *, besides: Login | None = None, asks_names: bool = True) -> list[Refused]:
    """Everything that is wrong with a login; ``besides`` is the login that is being changed.

    ``asks_names=False`` for who knows already which user names are taken.
    """
    kept_expiry = besides is not None and besides.expires_at == draft.expires_at
    found = (
        against_user_name_letters(draft.user_name),
        against_taken_user_name(draft.user_name, besides=besides) if asks_names else None,
        against_login_mail(draft.email, draft.kind),
        None if kept_expiry else against_expiry(draft.expires_at),
        against_language(draft.language),
        against_time_zone(draft.time_zone),
    )
    return [refusal for refusal in found if refusal]


def first_of(refusals: Iterable[Refused]) -> Refused | None:
    return next(iter(refusals), None)


def against_first_name(text: str) -> Refused | None:
    if all(unicodedata.category(sign) in UNSEEN for sign in text):
        return Refused("first_name", _("Give at least the first name."))
    return against_text("first_name", text, NAME_LENGTH)


def against_text(field: str, text: str, most: int) -> Refused | None:
    if len(text) > most:
        return Refused(field, _("At most %(most)d characters.") % {"most": most})
    if any(sign in DIRECTION_SIGNS or unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} for sign in text):
        return Refused(field, _("It holds signs that cannot be seen."))
    return None


def against_mail(field: str, text: str) -> Refused | None:
    """No address is none; one that is given must be able to be one."""
    if not text:
        return None
    try:
        validate_email(text)
    except ValidationError:
        return Refused(field, _("This is no mail address."))
    return against_text(field, text, MAIL_LENGTH)


def against_login_mail(text: str, kind: LoginKind) -> Refused | None:
    """Who sets a password gets the link by mail; a service login needs no address, nor does the identity provider."""
    if not text and kind is LoginKind.PERSON:
        return Refused("login_email", _("A login with a password needs a mail address: the links go there."))
    return against_mail("login_email", text)


def against_user_name(name: str, *, besides: Login | None = None) -> Refused | None:
    return against_user_name_letters(name) or against_taken_user_name(name, besides=besides)


def against_user_name_letters(name: str) -> Refused | None:
    if not name:
        return Refused("user_name", _("Give a user name, or a mail address to take it from."))
    if len(name) > USER_NAME_LENGTH:
        return Refused("user_name", _("At most %(most)d characters.") % {"most": USER_NAME_LENGTH})
    try:
        USER_NAME(name)
    except ValidationError:
        return Refused("user_name", _("Letters, digits and the signs of a mail address only."))
    return None


def against_taken_user_name(name: str, *, besides: Login | None = None) -> Refused | None:
    """A user name is unique over the whole installation, ignoring case."""
    found = Login.objects.named(name)
    return user_name_taken(name) if found and (besides is None or found.pk != besides.pk) else None


def user_name_taken(name: str) -> Conflict:
    return Conflict("user_name", _("%(name)s is somebody's user name already. Choose another.") % {"name": name})


def against_expiry(moment: datetime | None) -> Refused | None:
    if moment is not None and moment <= timezone.now():
        return Refused("expires_on", _("This day is over. To shut a login out at once, disable it."))
    return None


def against_language(code: str) -> Refused | None:
    if code not in dict(LANGUAGES):
        return Refused("language", _("Choose one of the languages."))
    return None


def against_time_zone(name: str) -> Refused | None:
    if name not in zone_names():
        return Refused("time_zone", _("Choose one of the time zones, such as Europe/London."))
    return None


def end_of_day(day: date | None, time_zone: str) -> datetime | None:
    """The moment from which a login that expires on that day is refused: 24:00 of it in the login's time zone."""
    if day is None:
        return None
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=zone_named(time_zone))


def day_of_end(moment: datetime | None, time_zone: str) -> date | None:
    """The last day of a login that ends at the moment: the other way round than ``end_of_day``."""
    if moment is None:
        return None
    return (moment - timedelta(microseconds=1)).astimezone(zone_named(time_zone)).date()

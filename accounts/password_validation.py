"""The rules for a new password: what the organisation asks for, and what everybody could guess. In our own words.

Django calls each validator with the password and the login that it is for. A password is kept and compared exactly as
it was typed; only its length is counted in characters as people see them, where an accent may be a sign of its own.
"""

import unicodedata
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.password_validation import UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Login, Organisation
from accounts.password_list import is_listed
from accounts.password_strength import is_easy


class UnlikeTheLogin(UserAttributeSimilarityValidator):
    """Refuses a password that is nearly the user name or the mail address."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("user_name", "email"))

    def get_error_message(self) -> str:
        return _("The password is too similar to your user name or your mail address.")

    def get_help_text(self) -> str:
        return _("A password is not similar to the user name or the mail address.")


class LongEnough:
    """Refuses a password that is shorter than the organisation wants."""

    def validate(self, password: str, user: Login | None = None) -> None:
        if user and length_of(password) < user.organisation.password_length_minimum:
            raise ValidationError(
                _("The password is too short: %(count)d characters at least.")
                % {"count": user.organisation.password_length_minimum},
                code="password_too_short",
            )


class OfEnoughKinds:
    """Refuses a password of fewer kinds of characters than the organisation wants. Most want one, so any will do."""

    def validate(self, password: str, user: Login | None = None) -> None:
        if user and kinds_of(password) < user.organisation.password_classes_minimum:
            raise ValidationError(_kinds_in_words(user.organisation), code="password_too_plain")


class HardToGuess:
    """Refuses what consists of common passwords, of words that everybody here knows, of rows and repetitions."""

    def validate(self, password: str, user: Login | None = None) -> None:
        if not is_easy(password):
            if user and is_easy(password, words_around(user)):
                raise ValidationError(
                    _(
                        "The password is easy to guess: it is made of names that people here know, such as yours, your "
                        "organisation's or its departments'. A few unrelated words do well."
                    ),
                    code="password_of_known_words",
                )
            return
        raise ValidationError(
            _(
                "The password is too common: it is made of passwords that many people use, of rows on the keyboard, "
                "years or repetitions. A few unrelated words do well."
            ),
            code="password_too_common",
        )


class NotListed:
    """Refuses what is in the operator's list of known passwords (``PASSWORD_LIST``)."""

    def validate(self, password: str, user: Login | None = None) -> None:
        if settings.PASSWORD_LIST and is_listed(password, settings.PASSWORD_LIST):
            raise ValidationError(
                _("The password is in a list of passwords that were stolen elsewhere. Choose another."),
                code="password_listed",
            )


def length_of(password: str) -> int:
    """Characters as people count them."""
    return len(unicodedata.normalize("NFC", password))


def kinds_of(password: str) -> int:
    """How many there are of small letters, capitals, digits, and all other characters."""
    found = {
        "small" if character.islower() else "capital" if character.isupper() else "digit" if character.isdecimal()
        else "other"
        for character in password
    }  # fmt: skip
    return len(found)


def words_around(login: Login) -> Iterable[str]:
    """Names that whoever guesses at this login's password begins with."""
    organisation, contact = login.organisation, login.contact
    yield from (login.user_name, login.email, contact.first_name, contact.last_name, contact.email, organisation.name)
    yield from organisation.departments.values_list("name", flat=True)
    yield from organisation.user_types.values_list("name", flat=True)
    yield settings.PUBLIC_URL.partition("://")[2]


def rules_in_words(organisation: Organisation) -> str:
    """What a new password must be, in a few short sentences."""
    told = [_("At least %(count)d characters.") % {"count": organisation.password_length_minimum}]
    if organisation.password_classes_minimum > 1:
        told.append(_kinds_in_words(organisation))
    told.append(_("A few unrelated words do well; common ones alone, and names from here, do not."))
    if organisation.password_days_limit:
        days = organisation.password_days_limit
        told.append(ngettext("It lasts %(days)d day.", "It lasts %(days)d days.", days) % {"days": days})
    return " ".join(told)


def _kinds_in_words(organisation: Organisation) -> str:
    return _("At least %(count)d of these kinds: small letters, capitals, digits, other characters.") % {
        "count": organisation.password_classes_minimum
    }

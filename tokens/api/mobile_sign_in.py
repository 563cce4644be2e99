"""What a mobile app sends to sign in, read strictly, and what its login can choose from."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Login
from accounts.pairs import Pair
from tokens.api.exceptions import Problem
from tokens.reports.reader import department_paths

DEVICE_LENGTH = 100
# Unicode's categories of what nobody sees: controls, formats, surrogates, private and unassigned ones.
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}
JOINER = "\u200d"  # a format too, but it makes one picture of several, as people name their devices


@dataclass(frozen=True, slots=True)
class SignIn:
    """``user_type`` and ``department`` are ids; None: not chosen, and with a user type the whole organisation."""

    username: str
    password: str = field(repr=False)
    device: str
    user_type: str | None
    department: str | None

    @classmethod
    def read(cls, body: dict[str, Any]) -> SignIn:
        """Raises ``Problem`` 400 that names everything that is wrong."""
        wrong = [_("%(name)s is not known.") % {"name": visible(name)[:60]} for name in body if name not in FIELDS]
        wrong += [
            _("%(name)s must be a text that is not empty.") % {"name": name}
            for name in NEEDED
            if not isinstance(body.get(name), str) or not body[name]
        ]
        wrong += [
            _("%(name)s must be an id, or null.") % {"name": name}
            for name in CHOSEN
            if not isinstance(body.get(name), str | None)
        ]
        if not wrong and not 1 <= len(visible(body["device"])) <= DEVICE_LENGTH:
            wrong.append(_("device must have 1 to %(length)d visible characters.") % {"length": DEVICE_LENGTH})
        if body.get("department") is not None and body.get("user_type") is None:
            wrong.append(_("department goes with a user_type."))
        if wrong:
            raise Problem(400, " ".join(wrong), reason="invalid_request")
        return cls(**{**dict.fromkeys(CHOSEN), **body, "device": visible(body["device"])})


NEEDED, CHOSEN = ("username", "password", "device"), ("user_type", "department")
FIELDS = {*NEEDED, *CHOSEN}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of a login's pairs, with the ids and names that it goes by outside."""

    pair: Pair
    user_type: tuple[str, str]
    department: tuple[str, str] | None

    @property
    def ids(self) -> tuple[str, str | None]:
        return self.user_type[0], self.department and self.department[0]

    def described(self) -> dict[str, Any]:
        """A department of null is the whole organisation; any other includes those below it."""
        (type_id, type_name), place = self.user_type, self.department
        return {
            "user_type": {"id": type_id, "name": type_name},
            "department": {"id": place[0], "name": place[1]} if place else None,
        }


def choices_of(login: Login) -> list[Choice]:
    """The login's own pairs, of which a session has one or none."""
    paths = department_paths(login.organisation_id)
    found = []
    for assignment in login.assignments_now:
        user_type, place = assignment.user_type, assignment.department
        department = (place.public_id, paths[place.pk]) if place else None
        found.append(Choice(assignment.pair, (user_type.role_id, user_type.name), department))
    return sorted(found, key=lambda choice: (choice.user_type[1], (choice.department or ("", ""))[1]))


def visible(text: str) -> str:
    """The text in one line, without what nobody sees."""
    spaced = "".join(" " if character.isspace() else character for character in text)
    seen = (each for each in spaced if each == JOINER or unicodedata.category(each) not in INVISIBLE)
    return " ".join("".join(seen).split()).strip(JOINER)

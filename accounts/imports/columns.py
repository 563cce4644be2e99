"""The columns that a file may have: their heads, the other heads that are understood, and what belongs in them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.imports.exceptions import Unreadable
from audit.grids.words import Text


@dataclass(frozen=True, kw_only=True)
class Column:
    """``head`` is what stands in the file, in every language the same; ``synonyms`` are other products' heads."""

    key: str
    head: str
    tells: Text
    example: str = ""
    width: int = 20
    synonyms: tuple[str, ...] = ()


COLUMNS = (
    Column(
        key="action", head="Action", width=10,
        tells=gettext_lazy("Create, Update or Delete. Blank: create who is not there yet, update who is."),
    ),
    Column(
        key="contact_id", head="Contact Id", width=28,
        tells=gettext_lazy("Names a contact that is there already. Blank for new ones; an export fills it in."),
    ),
    Column(
        key="first_name", head="First Name", example="Maria",
        tells=gettext_lazy("Needed, at most 100 characters."),
    ),
    Column(key="last_name", head="Last Name", example="Keller", tells=gettext_lazy("At most 100 characters.")),
    Column(
        key="email", head="E Mail", example="maria.keller@example.com", width=28, synonyms=("E-mail address", "Mail"),
        tells=gettext_lazy("Needed for a login with a password: its links go there."),
    ),
    Column(
        key="phone", head="Phone", example="+41 44 123 45 67", synonyms=("Phone No", "Telephone"),
        tells=gettext_lazy("At most 40 characters."),
    ),
    Column(
        key="notes", head="Notes", width=30, synonyms=("Contact Notes",),
        tells=gettext_lazy("At most 2,000 characters."),
    ),
    Column(
        key="user_name", head="User Name", example="maria.keller@example.com", width=28, synonyms=("Login Name",),
        tells=gettext_lazy(
            "What the person signs in with. Blank, with a User Type: the mail address. Blank without: no login."
        ),
    ),
    Column(
        key="login_email", head="Login E Mail", width=28,
        tells=gettext_lazy("Where the login's mails go, when that is not the E Mail of the contact."),
    ),
    Column(
        key="kind", head="Kind", example="normal", width=10, synonyms=("Logon Method",),
        tells=gettext_lazy("normal (with a password), SSO (through the identity provider) or service (for API use)."),
    ),
    Column(
        key="enabled", head="Enabled", example="Yes", width=10, synonyms=("Login Enabled",),
        tells=gettext_lazy("Yes or No. Blank means Yes for a new login."),
    ),
    Column(
        key="expires_on", head="Expires On", width=14, synonyms=("Expiry Date",),
        tells=gettext_lazy("The last day of the login, such as 2027-12-31. Blank: it never expires."),
    ),
    Column(
        key="language", head="Language", example="de", width=10, synonyms=("Preferred Language",),
        tells=gettext_lazy("en, de, fr, es or tr, or the language's name. Blank: the organisation's."),
    ),
    Column(
        key="time_zone", head="Time Zone", example="Europe/Zurich", synonyms=("Timezone",),
        tells=gettext_lazy("A name such as Europe/London. Blank: the organisation's."),
    ),
    Column(
        key="department", head="Department", example="", width=28, synonyms=("Location Name", "Location"),
        tells=gettext_lazy(
            "The path, such as Energy › South or Energy > South. Several are separated by ; and blank is the whole "
            "organisation."
        ),
    ),
    Column(
        key="user_type", head="User Type", example="General User", synonyms=("Role", "Access Role"),
        tells=gettext_lazy(
            "Needed for a new login. Several are separated by ; in the order of the departments, or stand in a further "
            "row with the same User Name."
        ),
    ),
)  # fmt: skip
HEADS = {column.key: column.head for column in COLUMNS}
NAMING = ("contact_id", "user_name", "first_name", "email")  # one of these tells whom a row is about


def plain(head: str) -> str:
    """A head or a word without what people write differently: case, blanks, hyphens."""
    return re.sub(r"[\W_]+", "", head.casefold())


KEYS = {plain(head): column.key for column in COLUMNS for head in (column.head, *column.synonyms)}


@dataclass(frozen=True)
class Header:
    """Which column of the file holds what, and what to know of the others."""

    keys: tuple[str, ...]
    positions: tuple[int, ...]
    width: int
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, cells: Sequence[str]) -> "Header":
        """Raises ``Unreadable`` for heads that say nothing, or the same twice."""
        found: dict[str, int] = {}
        over: list[str] = []
        for position, head in enumerate(cells):
            key = KEYS.get(plain(head))
            if key in found:
                raise Unreadable(
                    _("The columns “%(first)s” and “%(second)s” mean the same. Keep one of them.")
                    % {"first": cells[found[key]], "second": head}
                )
            if key:
                found[key] = position
            elif head:
                over.append(head)
        if not any(key in found for key in NAMING):
            raise Unreadable(_nobody_named(cells))
        return cls(tuple(found), tuple(found.values()), len(cells), _notes(over))

    def row(self, cells: Sequence[str]) -> list[str]:
        return [cells[position] if position < len(cells) else "" for position in self.positions]


def _nobody_named(cells: Sequence[str]) -> str:
    shown = ", ".join(f"“{head[:40]}”" for head in cells[:6] if head)
    return _(
        "The first row must hold the heads of the columns, with First Name or User Name among them. It holds: "
        "%(heads)s. Take the template to start from."
    ) % {"heads": shown or "–"}


def _notes(over: list[str]) -> list[str]:
    notes = []
    passwords = [head for head in over if plain(head) == "password"]
    others = [head[:40] for head in over if head not in passwords]
    if passwords:
        notes.append(
            _("The column Password is passed over: people choose their own by the link of the activation mail.")
        )
    if others:
        notes.append(_("Columns that are passed over: %(heads)s.") % {"heads": ", ".join(others[:20])})
    return notes

"""The rows of a file by whom they are about: several rows of one user name are one person with several assignments."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from accounts.drafts import one_line
from accounts.exceptions import Refused
from accounts.imports.columns import HEADS

ASSIGNING = ("department", "user_type")


class RowRefused(Exception):
    """A row that cannot be applied: which cells say why. Each is (key of the column or nothing, what it holds, why)."""

    def __init__(self, *reasons: tuple[str, str, str]) -> None:
        super().__init__(*reasons)
        self.reasons = reasons


@dataclass(frozen=True)
class Row:
    """One row of the file: the number of its line, and the cells of the columns that the file has."""

    line: int
    cells: dict[str, str]
    has_surplus: bool = False

    def __getitem__(self, key: str) -> str:
        return self.cells.get(key, "")

    @property
    def wants_login(self) -> bool:
        return bool(self["user_name"] or self["user_type"])

    @property
    def user_name(self) -> str:
        """As a new login would get it: the mail address where none is given."""
        return one_line(self["user_name"] or self["login_email"] or self["email"]) if self.wants_login else ""

    @property
    def name(self) -> str:
        return one_line(f"{self['first_name']} {self['last_name']}")


@dataclass
class Subject:
    """A contact, with a login or without, as the file wants it: its first row, and what further ones add."""

    first: Row
    further: list[Row] = field(default_factory=list)

    @property
    def rows(self) -> list[Row]:
        return [self.first, *self.further]

    def has(self, key: str) -> bool:
        """Whether the file has the column at all; what it has not is left as it is."""
        return key in self.first.cells

    def __getitem__(self, key: str) -> str:
        return self.first[key]

    def check_agreement(self) -> None:
        """Raises ``RowRefused`` where a further row says something else than the first, or nothing more."""
        for row in self.further:
            for key, value in row.cells.items():
                if key not in {*ASSIGNING, "user_name"} and value and value != self.first[key]:
                    raise RowRefused((key, value, _disagreement(self.first.line, row.line, key)))
        said: dict[tuple[str, ...], int] = {}
        for row in self.rows:
            pair = tuple(row[key].casefold() for key in ASSIGNING)
            if pair in said:
                words = _("Lines %(first)d and %(second)d say the same of this user name. Keep one of them.")
                raise RowRefused(("user_name", row.user_name, words % {"first": said[pair], "second": row.line}))
            said[pair] = row.line


def _disagreement(first: int, second: int, key: str) -> str:
    words = _("Line %(second)d gives this user name another %(column)s than line %(first)d.")
    return words % {"first": first, "second": second, "column": HEADS[key]}


def rows_of(keys: Sequence[str], rows: Iterable[Sequence[object]]) -> list[Row]:
    """The rows as they were kept: [number of the line, cells, whether there are more cells than heads]."""
    return [
        Row(int(line), dict(zip(keys, cells, strict=True)), bool(surplus))  # type: ignore[call-overload]
        for line, cells, surplus in rows
    ]


def subjects_of(rows: Iterable[Row]) -> list[Subject]:
    """In the order of their first rows."""
    found: dict[str, Subject] = {}
    for row in rows:
        name = row.user_name.lower()
        if name and name in found:
            found[name].further.append(row)
        else:
            found[name or f"line {row.line}"] = Subject(row)
    return list(found.values())


def refuse(subject: Subject, refusals: Iterable[Refused | None]) -> None:
    """Raise what the rules say against it, each at its column."""
    reasons = [(code_column(refusal.code), refusal.message) for refusal in refusals if refusal]
    if reasons:
        named = [("email" if key == "login_email" and not subject.has(key) else key, why) for key, why in reasons]
        raise RowRefused(*((key, subject[key] if key else "", why) for key, why in named))


def code_column(code: str) -> str:
    """The column that the code of a refusal is about; nothing when it is about the row."""
    return {"assignments": "user_type"}.get(code, code if code in HEADS else "")

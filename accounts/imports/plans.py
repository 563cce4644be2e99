"""What applying a row would do, step by step, and what a dry run tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from accounts.drafts import ContactDraft, LoginDraft
from accounts.models import Contact, Login, RowResult
from accounts.pairs import Pair
from accounts.placing import Place


@dataclass(eq=False)
class NewContact:
    """One that is not there yet. Two logins of one new contact name the same."""

    draft: ContactDraft


@dataclass(frozen=True)
class NewLogin:
    contact: Contact | NewContact
    draft: LoginDraft
    places: dict[Pair, Place]


@dataclass(frozen=True)
class ContactEdit:
    contact: Contact
    draft: ContactDraft


@dataclass(frozen=True)
class LoginEdit:
    """``columns`` names what differs: the rest is as it is. ``places`` are all assignments that there will be."""

    login: Login
    draft: LoginDraft
    columns: frozenset[str]
    places: dict[Pair, Place]


@dataclass(frozen=True)
class Deletion:
    """Of a login, or of a contact with its logins."""

    thing: Contact | Login


Step = NewContact | NewLogin | ContactEdit | LoginEdit | Deletion


@dataclass
class Outcome:
    """What is found of a subject. ``changes`` are (column, before, after); of a refused one (column, holds, why)."""

    result: RowResult
    line: int
    further: tuple[int, ...] = ()
    name: str = ""
    user_name: str = ""
    changes: list[tuple[str, str, str]] = field(default_factory=list)
    told: str = ""
    steps: list[Step] = field(default_factory=list)

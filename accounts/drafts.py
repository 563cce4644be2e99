"""A contact and a login as somebody wants them: plain values that forms and imports fill and actions write."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accounts.kinds import LoginKind
from accounts.languages import DEFAULT_LANGUAGE, DEFAULT_TIME_ZONE
from accounts.models import Contact, Login
from accounts.pairs import Pair


def one_line(text: str) -> str:
    """Without blanks around it, and with single ones within."""
    return " ".join(text.split())


@dataclass(frozen=True, kw_only=True)
class ContactDraft:
    """What is kept of a person. Every text but the notes is one line."""

    first_name: str
    last_name: str = ""
    email: str = ""
    phone: str = ""
    notes: str = ""

    @classmethod
    def cleaned(cls, *, notes: str = "", **texts: str) -> "ContactDraft":
        lines = {name: one_line(text) for name, text in texts.items()}
        return cls(**lines, notes=notes.replace("\r\n", "\n").strip())


@dataclass(frozen=True, kw_only=True)
class LoginDraft:
    """A login as it is to be. ``pairs`` are its assignments; ``expires_at`` is the moment of its end, if it has one."""

    user_name: str
    email: str = ""
    kind: LoginKind = LoginKind.PERSON
    enabled: bool = True
    expires_at: datetime | None = None
    language: str = DEFAULT_LANGUAGE
    time_zone: str = DEFAULT_TIME_ZONE
    pairs: frozenset[Pair] = field(default_factory=frozenset)

    @classmethod
    def cleaned(
        cls, *, user_name: str = "", email: str = "", pairs: Iterable[Pair] = (), **more: object
    ) -> "LoginDraft":
        """The user name is the mail address where none is given."""
        email = one_line(email)
        return cls(user_name=one_line(user_name) or email, email=email, pairs=frozenset(pairs), **more)  # type: ignore[arg-type]


def state_of_contact(contact: Contact) -> dict[str, str]:
    """What is edited of a contact, as it is: a Save compares it with what the page showed."""
    return {name: getattr(contact, name) for name in ("first_name", "last_name", "email", "phone", "notes")}


def state_of_login(login: Login) -> dict[str, Any]:
    """The same of a login."""
    names = ("user_name", "email", "expires_at", "language", "time_zone")
    return {**{name: getattr(login, name) for name in names}, "kind": login.kind.value}

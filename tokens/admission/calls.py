"""A call of the API: as it came, as it was admitted, and that it was not."""

from __future__ import annotations

from dataclasses import dataclass

from accounts.pairs import Pair, decode
from audit.actor import Actor, Reference
from tokens.scopes import Scope
from tokens.verdicts import Verdict, way_out


class NotAdmitted(Exception):
    """A genuine JWT that admits nothing now; the reason is on record and may be told to who holds the JWT."""

    def __init__(self, verdict: Verdict, kind: str = "token") -> None:
        super().__init__(verdict.value)
        self.verdict = verdict
        self.kind = kind

    @property
    def way_out(self) -> str:
        return str(way_out(self.verdict, self.kind))


@dataclass(frozen=True, slots=True)
class Call:
    """What is recorded of a request. ``scheme`` is how the token was given."""

    address: str
    user_agent: str
    request_id: str
    method: str
    path: str
    scheme: str = "bearer"

    def actor(self, *, id: str = "", label: str = "", organisation_id: int | None = None) -> Actor:  # noqa: A002
        """Who acts in the call; nameless while nobody is known."""
        return Actor(
            id=id,
            label=label,
            organisation_id=organisation_id,
            channel="api",
            address=self.address,
            user_agent=self.user_agent,
            request_id=self.request_id,
            method=self.method,
            path=self.path,
        )


@dataclass(frozen=True, slots=True)
class Calls:
    """Where a limit of calls a minute is set: how many of them are left until the window ends, in ``seconds``."""

    limit: int
    left: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Admitted:
    """An admitted call, with what its view needs: no further query is due for any of it.

    ``owner_id`` and ``token_key`` are keys of tables; the public ids are ``owner_public_id`` and ``token_id``.
    ``restriction`` holds the effective pairs, of the token and of its owner now, as ``accounts.pairs`` encodes them.
    """

    entry_id: int
    organisation_id: int
    owner_id: int
    owner_public_id: str
    owner_label: str
    time_zone: str
    language: str
    token_key: int
    token_id: str
    token_name: str
    scopes: Scope
    restriction: str
    call: Call
    read_only: bool = False
    calls: Calls | None = None
    kind: str = "token"

    @property
    def pairs(self) -> frozenset[Pair]:
        return decode(self.restriction) or frozenset()

    @property
    def request_id(self) -> str:
        return self.call.request_id

    @property
    def token(self) -> Reference:
        return Reference("token", self.token_id, self.token_name)

    @property
    def owner(self) -> Reference:
        return Reference("login", self.owner_public_id, self.owner_label)

    @property
    def actor(self) -> Actor:
        """The owner, acting through the API: for entries about what the call did."""
        return self.call.actor(id=self.owner_public_id, label=self.owner_label, organisation_id=self.organisation_id)

"""A small model of a token's life: what must be admitted, listed and on record, without a database or a clock.

Days stand for the clock: whoever uses the model moves the rows' times by as many.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from accounts.pairs import Pair
from tokens.statuses import Status
from tokens.verdicts import ADMITTED, Verdict

Restriction = frozenset[Pair] | None


def within(one: Restriction, other: Restriction) -> Restriction:
    """What both let pass; None lets everything pass."""
    if one is None or other is None:
        return other if one is None else one
    return one & other


def sooner(one: int | None, other: int | None) -> int | None:
    """The nearer day; None is never."""
    return min((day for day in (one, other) if day is not None), default=None)


def end_of(choice: str, day: int) -> int | None:
    return None if choice == "never" else day + int(choice)


@dataclass(eq=False)
class Person:
    """A login. ``types`` are its pairs by the slug of their user type."""

    public_id: str
    types: dict[Pair, str]
    personal: bool
    admin: bool = False
    enabled: bool = True
    ended: bool = False
    deleted: bool = False
    tokens: list[Token] = field(default_factory=list)

    @property
    def is_view_only(self) -> bool:
        return set(self.types.values()) <= {"view-only"}

    @property
    def is_owner(self) -> bool:
        return "owner" in self.types.values()

    @property
    def may_hold(self) -> bool:
        return self.personal and not self.is_view_only and not self.deleted

    @property
    def listed(self) -> list[Token]:
        return [token for token in self.tokens if not token.revoked]


@dataclass(frozen=True)
class Jwt:
    """One that was shown, with what it was made for; ``day`` is when, ``end`` its last."""

    text: str = field(repr=False)
    dialog: str
    scopes: int
    pairs: Restriction
    day: int
    end: int | None


@dataclass(eq=False)
class Token:
    """What the next JWT gets, what the saved one still has, the one that is pending, and all that ever were."""

    public_id: str
    owner: Person
    name: str
    expiry: str
    scopes: int
    pairs: Restriction
    saved: Jwt | None = None
    scopes_left: int = 0
    pairs_left: Restriction = None
    end: int | None = None
    used: bool = False
    pending: Jwt | None = None
    revoked: bool = False
    jwts: list[Jwt] = field(default_factory=list)

    def save(self) -> None:
        assert self.pending
        self.saved, self.pending, self.used = self.pending, None, False
        self.scopes_left, self.pairs_left, self.end = self.saved.scopes, self.saved.pairs, self.saved.end

    def edit(self, *, name: str, expiry: str, scopes: int, pairs: Restriction) -> bool:
        """Narrowing cuts the saved JWT, widening waits for the next, and what is pending is void. False: no change."""
        before = (self.expiry, self.scopes, self.pairs)
        changed = (self.name, *before) != (name, expiry, scopes, pairs)
        if self.saved:
            self.scopes_left &= scopes
            self.pairs_left = within(self.pairs_left, pairs)
            if expiry != self.expiry:
                self.end = sooner(self.end, end_of(expiry, self.saved.day))
        self.name, self.expiry, self.scopes, self.pairs = name, expiry, scopes, pairs
        if before != (expiry, scopes, pairs):
            self.pending = None
        return changed

    def reaches(self, pairs: Restriction) -> bool:
        return bool(within(frozenset(self.owner.types), pairs))


@dataclass
class Model:
    """An organisation with its people, on a day."""

    people: list[Person]
    suspended: bool = False
    day: int = 0

    @property
    def tokens(self) -> list[Token]:
        return [token for person in self.people for token in person.tokens]

    @property
    def jwts(self) -> Iterator[tuple[Token, Jwt]]:
        return ((token, jwt) for token in self.tokens for jwt in token.jwts)

    def is_savable(self, token: Token, dialog: str) -> bool:
        pending = token.pending
        return not token.revoked and pending is not None and pending.dialog == dialog and pending.day == self.day

    def status(self, token: Token) -> Status:
        if token.revoked:
            return Status.REVOKED
        if token.saved is None:
            return Status.NOT_GENERATED
        if self._is_over(token):
            return Status.EXPIRED
        return Status.ACTIVE if token.used else Status.INACTIVE

    def verdict(self, token: Token, jwt: Jwt, scope: int) -> str | None:
        """What a call is told; None when nothing is left that could be asked."""
        owner = token.owner
        if owner.deleted:
            return None
        reasons = {
            Verdict.REVOKED: token.revoked,
            Verdict.NOT_SAVED: jwt is token.pending,
            Verdict.NOT_GENERATED: token.saved is None,
            Verdict.REPLACED: jwt is not token.saved,
            Verdict.EXPIRED: self._is_over(token),
            Verdict.ORGANISATION_SUSPENDED: self.suspended,
            Verdict.LOGIN_DISABLED: not owner.enabled,
            Verdict.LOGIN_EXPIRED: owner.ended,
            Verdict.ROLE_MISSING: not owner.personal,
            Verdict.SCOPE_MISSING: scope & ~token.scopes_left,
            Verdict.NO_ASSIGNMENT: not token.reaches(token.pairs_left),
        }
        return next((reason.value for reason, holds in reasons.items() if holds), ADMITTED)

    def _is_over(self, token: Token) -> bool:
        return token.end is not None and token.end <= self.day

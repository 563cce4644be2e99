"""What the clients saw, by one clock, and what of it breaks a promise."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

NO_ANSWER = 0
"""The status of a request whose answer was not read to its end: it may have happened or not."""
ADMITTED = 200
REFUSED = frozenset({401, 429})
ANSWERED_WITHIN = 2.0
"""Seconds in which a call must be answered, attempts after a broken connection included."""


@dataclass(slots=True)
class Change:
    """Whether a JWT is valid was changed. Acknowledged when the answer was read; else it may act at any time."""

    valid: bool
    start: float
    end: float = 0.0
    acknowledged: bool = False


@dataclass(slots=True, eq=False)
class Jwt:
    """A JWT and all that was done to its validity, in order: one client at a time does it."""

    text: str
    token: str
    changes: list[Change] = field(default_factory=list)

    def state(self, start: float, end: float) -> bool | None:
        """Whether it was valid all the time between; None where that is not known."""
        known: bool | None = None
        for change in self.changes:
            if change.start >= end:
                break
            known = change.valid if change.acknowledged and change.end <= start else None
        return known

    @property
    def is_living(self) -> bool:
        return bool(self.changes) and self.changes[-1].acknowledged and self.changes[-1].valid


@dataclass(frozen=True, slots=True)
class Request:
    """One request. ``jwt`` is None where a person asks; ``request_id`` is that of the answer."""

    kind: str
    jwt: Jwt | None
    start: float
    end: float
    status: int
    request_id: str = ""
    recorded: bool = False

    @property
    def is_acknowledged(self) -> bool:
        """Whether an entry must be on record with its id: a call that was admitted, a change that was confirmed."""
        return self.recorded and 200 <= self.status < 400


@dataclass(slots=True)
class History:
    """All clients' requests, and the calls that they made of them."""

    requests: list[Request] = field(default_factory=list)
    calls: list[tuple[float, float, bool]] = field(default_factory=list)
    """When a call began, how many seconds it took with its attempts, and whether it was answered as it must."""
    jwts: list[Jwt] = field(default_factory=list)

    def acknowledged(self) -> set[str]:
        return {request.request_id for request in self.requests if request.is_acknowledged}

    def wrongly_admitted(self) -> list[Request]:
        """Admitted, though the JWT's end had been acknowledged before the call began."""
        return [request for request in self._calls(ADMITTED) if self._state(request) is False]

    def wrongly_refused(self) -> list[Request]:
        """Refused, though the JWT was acknowledged as valid and nobody was about to end it."""
        return [request for status in REFUSED for request in self._calls(status) if self._state(request) is True]

    def unexpected(self) -> Counter[str]:
        """Answers that no fault explains, such as a 500."""
        fine = {NO_ANSWER, 200, 201, 303, 503, *REFUSED}
        found = Counter(f"{request.kind} {request.status}" for request in self.requests if request.status not in fine)
        # A change that is asked for again, because the first answer did not come, may have been made already.
        for again in ("revoke 404", "save 409", "mint 409"):
            found.pop(again, None)
        return found

    def between(self, start: float, end: float) -> Iterator[Request]:
        return (request for request in self.requests if start <= request.start < end)

    def availability(self) -> float:
        good = sum(answered and seconds <= ANSWERED_WITHIN for _, seconds, answered in self.calls)
        return good / max(1, len(self.calls))

    def _calls(self, status: int) -> list[Request]:
        return [request for request in self.requests if request.status == status and request.kind == "call"]

    def _state(self, request: Request) -> bool | None:
        return request.jwt.state(request.start, request.end) if request.jwt else None


def gaps(answered: Iterable[float]) -> list[float]:
    """Seconds between one answer and the next."""
    return [after - before for before, after in pairwise(sorted(answered))]


def percentile(values: Iterable[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0

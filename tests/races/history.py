"""Histories of calls and changes on one clock, and what must never be in one.

A change takes effect somewhere between its beginning and its answer; so does a call. What ends before another begins
comes before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple


class Call(NamedTuple):
    """A call with a JWT: when it began and ended, whether it was admitted, and the id of its request."""

    jwt: str
    began: float
    ended: float
    admitted: bool
    request_id: str = ""


@dataclass(slots=True)
class Span:
    """A time in which a JWT was valid: made so by a change (began, ended), and void by another, if that came."""

    jwt: str
    made_began: float
    made_ended: float
    void_began: float = inf
    void_ended: float = inf

    def may_admit(self, call: Call) -> bool:
        """Whether some moment of the call may lie in it."""
        return call.ended >= self.made_began and call.began <= self.void_ended

    def must_admit(self, call: Call) -> bool:
        """Whether all of the call lies in it for certain."""
        return call.began > self.made_ended and call.ended < self.void_began


def stale(calls: Iterable[Call], spans: Iterable[Span]) -> list[Call]:
    """Calls that were admitted although all changes that made their JWT void were acknowledged before they began."""
    of_jwt = _by_jwt(spans)
    return [c for c in calls if c.admitted and not any(span.may_admit(c) for span in of_jwt.get(c.jwt, ()))]


def denied(calls: Iterable[Call], spans: Iterable[Span]) -> list[Call]:
    """Calls that were refused although nothing stood in their way from their beginning to their end."""
    of_jwt = _by_jwt(spans)
    return [c for c in calls if not c.admitted and any(span.must_admit(c) for span in of_jwt.get(c.jwt, ()))]


def _by_jwt(spans: Iterable[Span]) -> Mapping[str, list[Span]]:
    of_jwt: dict[str, list[Span]] = {}
    for span in spans:
        of_jwt.setdefault(span.jwt, []).append(span)
    return of_jwt


def out_of_order(ledger: Sequence[str], times: Mapping[str, tuple[float, float]]) -> list[str]:
    """Request ids in the ledger's order that stand behind one which began only after they had ended.

    ``times``: when each request began and ended. What is not in it is left out.
    """
    latest_beginning, found = -inf, []
    for request_id in ledger:
        if request_id in times:
            began, ended = times[request_id]
            if ended < latest_beginning:
                found.append(request_id)
            latest_beginning = max(latest_beginning, began)
    return found

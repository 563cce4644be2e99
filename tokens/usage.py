"""Who calls with a token: the tools and addresses seen, and the sessions that its calls make up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from audit.models import Entry
from audit.tools import tool_of
from audit.verbs import Result, Verb
from tokens.models import AccessToken

CALLS_READ = 5_000  # of a token's calls, the newest
SEEN = timedelta(days=90)
GAP = timedelta(minutes=30)


class Call(NamedTuple):
    """One use of a token, admitted or not."""

    key: int
    at: datetime
    ok: bool
    tool: str
    address: str
    request_id: str


@dataclass(frozen=True)
class Calls:
    """The newest calls first; ``is_all`` says whether there are no others."""

    newest: Sequence[Call]
    is_all: bool


@dataclass(slots=True)
class Seen:
    """A tool at an address: when it called first and last, and how often."""

    tool: str
    address: str
    first: datetime
    last: datetime
    calls: int = 0


@dataclass(slots=True)
class Session:
    """Calls of one tool from one address, without a gap of 30 minutes."""

    tool: str
    address: str
    start: datetime
    end: datetime
    calls: int = 0
    failures: int = 0
    rows: int = 0
    reports: dict[str, int] = field(default_factory=dict)

    def add(self, call: Call, reads: Iterable[tuple[str, int]]) -> None:
        self.start = call.at
        self.calls += 1
        self.failures += not call.ok
        for report, rows in reads:
            self.reports[report] = self.reports.get(report, 0) + 1
            self.rows += rows


def last_calls(token: AccessToken) -> Calls:
    calls = Entry.objects.of_token(token.public_id).filter(verb=Verb.TOKEN_AUTHENTICATE).newest_first()
    rows = calls.values_list("pk", "at", "result", "user_agent", "address", "request_id")[: CALLS_READ + 1]
    found = [
        Call(key, at, result == Result.OK, tool_of(user_agent or ""), address or "", request_id)
        for key, at, result, user_agent, address, request_id in rows
    ]
    # Keys are given before moments are: neighbours may stand the other way round.
    newest = sorted(found[:CALLS_READ], key=lambda call: call.at, reverse=True)
    return Calls(newest, len(found) <= CALLS_READ)


def seen(calls: Calls, now: datetime) -> list[Seen]:
    """Every tool and address of the last 90 days, the busiest first."""
    found: dict[tuple[str, str], Seen] = {}
    for call in calls.newest:
        if call.at < now - SEEN:
            break
        one = found.setdefault((call.tool, call.address), Seen(call.tool, call.address, call.at, call.at))
        one.first = min(one.first, call.at)
        one.calls += 1
    return sorted(found.values(), key=lambda one: -one.calls)


def sessions(token: AccessToken, calls: Calls) -> list[Session]:
    """The sessions that began last, first. What was read is known by the request that read it."""
    reads = reads_since(token, min(call.key for call in calls.newest)) if calls.newest else {}
    open_ones: dict[tuple[str, str], Session] = {}
    found: list[Session] = []
    for call in calls.newest:
        session = open_ones.get((call.tool, call.address))
        if session is None or session.start - call.at >= GAP:
            session = Session(call.tool, call.address, call.at, call.at)
            open_ones[call.tool, call.address] = session
            found.append(session)
        session.add(call, reads.get(call.request_id, ()))
    return sorted(found, key=lambda session: session.start, reverse=True)


def reads_since(token: AccessToken, key: int) -> dict[str, list[tuple[str, int]]]:
    """By request id, the reports that were read from that entry on, and how many rows of each went out."""
    entries = Entry.objects.of_token(token.public_id).filter(verb=Verb.REPORT_READ, pk__gte=key)
    found: dict[str, list[tuple[str, int]]] = {}
    for request_id, report, rows in entries.values_list("request_id", "subject_id", "details__rows"):
        found.setdefault(request_id, []).append((report, rows if isinstance(rows, int) else 0))
    return found

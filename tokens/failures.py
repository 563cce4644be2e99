"""Why calls were refused lately: refusals of one token, tool and reason told as one, with what to do."""

from dataclasses import dataclass
from datetime import datetime

from audit.grids.words import Text
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.tools import tool_of
from audit.verbs import Result, Verb
from tokens.verdicts import Verdict, way_out

FAILURES_READ = 200  # the newest


@dataclass(slots=True)
class Failure:
    """The same refusal, as often as it came: ``request_id`` is that of the last time."""

    token_id: str
    token_name: str
    code: str
    tool: str
    address: str
    request_id: str
    first: datetime
    last: datetime
    times: int = 0

    @property
    def reason(self) -> Text:
        return Verdict(self.code).label if self.code in Verdict.values else self.code

    @property
    def way_out(self) -> Text:
        kind = "mobile" if self.token_id.startswith("mob_") else "token"
        return way_out(Verdict(self.code), kind) if self.code in Verdict.values else ""


def failures_of(entries: EntryQuerySet) -> list[Failure]:
    """The newest first. ``entries`` says whose; only refused calls of them count."""
    found: dict[tuple[str, str, str, str], Failure] = {}
    refused = entries.filter(verb=Verb.TOKEN_AUTHENTICATE, result=Result.FAIL)
    for entry in refused.newest_first()[:FAILURES_READ]:
        failure = found.setdefault(key_of(entry), failure_of(entry))
        failure.first = entry.at
        failure.times += 1
    return list(found.values())


def key_of(entry: Entry) -> tuple[str, str, str, str]:
    return entry.token_id, entry.reason, tool_of(entry.user_agent or ""), entry.address or ""


def failure_of(entry: Entry) -> Failure:
    return Failure(
        token_id=entry.token_id,
        token_name=entry.token_name,
        code=entry.reason,
        tool=tool_of(entry.user_agent or ""),
        address=entry.address or "",
        request_id=entry.request_id,
        first=entry.at,
        last=entry.at,
    )

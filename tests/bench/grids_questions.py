"""What is asked of the logs: each filter by a value that is often there, one that is rare and one that is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from accounts.models import Login
from audit.models import Entry
from audit.request_ids import request_id_at
from audit.verbs import Verb
from tests.bench.grids_ledger import People
from tokens.models import AccessToken

NOWHERE, NOBODY = "203.0.113.9", "Nobody At All"
DEEP = 100_000
Values = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Log:
    """A log's page, who looks at it, and what its filters are asked for, the usual value first."""

    name: str
    path: str
    viewer: Login
    filters: Values


@dataclass(frozen=True)
class Question:
    """One page. ``kind`` tells how many filters are set: ``page``, ``filter``, ``time`` (with a filter) or ``pair``."""

    log: Log
    kind: str
    parameters: Mapping[str, str]

    @property
    def path(self) -> str:
        return f"{self.log.path}?{urlencode(self.parameters)}" if self.parameters else self.log.path

    def __str__(self) -> str:
        asked = " ".join(f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.log.name} ({self.log.viewer.user_name.partition('@')[0]}): {asked or 'first page'}"


class Known:
    """Things of the ledger that there is much of, and little."""

    def __init__(self) -> None:
        self.people = People.there()
        organisation = self.people.administrator.organisation
        tokens = AccessToken.objects.of_organisation(organisation.pk).select_related("owner")
        self.hot, self.cold = tokens.earliest("pk"), tokens.latest("pk")
        calls = Entry.objects.of_organisation(organisation.pk).filter(verb=Verb.TOKEN_AUTHENTICATE)
        call = calls.of_token(self.hot.public_id).latest("pk")
        self.often = call.address or ""
        self.rare = calls.earliest("pk").address or ""
        self.request = request_id_at(call.at, bytes(6))
        self.newest = Entry.objects.latest("pk").pk


def times() -> dict[str, dict[str, str]]:
    """Ranges of days: the newest, old ones, none that anything happened in, and all but the newest."""
    today = timezone.localdate()

    def day(ago: int) -> str:
        return (today - dt.timedelta(days=ago)).isoformat()

    return {
        "recent": {"at_from": day(2)},
        "old": {"at_from": day(80), "at_to": day(74)},
        "empty": {"at_from": "2020-01-01", "at_to": "2020-02-01"},
        "until": {"at_to": day(85)},
    }


def logs(known: Known) -> list[Log]:
    people, hot, cold = known.people, known.hot, known.cold
    usual: Values = {"address": (known.often, known.rare, NOWHERE), "request_id": (known.request, "aaaaaaaaaaaaaaaa")}
    of_token: Values = {
        **usual,
        "activity": ("AUTHENTICATE", "changes", "CREATE", "UPDATE", "REVOKE"),
        "actor": ("Reports API", hot.owner.user_name, cold.owner.user_name, "root", NOBODY),
        "result": ("ok", "fail", "expired", "org_stopped"),
        "sent_as": ("bearer", "basic", "password"),
    }
    all_tokens: Values = {
        **of_token,
        "q": (hot.name, hot.owner.user_name, cold.owner.user_name, known.request, NOBODY),
        "token": (hot.name, cold.name, cold.public_id, NOBODY),
        "owner": (hot.owner.user_name, cold.owner.user_name, NOBODY),
    }
    activity: Values = {
        **usual,
        "q": (hot.owner.user_name, hot.name, cold.owner.user_name, known.request, NOBODY),
        "activity": (
            "token.authenticate",
            "changes",
            "report.read",
            "token.update",
            "login.delete",
            "user_type.create",
        ),
        "actor": ("Reports API", hot.owner.user_name, cold.owner.user_name, "root", NOBODY),
        "subject": ("TokenActivity", hot.name, cold.name, hot.owner.user_name, NOBODY),
        "result": ("ok", "fail"),
        "reason": ("expired", "bad_password", "broken_off"),
        "channel": ("api", "console", "command", "demo"),
    }
    comings: Values = {
        **usual,
        "person": (hot.owner.user_name, cold.owner.user_name, NOBODY),
        "way": ("console", "program", "mobile"),
        "result": ("ok", "fail"),
        "reason": ("bad_password", "locked"),
    }
    all_logs, whole, signing = (
        reverse("tokens:all_logs"),
        reverse("tokens:activity"),
        reverse("accounts:login_activity"),
    )
    viewers = (people.administrator, people.of_department, people.of_nobody, people.of_small)
    found = [
        log
        for viewer in viewers
        for log in (
            Log("All Token Logs", all_logs, viewer, all_tokens),
            Log("Activity", whole, viewer, activity),
            Log("Login Activity", signing, viewer, comings),
        )
    ]
    found.append(Log("My Token Logs", reverse("tokens:my_logs"), hot.owner, {**of_token, "token": (hot.public_id,)}))
    for token, name in ((hot, "a busy token"), (cold, "a quiet token")):
        found.append(
            Log(f"Token Logs of {name}", reverse("tokens:logs", args=[token.public_id]), token.owner, of_token)
        )
    return found


def questions(log: Log, newest: int) -> Iterator[Question]:
    """Everything that is asked of one log."""
    yield Question(log, "page", {})
    for place in ({"before": str(newest - 50)}, {"before": str(newest - DEEP)}, {"after": str(newest - DEEP)}):
        yield Question(log, "page", place)
    for days in times().values():
        yield Question(log, "filter", days)
    for name, values in log.filters.items():
        for value in values:
            yield Question(log, "filter", {name: value})
            for days in times().values():
                yield Question(log, "time", {name: value, **days})
    for (first, values), (second, others) in combinations(log.filters.items(), 2):
        for value in values:
            for other in others:
                yield Question(log, "pair", {first: value, second: other})

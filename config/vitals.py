"""How the installation is at this moment, read from its database alone: what waits, and who was heard of last.

Nothing is counted in any process, so that every process, and every machine, gives the same answer. Ages are measured by
the database's clock.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Now

from accounts.models import Heartbeat, Lease, Organisation, OutboxMail
from audit.models import Checkpoint, Entry, Head, PendingSeal
from audit.verbs import Verb

HEARD_OF_LATELY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Ledger:
    """``sealed`` entries are in the tree, ``unsealed`` ones wait; ``signed`` is the size of the newest checkpoint."""

    sealed: int
    unsealed: int
    oldest_unsealed: float | None  # seconds
    signed: int
    signed_at: float | None  # seconds since 1970

    @property
    def written(self) -> int:
        return self.sealed + self.unsealed


@dataclass(frozen=True, slots=True)
class Outbox:
    waiting: int
    given_up: int
    oldest_waiting: float | None  # seconds


@dataclass(frozen=True, slots=True)
class Lane:
    """The best that any worker tells of the lane, and all that troubles it."""

    went_round: float  # seconds ago
    job: str
    troubles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A job that one worker at a time runs: who is at it now, and how many seconds ago it was last done."""

    holder: str
    ran: float | None


def ledger() -> Ledger:
    queue = PendingSeal.objects.aggregate(count=Count("entry_id"), first=Min("entry_id"))
    oldest = Entry.objects.filter(pk=queue["first"]).annotate(age=Now() - F("at")).values_list("age", flat=True).first()
    head = Head.objects.only("size").first()
    newest = Checkpoint.objects.order_by("-id").only("size", "at").first()
    return Ledger(
        sealed=head.size if head else 0,
        unsealed=queue["count"],
        oldest_unsealed=_seconds(oldest),
        signed=newest.size if newest else 0,
        signed_at=newest.at.timestamp() if newest else None,
    )


def outbox() -> Outbox:
    waiting = OutboxMail.objects.waiting()
    found = waiting.aggregate(count=Count("pk"), oldest=Max(Now() - F("created_at")))
    given_up = OutboxMail.objects.filter(given_up_at__isnull=False).count()
    return Outbox(found["count"], given_up, _seconds(found["oldest"]))


def lanes() -> dict[str, Lane]:
    """What was told of each lane, by any worker that was heard of in the last day, and not in the future."""
    found: dict[str, Lane] = {}
    beats = Heartbeat.objects.annotate(age=Now() - F("went_round_at"), silence=Now() - F("at"))
    for beat in beats.filter(silence__gt=-HEARD_OF_LATELY).order_by("age"):
        troubles = (beat.trouble,) if beat.trouble and beat.silence < HEARD_OF_LATELY else ()
        best = found.get(beat.lane) or Lane(beat.age.total_seconds(), beat.job, ())
        found[beat.lane] = Lane(best.went_round, best.job, tuple(dict.fromkeys(best.troubles + troubles)))
    return found


def workers() -> int:
    """How many workers were heard of in the last minute."""
    lately = Heartbeat.objects.annotate(silence=Now() - F("at")).filter(
        silence__range=(-HEARD_OF_LATELY, HEARD_OF_LATELY)
    )
    return lately.values("worker").distinct().count()


def turns() -> dict[str, Turn]:
    held = Lease.objects.annotate(ran=Now() - F("ran_at"), is_held=Q(until__gt=Now())).order_by("name")
    return {lease.name: Turn(lease.holder if lease.is_held else "", _seconds(lease.ran)) for lease in held}


def calls_lately(period: timedelta) -> dict[tuple[str, str], int]:
    """Calls by their result and reason, over the last ``period``: read along an index, by organisation and time."""
    organisations = Organisation.objects.values("pk")
    calls = Entry.objects.filter(
        organisation_id__in=organisations, at__gte=Now() - period, verb=Verb.TOKEN_AUTHENTICATE
    )
    counted = calls.order_by().values_list("result", "reason").annotate(count=Count("pk"))
    return {(result, reason): count for result, reason, count in counted}


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else age.total_seconds()

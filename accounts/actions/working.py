"""The background workers' turns and signs of life: leases of the jobs that run alone, and heartbeats of the lanes.

All times are the database's: the clocks of the machines that workers run on may differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import DateTimeField, ExpressionWrapper, Q
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from accounts.models import Heartbeat, Lease

LEASE = timedelta(seconds=60)
"""A job of a worker that died is another's after so long; a living one renews its leases at every beat of its heart."""
HEARTBEATS_KEPT = timedelta(days=1)
LEASES_KEPT = timedelta(days=30)
CLOCK_ASTRAY = timedelta(hours=1)
"""What is further in the future was written while the clock was wrong, and counts for nothing."""
TROUBLE_LENGTH = 300


def take(name: str, holder: str, every: float) -> bool:
    """Take the turn at a job, by one statement; False when it is another's, or was anyone's less than ``every`` ago.

    ``holder`` may take what it has already: its last run was broken off when the database went away.
    """
    free = Q(until=None) | Q(until__lt=Now()) | Q(until__gt=_from_now(CLOCK_ASTRAY)) | Q(holder=holder)
    due = Q(ran_at=None) | Q(ran_at__lte=_from_now(timedelta(seconds=-every))) | Q(ran_at__gt=Now())
    turn = Lease.objects.filter(free, due, name=name)
    if turn.update(holder=holder, until=_from_now(LEASE)):
        return True
    if Lease.objects.filter(name=name).exists():
        return False
    Lease.objects.bulk_create([Lease(name=name)], ignore_conflicts=True)
    return bool(turn.update(holder=holder, until=_from_now(LEASE)))


def renew(holder: str, names: list[str]) -> None:
    """Keep the turns at these jobs, unless they are another's by now."""
    if names:
        Lease.objects.filter(holder=holder, name__in=names).update(until=_from_now(LEASE))


def release(name: str, holder: str) -> None:
    """Say that the job was done, unless it is another's by now."""
    Lease.objects.filter(name=name, holder=holder).update(holder="", until=None, ran_at=Now())


@dataclass(frozen=True, slots=True)
class LaneSign:
    """What there is to tell of one lane: how long ago it last went round, the job it is at, and what troubles it."""

    lane: str
    seconds_ago: float
    job: str = ""
    trouble: str = ""


def beat(worker: str, signs: Iterable[LaneSign]) -> None:
    """Put what the lanes tell in place of what they told before."""
    Heartbeat.objects.bulk_create(
        [
            Heartbeat(
                worker=worker,
                lane=sign.lane,
                at=Now(),
                went_round_at=_from_now(timedelta(seconds=-sign.seconds_ago)),
                job=sign.job,
                trouble=sign.trouble[:TROUBLE_LENGTH],
            )
            for sign in signs
        ],
        update_conflicts=True,
        unique_fields=["worker", "lane"],
        update_fields=["at", "went_round_at", "job", "trouble"],
    )


def forget_old() -> int:
    """Forget workers that are gone for a day, and jobs that nobody ran for a month; returns how many rows."""
    silent = Heartbeat.objects.filter(Q(at__lt=_from_now(-HEARTBEATS_KEPT)) | Q(at__gt=_from_now(CLOCK_ASTRAY)))
    idle = Lease.objects.filter(Q(until=None) | Q(until__lt=Now()), ran_at__lt=_from_now(-LEASES_KEPT))
    return silent.delete()[0] + idle.delete()[0]


def _from_now(by: timedelta) -> "ExpressionWrapper[CombinedExpression]":
    return ExpressionWrapper(Now() + by, output_field=DateTimeField())

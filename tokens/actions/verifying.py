"""Verifying the ledger on request: the worker does it, one verification at a time, and records the outcome."""

import time
from dataclasses import asdict
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from accounts.exceptions import Conflict
from audit.actions import record
from audit.actor import Actor, Reference
from audit.models import Head, Verification
from audit.seals.notes import NoCheckpoint
from audit.seals.tree import NotProved
from audit.verbs import Result, Verb
from audit.verification import Report, verify

LEASE = timedelta(minutes=2)
"""Longer than anything between two signs of progress; after it the verification of a worker that died is anyone's."""
ATTEMPTS = 3
TOLD_EVERY_SECONDS = 0.5
LONGEST_REST_SECONDS = 0.2
WARNINGS_KEPT = 20
BROKEN_OFF = "broken_off"

State = Verification.State


class LeaseLost(Exception):
    """The verification is another worker's by now."""


def ask_verification(*, by: Actor) -> Verification:
    """Have the worker verify the whole ledger. Raises ``Conflict`` while that is being done."""
    head = Head.objects.first()
    try:
        with transaction.atomic():
            return Verification.objects.create(
                organisation_id=by.organisation_id,
                by_id=by.id,
                by_label=by.label[:200],
                actor=asdict(by),
                total=head.size if head else 0,
            )
    except IntegrityError:
        raise Conflict("at_work", _("The ledger is being verified already. Its result will be here.")) from None


def work_on_verification() -> str:
    """Do the verification that is asked for, if it is nobody else's. Killed in the middle, it is begun anew."""
    claimed = _claim()
    if claimed is None:
        return ""
    if claimed.attempts > ATTEMPTS:
        _end(claimed, State.STOPPED, None, BROKEN_OFF)
        return "broken off several times"
    try:
        report = verify(progress=_Telling(claimed))
        _end(claimed, State.PROVED if report.is_proved else State.BROKEN, report)
    except LeaseLost:
        return "given up: another worker is at it"
    except (OSError, ImproperlyConfigured, NoCheckpoint, NotProved) as error:
        _end(claimed, State.STOPPED, None, str(error))
    return str(claimed)


def _claim() -> Verification | None:
    with transaction.atomic():
        due = Verification.objects.filter(Q(lease_until=None) | Q(lease_until__lt=Now()), is_open=True)
        found = due.select_for_update(skip_locked=True).first()
        if found is None:
            return None
        found.state, found.attempts, found.done = State.RUNNING, found.attempts + 1, 0
        found.lease_until = Now() + LEASE
        found.save(update_fields=["state", "attempts", "done", "lease_until"])
        found.refresh_from_db()
        return found


class _Telling:
    """Told after each portion: says how far it is, keeps the lease, and rests as long as the portion took."""

    def __init__(self, claimed: Verification) -> None:
        self.claimed, self.portion_began, self.told_at = claimed, time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.told_at >= TOLD_EVERY_SECONDS or done == total:
            self.told_at = now
            self.claimed.done, self.claimed.total = done, total
            held = Verification.objects.filter(pk=self.claimed.pk, attempts=self.claimed.attempts, is_open=True)
            if not held.update(done=done, total=total, lease_until=Now() + LEASE):
                raise LeaseLost
        time.sleep(min(LONGEST_REST_SECONDS, now - self.portion_began))
        self.portion_began = time.monotonic()


def _end(claimed: Verification, state: State, report: Report | None, trouble: str = "") -> None:
    """Note the outcome and record it, in the name of whoever asked. Raises ``LeaseLost``."""
    with transaction.atomic():
        open_ones = Verification.objects.select_for_update().filter(attempts=claimed.attempts, is_open=True)
        held = open_ones.filter(pk=claimed.pk).first()
        if held is None:
            raise LeaseLost
        by = Actor(**held.actor)
        held.state, held.is_open, held.trouble, held.actor, held.lease_until = state, False, trouble[:300], {}, None
        held.ended_at = Now()
        if report:
            _keep(held, report)
        held.save()
        record(
            verb=Verb.LEDGER_VERIFY,
            by=by,
            result=Result.OK if state == State.PROVED else Result.FAIL,
            reason=BROKEN_OFF if state == State.STOPPED else "",
            organisation_id=by.organisation_id,
            subject=Reference("ledger", "", report.verifier.partition("+")[0] if report else ""),
            details=_details(held),
        )
    claimed.state, claimed.done, claimed.total = state, held.done, held.total


def _keep(held: Verification, report: Report) -> None:
    first = report.first
    held.done, held.total, held.checkpoints = report.entries, report.size, report.checkpoints
    held.findings = report.broken_in_all
    held.finding = {"code": first.code, "sequence": first.sequence, "more": first.more} if first else None
    kept = report.warnings[:WARNINGS_KEPT]
    held.warnings = [{"code": one.code, "sequence": one.sequence, "more": one.more} for one in kept]


def _details(held: Verification) -> dict[str, object]:
    told: dict[str, object] = {"outcome": str(held.state), "entries": held.done}
    if held.finding:
        told |= {"findings": held.findings, "first_finding": held.finding["code"], "sequence": held.finding["sequence"]}
    return told | ({"why": held.trouble} if held.trouble else {})

"""Removing people's details from the log: of one person when asked to, of everybody when they are old enough.

A removal is put on record at once and done by the worker, or by the operator's command, in portions. What is done
stays done: whoever goes on begins where the one before was interrupted.
"""

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import ContactImport, Organisation, PendingRemoval
from audit.actions import redacting
from audit.actor import Actor, Reference
from audit.models import Entry

SECONDS = 5.0
"""So long one turn of the worker takes at most: other jobs wait meanwhile."""

Progress = Callable[[int, int], None]
"""Told after each portion: how many entries lost their personal details, of how many."""


@transaction.atomic
def forget_people(*, organisation_id: int, people: Iterable[Reference], by: Actor) -> list[Entry]:
    """Put on record that the details of these logins and contacts are removed from the entries so far.

    Gives a record for each of which there is something to remove. The names beside imports and verifications go now.
    """
    people = list(people)
    ids = [person.id for person in people]
    ContactImport.objects.filter(organisation_id=organisation_id, by_id__in=ids).update(by_label="")
    redacting.forget_who_asked(ids)
    said = [redacting.record_person(person=person, organisation_id=organisation_id, by=by) for person in people]
    records = [entry for entry in said if entry is not None]
    PendingRemoval.objects.bulk_create([PendingRemoval(entry_id=entry.pk) for entry in records])
    return records


def remove(record: Entry, *, until: float | None = None, progress: Progress | None = None) -> int:
    """Go on with a removal that is on record; gives how many entries it was.

    Ends before it is done when entries before it wait for their seal, and at the moment ``until`` (monotonic).
    """
    removed = 0
    while redacting.is_sealed_before(record.pk) and (until is None or time.monotonic() < until):
        count = _portion(record)
        if count is None:
            break
        removed += count
        if progress and count:
            progress(removed, (record.details or {}).get("entries", removed))
    return removed


@transaction.atomic
def _portion(record: Entry) -> int | None:
    """One portion, by whoever has the turn at this removal; None when it is done."""
    turn = PendingRemoval.objects.select_for_update().filter(pk=record.pk).first()
    if turn is None:
        return None
    place, count = redacting.redact_person(said=record, place=redacting.Place(turn.walk, turn.after))
    if place is None:
        turn.delete()
        return None
    turn.walk, turn.after = place.walk, place.after
    turn.save()
    return count


def remove_due(*, by: Actor, now: datetime | None = None) -> int:
    """The worker's turn: go on with what is on record, then with what has become old. Gives how many entries."""
    until = time.monotonic() + SECONDS
    records = Entry.objects.filter(pk__in=PendingRemoval.objects.values("entry_id")).order_by("pk")
    removed = sum(remove(record, until=until) for record in records)
    for organisation in Organisation.objects.exclude(log_days_kept=None).order_by("pk"):
        before = cutoff(organisation.log_days_kept or 0, now)
        removed += _remove_old(organisation, before, by, until)
    return removed


def cutoff(days: int, now: datetime | None = None) -> datetime:
    """What is older than this is that many days old. A midnight in UTC, so that a day has one record."""
    midnight = (now or timezone.now()).astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=days)


def _remove_old(organisation: Organisation, before: datetime, by: Actor, until: float) -> int:
    since, removed = organisation.log_removed_before, 0
    if since is not None and since >= before:
        return 0
    if not redacting.are_sealed(redacting.old_entries(organisation.pk, since, before)):
        return 0
    with transaction.atomic():
        said = redacting.record_age(organisation_id=organisation.pk, since=since, before=before, by=by)
    while time.monotonic() < until:
        with transaction.atomic():
            last, count = redacting.redact_old(said=said, since=since, before=before) if said else (None, 0)
            since = last or before
            Organisation.objects.filter(pk=organisation.pk).update(log_removed_before=since)
        removed += count
        if last is None:
            break
    return removed

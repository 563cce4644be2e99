"""Removes what is personal from entries and their seals, in portions; an entry of the ledger says so before.

What a removal covers is told by columns that are never removed themselves: whose entries by the public id, or those of
an organisation by the moment that they are older than, and always only entries that were there before the record. A
verification reads the same columns (audit/verification/forgetting.py).
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from audit.actions.recording import record
from audit.actor import Actor, Reference
from audit.models import Entry, Leaf, PendingSeal, Verification
from audit.removals import older_than
from audit.triggers import PERSONAL
from audit.verbs import Verb

PORTION = 500
HOLDS_PERSONAL = Q(*(Q((f"{name}__isnull", False)) for name in PERSONAL), _connector=Q.OR)
IS_CALL = Q(verb=Verb.TOKEN_AUTHENTICATE)
# Records of removals that name nobody in their personal columns.
BY_AGE = Q(verb=Verb.LEDGER_REDACT, channel="worker")


@dataclass(frozen=True, slots=True)
class Place:
    """How far a removal has come: the walk it is in, and the last entry that it looked at."""

    walk: int = 0
    after: int = 0


def record_person(*, person: Reference, organisation_id: int, by: Actor) -> Entry | None:
    """Say that the personal details of a person's entries so far are removed. None when there is nothing to remove.

    ``person`` is a login or a contact by its public id: the label is what is removed, and never written here.
    """
    count = sum(rows.count() for rows in _walks(organisation_id, person.id, before=None))
    if not count:
        return None
    subject = Reference(person.kind, person.id, "")
    return record(
        verb=Verb.LEDGER_REDACT, by=by, organisation_id=organisation_id, subject=subject, details={"entries": count}
    )


def forget_who_asked(people: Collection[str]) -> None:
    """Take the names of these people from the verifications that they asked for, which stand beside the ledger."""
    Verification.objects.filter(by_id__in=people).update(by_label="")


def record_age(*, organisation_id: int, since: datetime | None, before: datetime, by: Actor) -> Entry | None:
    """The same for an organisation's entries before a moment, unless that is on record. None when there are none."""
    subject = Reference("ledger", older_than(before), "")
    said = Entry.objects.filter(organisation_id=organisation_id, verb=Verb.LEDGER_REDACT, subject_id=subject.id).first()
    if said:
        return said
    count = old_entries(organisation_id, since, before).count()
    if not count:
        return None
    details = {"entries": count, "before_at": before.isoformat()}
    return record(verb=Verb.LEDGER_REDACT, by=by, organisation_id=organisation_id, subject=subject, details=details)


def old_entries(organisation_id: int, since: datetime | None, before: datetime) -> QuerySet[Entry]:
    """The entries of an organisation in that time that hold something personal."""
    rows = Entry.objects.filter(HOLDS_PERSONAL, organisation_id=organisation_id, at__lt=before).exclude(BY_AGE)
    return rows.filter(at__gte=since) if since else rows


def are_sealed(entries: QuerySet[Entry]) -> bool:
    """Whether none of them waits for its seal: an entry keeps its personal part until its leaf was made."""
    return not entries.filter(pk__in=PendingSeal.objects.values("entry_id")).exists()


def is_sealed_before(entry_id: int) -> bool:
    """Whether everything before that entry is sealed; records of other removals need not be."""
    waiting = PendingSeal.objects.filter(entry_id__lt=entry_id).values("entry_id")
    return not Entry.objects.filter(pk__in=waiting).exclude(verb=Verb.LEDGER_REDACT).exists()


def redact_person(*, said: Entry, place: Place) -> tuple[Place | None, int]:
    """One portion of a removal that is on record as ``said``: where it goes on (None: done), and how many entries."""
    walks = list(_walks(said.organisation_id or 0, said.subject_id, before=said.pk))
    if place.walk >= len(walks):
        return None, 0
    rows = walks[place.walk].filter(pk__gt=place.after).order_by("pk")
    keys = list(rows.values_list("pk", flat=True)[:PORTION])
    if not keys:
        return Place(place.walk + 1), 0
    return Place(place.walk, keys[-1]), _redact(keys)


def redact_old(*, said: Entry, since: datetime | None, before: datetime) -> tuple[datetime | None, int]:
    """One portion of an organisation's old entries: the moment of the last one (None: done), and how many."""
    rows = old_entries(said.organisation_id or 0, since, before).filter(pk__lt=said.pk).order_by("at", "pk")
    found = list(rows.filter(_is_sealed()).values_list("pk", "at")[:PORTION])
    if not found:
        return None, 0
    return found[-1][1], _redact([key for key, _at in found])


def _walks(organisation_id: int, person: str, *, before: int | None) -> Iterator[QuerySet[Entry]]:
    """The entries of a person, each in one of them, and each found by its index: as owner, as actor, as subject."""
    rows = Entry.objects.filter(HOLDS_PERSONAL, organisation_id=organisation_id)
    if before is not None:
        rows = rows.filter(_is_sealed(), pk__lt=before)
    rows = rows.exclude(verb=Verb.LEDGER_REDACT, subject_id=person)
    yield rows.filter(owner_id=person)
    rows = rows.exclude(IS_CALL).exclude(owner_id=person)
    yield rows.filter(actor_id=person)
    yield rows.filter(subject_id=person).exclude(actor_id=person)


def _is_sealed() -> Exists:
    return Exists(Leaf.objects.filter(entry_id=OuterRef("pk")))


def _redact(keys: list[int]) -> int:
    with transaction.atomic():
        count = Entry.objects.filter(pk__in=keys).update(**dict.fromkeys(PERSONAL))
        Leaf.objects.filter(entry_id__in=keys).update(personal=None)
    return count

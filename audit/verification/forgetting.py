"""Which personal details may be gone: only those that an entry of the ledger says were removed.

A record of a removal is an entry as any other: it is sealed or waits, and the same verification holds its columns
against its seal. It covers entries that were there before it: those of one person by the public id, or those of its
organisation that are older than the moment that it names. What is read here of it is never removed.
"""

from typing import Any

from audit.models import Entry
from audit.removals import OLDER_THAN
from audit.verbs import Verb

KEPT = 1024
"""So many answers are remembered at most: neighbouring entries are often covered by the same record."""
PEOPLE = ("login", "contact")

Sealed = dict[str, Any]


class AllowedRedactions:
    """Answers for one sealed entry after another, whether its personal details may be gone; in constant memory."""

    def __init__(self) -> None:
        self._people: dict[tuple[int, str], int] = {}  # the newest record of each
        self._ages: dict[int, tuple[int, str]] = {}  # one record of each organisation, and the moment that it names

    def __call__(self, sealed: Sealed) -> bool:
        """Whether a removal on record covers what was sealed."""
        organisation = sealed.get("organisation_id")
        if not isinstance(organisation, int):
            return False
        people = sorted({str(sealed.get(name) or "") for name in ("owner_id", "actor_id", "subject_id")} - {""})
        return self._is_remembered(organisation, people, sealed) or (
            self._is_old(organisation, sealed) or any(self._is_of(organisation, person, sealed) for person in people)
        )

    def _is_remembered(self, organisation: int, people: list[str], sealed: Sealed) -> bool:
        """Asked of all before the database is asked of any: a removal covers many entries."""
        entry, moment = self._ages.get(organisation, (0, ""))
        return (entry > sealed["id"] and moment > _named(sealed)) or any(
            self._people.get((organisation, person), 0) > sealed["id"] for person in people
        )

    def _is_of(self, organisation: int, person: str, sealed: Sealed) -> bool:
        said = _records(organisation).filter(subject_kind__in=PEOPLE, subject_id=person, pk__gt=sealed["id"])
        newest = said.order_by("-pk").values_list("pk", flat=True).first()
        if newest is not None:
            _keep(self._people, (organisation, person), newest)
        return newest is not None

    def _is_old(self, organisation: int, sealed: Sealed) -> bool:
        said = _records(organisation).filter(subject_kind="ledger", subject_id__gt=_named(sealed), pk__gt=sealed["id"])
        found = said.filter(subject_id__startswith=OLDER_THAN).order_by("-subject_id").values_list("pk", "subject_id")
        record = found.first()
        if record is not None:
            _keep(self._ages, organisation, record)
        return record is not None


def _named(sealed: Sealed) -> str:
    return f"{OLDER_THAN}{sealed.get('at')}"


def _records(organisation: int) -> Any:
    return Entry.objects.filter(verb=Verb.LEDGER_REDACT, organisation_id=organisation)


def _keep(kept: dict[Any, Any], key: Any, answer: Any) -> None:
    if len(kept) >= KEPT:
        kept.clear()
    kept[key] = answer

"""The one writer of the ledger that goes through the ORM (admission writes its own statement)."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db import DatabaseError, connection

from audit.actor import Actor, Reference
from audit.models import Entry
from audit.refusals import as_not_recorded
from audit.verbs import Result, Verb


class NotInTransaction(RuntimeError):
    """An entry was about to be written outside the transaction of the change that it records."""


def record(
    *,
    verb: Verb,
    by: Actor,
    result: Result = Result.OK,
    reason: str = "",
    organisation_id: int | None = None,
    subject: Reference | None = None,
    owner: Reference | None = None,
    token: Reference | None = None,
    scheme: str = "",
    details: dict[str, Any] | None = None,
) -> Entry:
    """Write one entry in the caller's transaction. ``details`` holds before/after values and never a secret.

    Raises ``NotInTransaction`` when no transaction is open: the change and its record stand or fall together; and
    ``NotRecorded``, or the outage's own error, when the database takes no entry.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction(str(verb))
    try:
        return Entry.objects.create(
            verb=verb,
            result=result,
            reason=reason,
            organisation_id=by.organisation_id if organisation_id is None else organisation_id,
            scheme=scheme,
            token_id=token.id if token else "",
            token_name=token.label[:100] if token else "",
            details=without_nul(details),
            **_acting(by),
            **_concerned(subject, owner),
        )
    except DatabaseError as error:
        raise as_not_recorded(error) from error.__cause__


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """One of many things that one action does at once."""

    verb: Verb
    subject: Reference
    owner: Reference | None = None
    token: Reference | None = None
    reason: str = ""
    details: dict[str, Any] | None = None


def record_many(happenings: Iterable[Happening], *, by: Actor, organisation_id: int) -> None:
    """Write an entry for each, in their order, as ``record`` does for one."""
    if not connection.in_atomic_block:
        raise NotInTransaction("many")
    common = {**_acting(by), "organisation_id": organisation_id, "result": Result.OK.value}
    rows = (
        {
            **common,
            "verb": one.verb.value,
            "reason": one.reason,
            "token_id": one.token.id if one.token else "",
            "token_name": one.token.label[:100] if one.token else "",
            "details": without_nul(one.details),
            **_concerned(one.subject, one.owner),
        }
        for one in happenings
    )
    _insert(rows)


PORTION = 500
_NAMELESS = {"scheme": ""}


def _insert(rows: Iterable[dict[str, Any]]) -> None:
    """The rows by one prepared statement: ``bulk_create`` takes many times as long for tens of thousands."""
    fields = [field for field in Entry._meta.concrete_fields if field.attname not in {"id", "at"}]
    quote = connection.ops.quote_name
    columns, marks = ", ".join(quote(str(field.column)) for field in fields), ", ".join(["%s"] * len(fields))
    statement = f"INSERT INTO {quote(Entry._meta.db_table)} ({columns}) VALUES ({marks})"  # noqa: S608 - own names
    as_written = Entry._meta.get_field("details").get_db_prep_save
    rest = iter(rows)
    with connection.cursor() as cursor:
        while portion := list(islice(rest, PORTION)):
            full = ({**_NAMELESS, **row, "details": as_written(row["details"], connection)} for row in portion)
            values = [[row[field.attname] for field in fields] for row in full]
            try:
                cursor.executemany(statement, values)
            except DatabaseError as error:
                raise as_not_recorded(error) from error.__cause__


def _acting(by: Actor) -> dict[str, Any]:
    return {
        "actor_id": by.id,
        "actor_label": by.label[:200],
        "channel": by.channel,
        "address": by.address[:45],
        "request_id": by.request_id,
        "method": by.method,
        "path": by.path[:200],
        "user_agent": without_nul(by.user_agent[:200]),
    }


def _concerned(subject: Reference | None, owner: Reference | None) -> dict[str, Any]:
    return {
        "subject_kind": subject.kind if subject else "",
        "subject_id": subject.id if subject else "",
        "subject_label": subject.label[:200] if subject else None,
        "owner_id": owner.id if owner else "",
        "owner_label": owner.label[:200] if owner else None,
    }


def without_nul(value: Any) -> Any:
    """Text, alone or within lists and objects, as PostgreSQL takes it: what people typed may hold NUL."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {without_nul(name): without_nul(held) for name, held in value.items()}
    return [without_nul(item) for item in value] if isinstance(value, list | tuple) else value


class LedgerNotEmpty(RuntimeError):
    """A made-up history was about to be written where something has really happened."""


def record_demonstration(entries: Iterable[Entry]) -> None:
    """The one door for entries with a time of their own: the demonstration's, each marked with the channel "demo".

    Opens only while the ledger is empty, so that no made-up entry can ever stand among true ones: raises
    ``LedgerNotEmpty``. Numbers follow the times.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("demo")
    if Entry.objects.exists():
        raise LedgerNotEmpty
    history = sorted(entries, key=lambda entry: entry.at)
    for entry in history:
        entry.channel = "demo"
    Entry.objects.bulk_create(history, batch_size=1000)

"""Reading leaves its record too: the end of a report call, and an export of the log."""

from typing import Any

from django.db import transaction

from audit.actions import record
from audit.actor import Actor, Reference
from audit.verbs import Result, Verb

BROKEN_OFF = "broken_off"


def record_report_read(
    *,
    by: Actor,
    report: Reference,
    token: Reference,
    owner: Reference,
    parameters: dict[str, Any],
    form: str,
    rows: int,
    complete: bool,
) -> None:
    """The closing entry of a report call, with the request id of the call's own entry."""
    with transaction.atomic():
        record(
            verb=Verb.REPORT_READ,
            by=by,
            result=Result.OK if complete else Result.FAIL,
            reason="" if complete else BROKEN_OFF,
            subject=report,
            owner=owner,
            token=token,
            details={
                "report": report.id,
                "parameters": parameters,
                "format": form,
                "rows": rows,
                "complete": complete,
            },
        )


def record_log_export(*, by: Actor, subject: Reference, form: str, filters: dict[str, list[str]]) -> None:
    """Somebody took a copy of the log out: which, as what, with which filters."""
    with transaction.atomic():
        record(verb=Verb.LOG_EXPORT, by=by, subject=subject, details={"format": form, "filters": filters})


def record_proof_export(*, by: Actor, subject: Reference, filters: dict[str, list[str]]) -> None:
    """The same of a copy with the proofs of its entries."""
    with transaction.atomic():
        record(verb=Verb.LEDGER_EXPORT, by=by, subject=subject, details={"format": "zip", "filters": filters})

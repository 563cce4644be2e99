"""Inside a console that is measured: fills the ledger and its queue, seals and verifies; prints seconds and rates.

``python -m tests.bench.ledger_inside seal COUNT | verify TIMES``
"""

import json
import sys
import time

import django
from django.db import connection

PORTION = 10_000


def fill(count: int) -> None:
    """So many entries more, each in the queue. SQLite has no function that makes rows: there Python makes them."""
    from accounts.models import Organisation
    from tests import ledger, scale

    if connection.vendor != "postgresql":
        for first in range(0, count, PORTION):
            ledger.written(min(PORTION, count - first), first=first, odd=False)
        return
    scale.make_entries(Organisation.objects.earliest("pk"), count)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_pendingseal SELECT id FROM audit_entry e"
            " WHERE NOT EXISTS (SELECT 1 FROM audit_leaf l WHERE l.entry_id = e.id) ON CONFLICT DO NOTHING"
        )
        cursor.execute("VACUUM (ANALYZE) audit_entry")


def seal_all(count: int) -> dict[str, float]:
    from audit.actions.sealing import seal

    fill(count)
    began, cpu, sealed = time.perf_counter(), time.process_time(), 0
    while done := seal():
        sealed += done.entries
    spent = time.perf_counter() - began
    return {"sealed": sealed, "rate": sealed / spent, "cpu": (time.process_time() - cpu) / max(1, sealed)}


def verify_all(times: int) -> list[dict[str, float]]:
    from audit.verification import verify

    found = []
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for _time in range(times):
        report = verify()
        if not report.is_proved:
            raise AssertionError(report.broken)
        found.append({"entries": report.entries, "seconds": report.seconds, "rate": report.entries / report.seconds})
    return found


if __name__ == "__main__":
    django.setup()
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        connection.connection.deadline = None
    what, argument = sys.argv[1], int(sys.argv[2])
    json.dump(seal_all(argument) if what == "seal" else verify_all(argument), sys.stdout)

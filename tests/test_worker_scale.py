"""What Prometheus asks every few seconds stays cheap: with a large ledger, much that waits, and many calls."""

import time
from statistics import median

import pytest
from django.db import connection

from accounts.models import Organisation
from audit import triggers
from audit.models import Entry
from tests import scale
from tests.factories import OrganisationFactory

ENTRIES, WAITING, LATELY = 300_000, 100_000, 60_000
SECONDS = 0.3
ROUNDS = 7

pytestmark = [
    pytest.mark.long,
    pytest.mark.alone,
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="a large ledger is PostgreSQL's business"),
]


def fill(organisation: Organisation) -> None:
    scale.build(organisation, contacts=200, tokens=1_000, entries=ENTRIES)
    newest = Entry.objects.latest("id").pk
    triggers.drop(connection)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE audit_entry SET at = at + interval '6 hours' WHERE id > %s", [newest - LATELY])
        cursor.execute("INSERT INTO audit_pendingseal SELECT id FROM audit_entry WHERE id > %s", [newest - WAITING])
        cursor.execute("ANALYZE audit_entry, audit_pendingseal")
    triggers.create(connection)


def test_health_and_metrics_of_a_large_ledger_are_quick(client) -> None:
    fill(OrganisationFactory())
    for path in ("/readyz", "/metrics"):
        spent = []
        for _round in range(ROUNDS):
            began = time.perf_counter()
            answer = client.get(path)
            spent.append(time.perf_counter() - began)
            assert answer.status_code == 200
        assert median(spent) < SECONDS, (path, spent)
    assert f"token_console_entries_unsealed {WAITING}" in answer.content.decode()

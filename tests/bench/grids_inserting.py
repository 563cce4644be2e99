"""What each index of the ledger costs an admitted call: the same entries inserted with the index and without."""

import time
from collections.abc import Iterator
from statistics import median

from django.db import connection, transaction

from tests.bench.grids_ledger import indexes

ROUNDS = 3
# Admitted calls of many tokens, as admission writes them.
CALLS = """
INSERT INTO audit_entry (verb, result, reason, organisation_id, actor_id, actor_label, channel, scheme, address,
    subject_kind, subject_id, subject_label, owner_id, owner_label, token_id, token_name, request_id, method, path,
    user_agent)
SELECT 'token.authenticate', 'ok', '', organisation_id, '', 'Reports API', 'api', 'bearer', address, '', '', NULL,
    owner_id, owner_label, token_id, token_name, request_id, 'GET', path, user_agent
FROM audit_entry WHERE verb = 'token.authenticate' AND result = 'ok' ORDER BY id DESC LIMIT %s
"""


def inserting(count: int) -> dict[str, float]:
    """Microseconds of one entry, by the index that was away; "" is none of them, "all partial" all that have a
    condition."""
    found: dict[str, list[float]] = {}
    for _round in range(ROUNDS):
        for name, away in variants():
            found.setdefault(name, []).append(spent_without(away, count))
    return {name: median(spent) / count for name, spent in found.items()}


def variants() -> Iterator[tuple[str, list[str]]]:
    found = indexes()
    yield "", []
    yield "all partial", [name for name, made in found.items() if " WHERE " in made]
    for name, made in found.items():
        if " WHERE " not in made:
            yield name, [name]


def spent_without(indexes: list[str], count: int) -> float:
    """Microseconds of the server; nothing of it stays."""
    with connection.connection.patience(None), transaction.atomic(), connection.cursor() as cursor:
        for name in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        began = time.perf_counter()
        cursor.execute(CALLS, [count])
        spent = (time.perf_counter() - began) * 1_000_000
        transaction.set_rollback(True)
    return spent

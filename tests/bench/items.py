"""Where an admitted call spends its CPU: in PostgreSQL by leaving one thing out after the other, in Python by package.

``python -m tests.bench.items`` prints both; docs/performance.md says why each item stays.
"""

from __future__ import annotations

import argparse
import cProfile
import hashlib
import os
import pstats
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import django
import psycopg
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from tests.bench.tiny import Variant, variants_in

BLOCK = 50
GROUPS = (
    ("psycopg/", "the driver: parameters, sending, waiting, reading the row"),
    ("config/postgresql/", "the driver: parameters, sending, waiting, reading the row"),
    ("django/db/", "the driver: parameters, sending, waiting, reading the row"),
    ("django/urls/", "finding the view"),
    ("tokens/admission/", "admission: digest, parameters, what is brought"),
    ("tokens/jwt/", "admission: digest, parameters, what is brought"),
    ("tokens/", "the API's own: credentials, the view's base, the answer"),
    ("rest_framework", "DRF: its request and dispatch"),
    ("config/middleware", "surroundings: request id, host, language, headers"),
    ("audit/", "surroundings: request id, host, language, headers"),
    ("structlog/", "surroundings: request id, host, language, headers"),
    ("whitenoise/", "layers that must be named for all: static files, sign-in"),
    ("allauth/", "layers that must be named for all: static files, sign-in"),
    ("django/http/", "Django: request and response"),
    ("django/", "Django: handler, signals, thread-local things"),
    ("asgiref/", "Django: handler, signals, thread-local things"),
)


def variants_of_the_statement() -> Mapping[str, str]:
    """The statement on copies of the ledger that lack something, and parts of it."""
    from tokens.admission.statement import STATEMENTS

    statements = STATEMENTS["postgresql"]
    copies = {
        "as it is": (True, True, True),
        "without the queue for sealing": (False, True, True),
        "and without partial indexes": (False, False, True),
        "and without any index but the key": (False, False, False),
    }
    found = {}
    for number, (name, (queued, partial, whole)) in enumerate(copies.items()):
        table = f"copy_{number}"
        make_copy(table, queued=queued, partial=partial, whole=whole)
        found[name] = statements.admit.replace("audit_entry", table)
    return {**found, "the decision alone": statements.look, "SELECT 1": "SELECT 1"}


def make_copy(table: str, *, queued: bool, partial: bool, whole: bool) -> None:
    raw = connection.connection
    raw.execute(f"CREATE TABLE {table} (LIKE audit_entry INCLUDING ALL)")
    if queued:  # each entry of either is queued under a number of its own
        raw.execute(f"ALTER TABLE {table} ALTER id RESTART WITH 1000000000")
        raw.execute(f"CREATE TRIGGER queued AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION audit_entry_queue()")
    rows = raw.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table]).fetchall()
    for name, definition in rows:
        is_partial = " WHERE " in definition
        if "_pkey" not in name and not (partial if is_partial else whole):
            raw.execute(f'DROP INDEX "{name}"')


def parameters_of(variant: Variant) -> list[dict[str, Any]]:
    from tokens.jwt import verified

    found = []
    for authorization in variant.authorizations:
        jwt = authorization.split()[1].encode()
        digest = hashlib.sha256(jwt).digest()
        claims = verified(jwt, digest)
        found.append({
            "token": claims.token_id, "digest": digest, "expires": claims.expires, "tenant": None, "window": None,
            "scope": 1, "scheme": "bearer", "address": "127.0.0.1", "peer": "127.0.0.1", "request_id": "r" * 16,
            "method": "GET", "path": variant.path, "user_agent": "curl/8.14.1",
        })  # fmt: skip
    return found


def in_the_database(variant: Variant, rounds: int) -> None:
    """Microseconds of the backend's CPU; the lower quartile, because others only ever add to it.

    Nobody waits for the disk meanwhile: that takes time, but next to no CPU.
    """
    from tests.bench.caller import server_cpu

    connection.ensure_connection()
    connection.connection.execute("SET synchronous_commit = off")
    statements, parameters = variants_of_the_statement(), parameters_of(variant)
    cursor = psycopg.Cursor(connection.connection)
    spent: dict[str, list[float]] = {name: [] for name in statements}
    names = list(statements)
    for number in range(rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            before = server_cpu()
            for turn in range(BLOCK):
                given = None if name == "SELECT 1" else parameters[(number * BLOCK + turn) % len(parameters)]
                cursor.execute(statements[name], given, prepare=True)
                cursor.fetchone()
            spent[name].append((server_cpu() - before) / BLOCK * 1e6)
    for name, values in spent.items():
        print(f"{quantiles(values[1:], n=4)[0]:8.0f} µs  {median(values[1:]):8.0f} median  {name}")


def in_python(variant: Variant, count: int) -> None:
    """Shares of the process's time. The profiler makes calls of functions dearer than they are: shares, no times."""
    from tests.bench.caller import Caller

    caller = Caller(import_string(settings.WSGI_APPLICATION))
    caller.block(variant, 2 * len(variant.authorizations))
    environs = caller.environs(variant, count)
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    for environ in environs:
        caller.call(environ)
    profile.disable()
    spent: Counter[str] = Counter()
    for (file, _line, _name), (_calls, _all, own, _total, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        if file != "~":
            spent[group_of(file)] += own
        for (of, _at, _called), (_calls_of, _all_of, own_of, _total_of) in callers.items() if file == "~" else ():
            spent[group_of(of)] += own_of  # what is built in counts for who calls it
    whole = sum(spent.values())
    for group, own in spent.most_common():
        print(f"{own / whole:8.1%}  {group}")


def group_of(file: str) -> str:
    return next((name for part, name in GROUPS if part in file), "the rest")


def main(arguments: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args(arguments)
    if "BENCH_ITEMS" not in os.environ:
        # Not before: where tests run, an environment of tests is made, which a program on a ground must not have.
        from tests.bench.calls import SETTINGS, build
        from tests.bench.ground import ground

        with ground("postgresql") as of:
            build(of, quick=options.quick)
            print(of.run("-m", "tests.bench.items", DJANGO_SETTINGS_MODULE=SETTINGS["console"], BENCH_ITEMS="1"))
        return
    django.setup()
    variant = variants_in(Path(os.environ["DATA_DIR"]) / "console.json")["console"]
    print("In PostgreSQL")
    in_the_database(variant, rounds=40)
    print("In Python")
    in_python(variant, count=2_000)


if __name__ == "__main__":
    main(sys.argv[1:])

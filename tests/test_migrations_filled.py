"""Migrations on a database with rows in it: forward, back, forward, killed anywhere, two at once, beside others."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.other_database import OtherDatabase

pytestmark = [pytest.mark.long, pytest.mark.django_db]
NOT_ROWS = ("django_migrations", "sqlite_sequence")
# Columns that a migration makes anew because nothing ever wrote the old ones.
MADE_ANEW = {"accounts_organisation": {"allowed_networks"}}
Dump = dict[str, dict[str, list[Any]]]


TO_THE_FIRST = """
import django; django.setup()
from django.core.management import call_command
for app in ("tokens", "accounts", "audit"): call_command("migrate", app, "0001", verbosity=0)
"""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, django_db_setup: None) -> Iterator[OtherDatabase]:
    """The demonstration, sealed, in the database "new"; and in "old" as the first release would have left it."""
    database = OtherDatabase(tmp_path_factory.mktemp("filled"))
    database.manage("migrate", "--verbosity=0")
    database.manage("demo")
    database.run("-c", "import django; django.setup(); from audit.actions.sealing import seal; assert seal()")
    database.copy("first", "new")
    database.run("-c", TO_THE_FIRST)
    database.copy("first", "old")
    yield database
    database.remove()


@pytest.fixture
def database(filled: OtherDatabase) -> OtherDatabase:
    """A copy of the old one."""
    filled.copy("old", "first")
    filled.use("first")
    return filled


def dump(database: OtherDatabase) -> Dump:
    """Every column of every table, in the order of its values: two dumps say the same when the rows do."""
    if connection.vendor == "postgresql":
        names = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
    else:
        names = "SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'"
    columns: dict[str, list[str]] = {}
    for table, column in database.ask(names):
        columns.setdefault(table, []).append(column)
    found: Dump = {}
    with database.connected() as opened:
        for table in set(columns) - set(NOT_ROWS):
            listed = ", ".join(f'"{name}"' for name in columns[table])
            rows = [tuple(map(repr, row)) for row in opened.execute(f'SELECT {listed} FROM "{table}"').fetchall()]
            found[table] = {
                "": columns[table],
                **{name: [row[at] for row in rows] for at, name in enumerate(columns[table])},
            }
    return found


def rows_of(found: Dump, table: str, columns: list[str]) -> list[Any]:
    return sorted(zip(*(found[table][name] for name in columns), strict=True))


def differences(before: Dump, after: Dump) -> list[str]:
    """Tables that both have, whose rows are others in the columns that both have."""
    wrong = []
    for table in before.keys() & after.keys():
        columns = sorted(set(before[table][""]) & set(after[table][""]) - MADE_ANEW.get(table, set()))
        if rows_of(before, table, columns) != rows_of(after, table, columns):
            wrong.append(table)
    return wrong


def test_forward_back_and_forward_leaves_every_row_and_the_proofs(database: OtherDatabase):
    old = dump(database)
    database.use("new")
    new = dump(database)
    assert len(new["audit_entry"]["id"]) > 1000
    assert differences(new, old) == ["audit_pendingseal"]  # without a tree every entry waits for its seal again
    assert sorted(old["audit_pendingseal"]["entry_id"]) == sorted(old["audit_entry"]["id"])
    database.use("first")
    database.manage("migrate", "--verbosity=0")
    assert differences(old, dump(database)) == []
    database.run("-c", TO_THE_FIRST)
    assert differences(old, dump(database)) == []
    database.manage("migrate", "--verbosity=0")
    assert differences(old, dump(database)) == []
    database.manage("worker", "--once")  # the tree is gone, so the ledger begins a generation, and is proved
    assert "Proved" in database.manage("verify_ledger")


def applied(database: OtherDatabase) -> int:
    return int(
        database.ask("SELECT count(*) FROM django_migrations WHERE app IN ('audit', 'accounts', 'tokens')")[0][0]
    )


def killed_after(database: OtherDatabase, count: int) -> int:
    """Migrate, and kill it as soon as so many are done; how many were in the end."""
    process = database.start("manage.py", "migrate", "--verbosity=0")
    while process.poll() is None and applied(database) < count:
        time.sleep(0.002)
    process.kill()
    process.communicate()
    return applied(database)


def test_killed_anywhere_it_goes_on(database: OtherDatabase):
    old, first, seen = dump(database), applied(database), set()
    for count in (1, 3, 5, 8):
        database.copy("old", "first")
        seen.add(killed_after(database, first + count))
        assert differences(old, dump(database)) == []
        database.manage("migrate", "--verbosity=0")
        assert differences(old, dump(database)) == []
    assert len(seen) >= 3
    assert min(seen) < applied(database)


KILLED_AT_THE_NOTE = """
import os, django; django.setup()
from django.core.management import call_command
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from config.management.commands import migrate
if {without}: migrate.Executor = MigrationExecutor
noted = MigrationRecorder.record_applied
def noted_or_killed(self, app, name):
    os._exit(9) if (app, name) == ("audit", "0003_seals") else noted(self, app, name)
MigrationRecorder.record_applied = noted_or_killed
call_command("migrate", verbosity=0)
"""


@pytest.mark.parametrize("without", [False, True], ids=["ours", "control"])
def test_killed_between_the_change_and_its_note(database: OtherDatabase, *, without: bool):
    """The control is Django's own way, which notes a change after the end of its transaction."""
    database.run("-c", KILLED_AT_THE_NOTE.format(without=without), status=9)
    said = database.manage("migrate", "--verbosity=0", status=int(without))
    assert ("already exists" in said) == without


def test_two_at_once_take_turns(database: OtherDatabase):
    old = dump(database)
    both = [database.start("manage.py", "migrate", "--verbosity=0") for _turn in range(2)]
    said = [process.communicate(timeout=300) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert differences(old, dump(database)) == []


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one lock for everything")
def test_a_table_in_use_is_not_waited_for_longer_than_two_seconds(database: OtherDatabase):
    """While a change waits for its lock everybody else waits behind it."""
    with database.connected() as other, database.connected() as third, other.transaction():
        other.execute("LOCK TABLE audit_entry IN ROW EXCLUSIVE MODE")  # as an INSERT takes it
        process = database.start("manage.py", "migrate", "--verbosity=0")
        longest = 0.0
        while process.poll() is None:
            began = time.monotonic()
            third.execute("UPDATE audit_entry SET address = NULL WHERE FALSE")
            longest = max(longest, time.monotonic() - began)
            time.sleep(0.05)
        assert "holds a table" in process.communicate()[1]
        assert process.returncode == 1
        assert 1.0 < longest < 4.0  # two seconds, and what a busy machine takes for ending it
    database.manage("migrate", "--verbosity=0")

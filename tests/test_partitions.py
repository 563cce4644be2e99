"""The ledger in partitions, made by docs/partitions.sql from a filled one: everything goes on, every guard stands."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from accounts.actions import forgetting
from accounts.models import Login
from audit import triggers
from audit.actions.sealing import seal
from audit.actor import Actor
from audit.models import Entry, Leaf, PendingSeal
from audit.proving import inclusion
from audit.seals.tree import NotProved
from audit.verbs import Verb
from audit.verification import verify
from config import guards
from tests import ledger
from tests.audit_entries import entry
from tests.token_story import created, generated, signed_in, used
from tokens.models import AccessToken

pytestmark = [pytest.mark.long, pytest.mark.django_db]
SQL = Path(__file__).parent.parent / "docs" / "partitions.sql"


def run(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall()) if cursor.description else []


@pytest.fixture
def partitioned(olivia: Login) -> list[int]:
    """A filled, sealed ledger in partitions; all of it in the test's transaction, which is rolled back."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no partitions")
    ledger.sealed(600, 200)
    entry(olivia, Verb.SIGN_IN)
    keys = list(Entry.objects.order_by("pk").values_list("pk", flat=True))
    text = SQL.read_text()
    run(text.replace("BEGIN;\n", "", 1).replace("COMMIT;\n", ""))
    assert list(Entry.objects.order_by("pk").values_list("pk", flat=True)) == keys
    return keys


def test_entries_are_written_sealed_verified_and_forgotten_as_before(
    partitioned: list[int], ada: Login, olivia: Login
) -> None:
    token = created(olivia)
    used(token)
    generated(AccessToken.objects.get(pk=token.pk), by=ada)
    assert seal()
    assert not PendingSeal.objects.exists()
    report = verify()
    assert (report.is_proved, report.entries) == (True, Entry.objects.count()), report.broken
    by = Actor(id=ada.public_id, label=ada.label, channel="console", organisation_id=ada.organisation_id)
    forgetting.forget_people(organisation_id=olivia.organisation_id, people=[olivia.reference], by=by)
    assert forgetting.remove_due(by=by) >= 3
    seal()
    report = verify()
    assert report.is_proved, report.broken
    assert report.redacted >= 3
    for page in (
        "/administrator/activity",
        "/administrator/token-logs?q=x",
        "/login-activity",
        "/administrator/ledger",
    ):
        assert signed_in(ada).get(page).status_code == 200


def test_new_entries_go_into_the_next_partition_and_beyond(partitioned: list[int]) -> None:
    for table, start in (("audit_entry_next", 10_000_000), ("audit_entry_rest", 30_000_000)):
        run(f"SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), {start})")
        ledger.written(3)
        assert run(f"SELECT count(*) FROM {table}") == [(3,)]
    seal()
    assert verify().is_proved


@pytest.mark.parametrize("table", ["", "_before", "_next", "_rest"])
@pytest.mark.parametrize("named", ["audit_entry", "audit_leaf"])
def test_every_partition_is_guarded(partitioned: list[int], named: str, table: str) -> None:
    for number, start in ((0, 10_000_000), (1, 30_000_000)):
        run(f"SELECT setval(pg_get_serial_sequence('audit_entry', 'id'), {start})")
        ledger.written(1, first=number)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(f"TRUNCATE {named}{table}")
    if run(f"SELECT count(*) FROM {named}{table}") == [(0,)]:
        return
    key = "id" if named == "audit_entry" else "sequence"
    for change in (f"UPDATE {named}{table} SET {key} = {key} + 1", f"DELETE FROM {named}{table}"):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            run(change)


def test_the_role_of_the_console_has_no_right_on_a_part(partitioned: list[int]) -> None:
    run("CREATE ROLE console_of_test")
    guards.grant(connection, "console_of_test")
    for part in ("audit_entry_before", "audit_leaf_next"):
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert run(f"SELECT has_table_privilege('console_of_test', '{part}', '{right}')") == [(False,)]
    assert run("SELECT has_table_privilege('console_of_test', 'audit_entry', 'INSERT')") == [(True,)]
    assert guards.missing(connection, with_privileges=False) == []


def test_the_guards_and_indexes_have_their_names(partitioned: list[int]) -> None:
    for table in (triggers.ENTRY, triggers.LEAF):
        found = run(f"SELECT tgname FROM pg_trigger WHERE tgrelid = '{table.name}'::regclass AND NOT tgisinternal")
        assert {name for (name,) in found} == set(triggers.names("postgresql")[table.name])
    indexes = {name for (name,) in run("SELECT indexname FROM pg_indexes WHERE tablename = 'audit_entry'")}
    assert {index.name for index in Entry._meta.indexes} | {"audit_entry_pkey"} == indexes
    plan = str(run("EXPLAIN SELECT * FROM audit_entry WHERE id = 5"))
    assert "audit_entry_before" in plan
    assert "audit_entry_rest" not in plan
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_what_is_detached_is_missing_until_it_is_attached_again(partitioned: list[int]) -> None:
    seal()
    run("ALTER TABLE audit_entry DETACH PARTITION audit_entry_before")
    assert {finding.code for finding in verify().broken} >= {"entry_missing"}
    run("ALTER TABLE audit_entry ATTACH PARTITION audit_entry_before FOR VALUES FROM (MINVALUE) TO (10000000)")
    assert verify().is_proved
    run("ALTER TABLE audit_leaf DETACH PARTITION audit_leaf_before")
    assert {finding.code for finding in verify().broken} >= {"leaf_missing"}
    with pytest.raises(NotProved):
        inclusion(3, Leaf.objects.count() + 600)

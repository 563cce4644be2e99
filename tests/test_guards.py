"""The ledger's guards in the database: which are there, and what a role that does not own the tables cannot do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from audit import triggers
from audit.actions import record
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests import postgres
from tests.faults.installation import until
from tests.servers import ROOT
from tests.serving import Served


def test_a_trigger_that_is_gone_is_named(client, db):
    assert client.get("/readyz").json()["missing_guards"] == []
    triggers.drop(connection)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    expected = [f"trigger {name}" for names in triggers.names(connection.vendor).values() for name in names]
    assert answer.json()["missing_guards"] == expected
    assert len(expected) >= 10


@pytest.mark.django_db
def test_an_entry_cannot_be_written_over():
    """SQLite's REPLACE deletes the row in its way past every trigger on DELETE; PostgreSQL's form is an UPDATE."""
    with transaction.atomic():
        entry = record(verb=Verb.SIGN_IN, by=Actor(label="Ada", channel="console"))
    columns = "id, at, verb, result, reason, actor_id, channel, scheme, subject_kind, subject_id, owner_id, token_id, "
    columns += "token_name, request_id, method, path"
    copied = f"SELECT {columns.replace('verb', chr(39) + 'x' + chr(39))} FROM audit_entry WHERE id = %s"
    replace = {
        "sqlite": f"INSERT OR REPLACE INTO audit_entry ({columns}) {copied}",
        "postgresql": f"INSERT INTO audit_entry ({columns}) {copied} ON CONFLICT (id) DO UPDATE SET verb = 'x'",
    }[connection.vendor]
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(replace, [entry.pk])
    assert Entry.objects.get(pk=entry.pk).verb == Verb.SIGN_IN


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    try:
        one = postgres.Server()
        one.start()
    except postgres.Unavailable as reason:
        pytest.skip(f"no PostgreSQL on this machine: {reason}")
    yield one
    one.remove()


@pytest.fixture(scope="module")
def application(server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of a database migrated by its owner, for a role that owns nothing in it."""
    with psycopg.connect(server.url, autocommit=True) as operator:
        operator.execute("CREATE ROLE owner LOGIN")
        operator.execute("CREATE ROLE application LOGIN")
        operator.execute("CREATE DATABASE console OWNER owner")
    host = urlsplit(server.url).query
    url = f"postgresql://application@/console?{host}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATA_DIR": str(tmp_path_factory.mktemp("owned")),
        "DATABASE_URL": url,
        "DATABASE_OWNER_URL": f"postgresql://owner@/console?{host}",
    }
    command = [sys.executable, "manage.py", "migrate", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    probe = "from django.db import connection; from config import guards; import json; "
    probe += "print(json.dumps(guards.missing(connection, with_privileges=True)))"
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", probe]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
    return url


@pytest.mark.faults
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET verb = 'x'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "DROP TABLE audit_entry",
        "DELETE FROM django_migrations",
    ],
)
def test_the_applications_role_cannot_change_the_ledger(application: str, statement: str):
    with psycopg.connect(application) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute(statement)


@pytest.mark.faults
def test_the_applications_role_can_do_its_work(application: str):
    with psycopg.connect(application) as session:
        session.execute(
            "INSERT INTO accounts_organisation (name, language, time_zone) SELECT 'x', 'en', 'UTC' WHERE false"
        )
        session.execute("UPDATE audit_entry SET address = NULL")
        session.execute("SELECT * FROM audit_entry, audit_pendingseal, django_session")


@pytest.mark.faults
@pytest.mark.long
def test_the_console_is_served_under_that_role(application: str, tmp_path: Path):
    """Neither the web server nor the worker ever needs the owner: organisations are made, entries sealed."""
    console = Served(tmp_path, "manage.py", "serve", DATABASE_URL=application, DEMO="1", DEMO_PASSWORD="of this test")
    console.start()
    try:
        assert console.ask("/readyz", 10) == 200
        assert console.ask("/sign-in", 10) == 200
        with psycopg.connect(application, autocommit=True) as session:
            until(lambda: session.execute("SELECT count(*) FROM audit_leaf").fetchone() > (100,), 60)
    finally:
        assert console.stop() == 0
    assert "permission denied" not in console.log.read_text()

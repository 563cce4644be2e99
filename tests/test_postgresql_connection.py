"""PostgreSQL goes away, hangs and comes back: calls fail fast, and the first one after needs no restart."""

import time
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from pytest_django import DjangoDbBlocker

from config.postgresql.base import DatabaseWrapper
from config.postgresql.connection import NoAnswer
from tests import postgres

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Server]:
    try:
        one = postgres.Server()
        one.start()
    except postgres.Unavailable as reason:
        pytest.skip(f"no PostgreSQL on this machine: {reason}")
    yield one
    one.remove()


@pytest.fixture
def database(server: postgres.Server, django_db_blocker: DjangoDbBlocker) -> Iterator[DatabaseWrapper]:
    """A connection of the product's engine to a server that tests may break."""
    host = parse_qs(urlsplit(server.url).query)["host"][0]
    wrapper = DatabaseWrapper(
        {
            **connection.settings_dict,
            "ENGINE": "config.postgresql", "NAME": "postgres", "USER": "postgres", "PASSWORD": "", "HOST": host,
            "PORT": "", "OPTIONS": {"connect_timeout": 2, "prepare_threshold": 5, "deadline": 0.5},
            "CONN_MAX_AGE": None, "CONN_HEALTH_CHECKS": False, "TIME_ZONE": None,
        },
        "broken",
    )  # fmt: skip
    with django_db_blocker.unblock():
        yield wrapper
        wrapper.close()


def ask(database: DatabaseWrapper, statement: str = "SELECT 1") -> object:
    with database.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()


def backend(database: DatabaseWrapper) -> int:
    return int(database.connection.info.backend_pid)


def test_the_first_statement_after_a_restart_succeeds(server, database):
    assert ask(database) == (1,)
    before = backend(database)
    server.stop()
    server.start()
    assert ask(database) == (1,)
    assert backend(database) != before


def test_without_the_look_at_the_idle_socket_it_fails(server, database, monkeypatch):
    """The control of the test above."""
    assert ask(database) == (1,)
    monkeypatch.setattr("config.postgresql.connection.Connection.is_dead", lambda self: False)
    server.stop()
    server.start()
    with pytest.raises(OperationalError):
        ask(database)


def test_a_server_that_is_stopped_fails_at_once(server, database):
    assert ask(database) == (1,)
    server.stop()
    began = time.monotonic()
    with pytest.raises(OperationalError):
        ask(database)
    assert time.monotonic() - began < 0.5
    server.start()
    assert ask(database) == (1,)


def test_a_server_that_hangs_is_given_up_at_the_deadline(server, database):
    assert ask(database) == (1,)
    server.pause()
    began = time.monotonic()
    try:
        with pytest.raises(OperationalError, match="no answer") as raised:
            ask(database)
        assert isinstance(raised.value.__cause__, NoAnswer)
        assert 0.4 < time.monotonic() - began < 1.5
        assert database.connection.closed
    finally:
        server.resume()
    assert ask(database) == (1,)


def test_a_slow_statement_is_given_up_unless_patience_is_asked_for(server, database):
    with pytest.raises(OperationalError, match="no answer"):
        ask(database, "SELECT pg_sleep(2)")
    database.ensure_connection()
    with database.connection.patience(5):
        assert ask(database, "SELECT 2 FROM pg_sleep(0.7)") == (2,)
    assert database.connection.deadline == 0.5


def test_a_lost_transaction_is_an_error_not_a_new_connection(server, database):
    def read_twice_around_a_restart() -> None:
        with transaction.atomic(using="broken"):
            ask(database)
            server.stop()
            server.start()
            ask(database)

    connections["broken"] = database
    with pytest.raises(DatabaseError):
        read_twice_around_a_restart()
    del connections["broken"]
    database.close()
    assert ask(database) == (1,)


def test_a_notice_of_the_server_does_not_cost_the_connection(server, database):
    assert ask(database) == (1,)
    before = backend(database)
    database.connection.execute("LISTEN something")
    with psycopg.connect(server.url, autocommit=True) as other:
        other.execute("NOTIFY something")
    time.sleep(0.1)
    assert ask(database) == (1,)
    assert backend(database) == before


def test_looking_at_the_socket_is_no_query(server, database):
    ask(database)
    assert not database.connection.is_dead()
    assert database.is_usable()
    database.connection.close()
    assert not database.is_usable()


def test_statements_are_prepared(server, database):
    database.ensure_connection()
    cursor = psycopg.Cursor(database.connection)
    for _ in range(3):
        cursor.execute("SELECT %s::int + 1", (1,), prepare=True)
    names = cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%%+ 1'").fetchone()
    assert names == (1,)

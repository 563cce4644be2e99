"""The database stops, hangs and comes back: no call is answered unrecorded, none is called invalid, none waits long."""

import json
import time
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connections

from accounts.models import Login
from audit.models import Entry
from config import databases
from config.postgresql.base import DatabaseWrapper
from config.postgresql.connection import Connection
from tests import postgres
from tests.api_calls import call, valid_token  # noqa: F401
from tests.cast import person
from tests.factories import OrganisationFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]


@cache
def server_to_break() -> postgres.Server:
    """One for all tests that break it, whatever file they are in; it is removed at the end of the run."""
    server = postgres.Server()
    server.start()
    return server


@pytest.fixture
def server() -> postgres.Server:
    try:
        return server_to_break()
    except postgres.Unavailable as missing:
        pytest.skip(f"no PostgreSQL: {missing}")


@pytest.fixture
def database(server: postgres.Server) -> Iterator[postgres.Server]:
    """A PostgreSQL of this test's own in place of the tests' database, with the product's settings."""
    settings = databases.database(server.url, "DATABASE_URL")
    defaults = {
        "ATOMIC_REQUESTS": False,
        "AUTOCOMMIT": True,
        "TIME_ZONE": None,
        "TEST": {},
        "CONN_HEALTH_CHECKS": False,
    }
    names = dict.fromkeys(("USER", "PASSWORD", "HOST", "PORT"), "")
    before = connections["default"]
    own = DatabaseWrapper({**defaults, **names, **settings}, alias="default")
    connections["default"] = own
    own.ensure_connection()
    with own.connection.patience(60):
        call_command("migrate", verbosity=0)
    yield server
    connections["default"] = before
    own.close()
    server.resume()
    if server.process and server.process.poll() is not None:
        server.start()


@pytest.fixture
def owner(database: postgres.Server) -> Login:
    organisation = OrganisationFactory()
    name = f"owner{organisation.pk}@demo.example"
    return person(organisation, "Olivia", "Novak", name, has_personal_role=True)


def unavailable(response: Any) -> None:
    assert response.status_code == 503, response.content
    assert int(response["Retry-After"]) > 0
    assert response["Content-Type"] == "application/problem+json"
    assert "WWW-Authenticate" not in response
    assert json.loads(response.content)["status"] == 503


def timed(call: Any, text: str) -> tuple[Any, float]:
    began = time.monotonic()
    response = call(text)
    return response, time.monotonic() - began


def test_a_stopped_database_and_its_return(database, owner, call):
    _token, text = valid_token(owner)
    assert call(text).status_code == 200
    entries = Entry.objects.count()
    database.stop()
    for _each in range(5):
        response, seconds = timed(call, text)
        unavailable(response)
        assert seconds < 1
    database.start()
    assert call(text).status_code == 200
    assert Entry.objects.count() == entries + 1


def test_a_killed_database_loses_no_answered_call(database, owner, call):
    _token, text = valid_token(owner)
    answered = [json.loads(call(text).content)["entry"] for _each in range(50)]
    database.kill()
    unavailable(call(text))
    database.start()
    assert call(text).status_code == 200
    assert set(answered) <= set(Entry.objects.values_list("pk", flat=True))


def test_a_paused_database_and_its_return(database, owner, call):
    _token, text = valid_token(owner)
    assert call(text).status_code == 200
    database.pause()
    for _each in range(2):  # on the connection at hand, then on one that is not even made
        response, seconds = timed(call, text)
        unavailable(response)
        assert seconds < 5
    database.resume()
    assert call(text).status_code == 200


def test_a_restart_between_two_calls_is_not_noticed(database, owner, call):
    _token, text = valid_token(owner)
    assert call(text).status_code == 200
    database.stop()
    database.start()
    assert call(text).status_code == 200


def test_without_the_look_at_the_socket_a_restart_is_noticed(database, owner, call, monkeypatch):
    """The control of the test above."""
    monkeypatch.setattr(Connection, "is_dead", lambda connection: connection.closed)
    _token, text = valid_token(owner)
    assert call(text).status_code == 200
    database.stop()
    database.start()
    unavailable(call(text))


@pytest.mark.long
def test_without_the_deadline_a_paused_database_is_waited_for(database, owner, call):
    """The control of the test of a paused database."""
    _token, text = valid_token(owner)
    assert call(text).status_code == 200
    connections["default"].connection.deadline = 8.0
    database.pause()
    response, seconds = timed(call, text)
    unavailable(response)
    assert seconds > 5

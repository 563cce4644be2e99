"""PostgreSQL refuses, is full, or loses the line: 503 in time, nothing half done, and all is well once it serves."""

import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, connections, transaction
from django.db.backends.postgresql.base import DatabaseWrapper as Plain
from django.test import Client

from accounts.models import Login
from audit.actor import Actor
from audit.models import Entry
from audit.refusals import NotRecorded
from config import databases, errors
from config.postgresql import base
from config.postgresql.base import DatabaseWrapper
from config.postgresql.silence import Silence
from tests import postgres
from tests.api_calls import call, valid_token  # noqa: F401
from tests.cast import person
from tests.people import signed_in
from tests.postgres_proxy import Proxy
from tests.test_admission_faults import database, owner, server, timed, unavailable  # noqa: F401
from tokens import actions
from tokens.models import AccessToken

# The server is the tests' own, whatever database the run is on: once is enough.
ONCE = [pytest.mark.long] if connection.vendor == "postgresql" else []
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults, *ONCE]

Call = Callable[..., Any]


@contextmanager
def connected_to(url: str) -> Iterator[DatabaseWrapper]:
    """The console's connection, to this address instead."""
    before = connections["default"]
    own = DatabaseWrapper({**before.settings_dict, **databases.database(url, "DATABASE_URL")}, alias="default")
    connections["default"] = own
    try:
        yield own
    finally:
        own.close()
        connections["default"] = before


def by_owner(owner: Login) -> Actor:
    return Actor(id=owner.public_id, label=owner.label, organisation_id=owner.organisation_id, channel="console")


def revocations(owner: Login) -> int:
    return Entry.objects.filter(verb="token.revoke", owner_id=owner.public_id).count()


def other(server: postgres.Server) -> psycopg.Connection[Any]:
    return psycopg.connect(server.url)


class TestTheLedgerIsLocked:
    """Something holds the ledger's table, such as a migration by hand."""

    def call_meanwhile(self, database: postgres.Server, owner: Login, call: Call, text: str) -> int:
        """Calls while the table is held; returns how many entries there are once it is free and all is quiet."""
        with other(database) as holder:
            holder.execute("LOCK TABLE audit_entry IN ACCESS EXCLUSIVE MODE")
            response, seconds = timed(call, text)
            unavailable(response)
            assert seconds < 5
        time.sleep(0.5)
        return Entry.objects.filter(owner_id=owner.public_id).count()

    def test_a_call_is_refused_and_leaves_nothing(self, database, owner, call) -> None:
        _token, text = valid_token(owner)
        assert call(text).status_code == 200
        assert self.call_meanwhile(database, owner, call, text) == 1
        assert call(text).status_code == 200

    @pytest.mark.long
    def test_without_the_servers_deadline_it_would_be_recorded_later(self, database, owner, call, monkeypatch) -> None:
        """The control: what was given up is carried out when the lock is gone, although 503 was answered."""
        monkeypatch.setattr(base, "SERVER_SIDE", "")
        with connected_to(database.url):
            _token, text = valid_token(owner)
            assert call(text).status_code == 200
            assert self.call_meanwhile(database, owner, call, text) == 2


def test_every_wait_has_its_deadline(database) -> None:
    connection.close()
    shown = {}
    with connection.cursor() as cursor:
        for name in ("lock_timeout", "client_connection_check_interval", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SHOW {name}")
            shown[name] = cursor.fetchone()[0]
    assert shown == {
        "lock_timeout": "3s",
        "client_connection_check_interval": "1s",
        "idle_in_transaction_session_timeout": "1min",
    }
    assert connection.connection.deadline == 3.5
    assert connection.connection.info.get_parameters()["connect_timeout"] == "2"


def test_a_transaction_of_a_process_that_is_held_up_is_ended(database, monkeypatch) -> None:
    monkeypatch.setattr(base, "SERVER_SIDE", "-c idle_in_transaction_session_timeout=200")

    def stand_idle() -> None:
        with transaction.atomic():
            Entry.objects.count()
            time.sleep(0.6)
            Entry.objects.count()

    with connected_to(database.url), pytest.raises(DatabaseError) as raised:
        stand_idle()
    assert errors.is_unavailable(raised.value), repr(raised.value)


def test_a_role_that_may_not_write_the_ledger(database, owner, call) -> None:
    token, text = valid_token(owner)
    with connection.cursor() as cursor:
        cursor.execute("DROP ROLE IF EXISTS clerk")
        cursor.execute("CREATE ROLE clerk")
        cursor.execute("GRANT ALL ON ALL TABLES IN SCHEMA public TO clerk")
        cursor.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO clerk")
        cursor.execute("REVOKE INSERT ON audit_entry FROM clerk")
        cursor.execute("SET ROLE clerk")
    try:
        unavailable(call(text))
        with pytest.raises(NotRecorded):
            actions.revoke(token=token, by=by_owner(owner))
        token.refresh_from_db()
        assert token.revoked_at is None
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("DROP OWNED BY clerk")
            cursor.execute("DROP ROLE clerk")
    assert call(text).status_code == 200


def test_no_connection_is_left(database, owner, call) -> None:
    _token, text = valid_token(owner)
    assert call(text).status_code == 200
    connection.close()
    held = []
    try:
        with suppress(psycopg.OperationalError):
            while len(held) < 200:
                held.append(other(database))
        assert len(held) < 200
        for _each in range(3):
            response, seconds = timed(call, text)
            unavailable(response)
            assert seconds < 1
    finally:
        for one in held:
            one.close()
    deadline = time.monotonic() + 5
    while call(text).status_code != 200:  # the server notices a moment later that they have left
        assert time.monotonic() < deadline
        time.sleep(0.05)


class TestASilentServer:
    """What one connection learns by waiting, the others of the process know."""

    def seconds_of_the_second(self, database: postgres.Server) -> float:
        """How long a second connection waits after a first has missed its deadline."""
        with connected_to(database.url) as one, connected_to(database.url) as another:
            for connected in (one, another):
                connected.ensure_connection()
            one.connection.deadline = 0.3
            database.pause()
            for connected in (one, another):
                began = time.monotonic()
                with pytest.raises(OperationalError):
                    connected.cursor().execute("SELECT 1")
            waited = time.monotonic() - began
            database.resume()
            another.cursor().execute("SELECT 1")  # and at once it is heard again
            assert not another.connection.silence.is_felt
            return waited

    def test_is_waited_for_once(self, database) -> None:
        assert self.seconds_of_the_second(database) < 1.5

    @pytest.mark.long
    def test_else_everybody_would_wait(self, database, monkeypatch) -> None:
        """The control."""
        monkeypatch.setattr(Silence, "noticed", lambda silence: None)
        assert self.seconds_of_the_second(database) > 2


class TestTheAnswerToACommitIsLost:
    @pytest.fixture
    def proxy(self, database) -> Iterator[Proxy]:
        one = Proxy(database.folder)
        with connected_to(one.url):
            yield one
        one.close()

    def revoke(self, proxy: Proxy, owner: Login, *, passes_on: bool) -> tuple[AccessToken, Any, Client]:
        """A person revokes a token, and the line is cut at the commit; whether it was done is seen past the proxy."""
        token, _text = valid_token(owner)
        client = signed_in(owner)
        client.raise_request_exception = False
        assert client.get(f"/tokens/{token.public_id}").status_code == 200
        connection.commits = 0
        at = "COMMIT" if passes_on else 'UPDATE "tokens_accesstoken"'
        proxy.cut_at(at, after='UPDATE "tokens_accesstoken"', passes_on=passes_on)
        response = client.post(f"/tokens/{token.public_id}/revoke")
        assert proxy.reached.wait(5)
        time.sleep(0.2)
        token.refresh_from_db()
        return token, response, client

    def test_it_is_told_that_it_may_have_been_done(self, proxy, owner) -> None:
        token, response, client = self.revoke(proxy, owner, passes_on=True)
        assert (response.status_code, int(response["Retry-After"]) > 0) == (503, True)
        assert "it may have been done, or not" in response.content.decode()
        assert token.revoked_at is not None
        assert client.post(f"/tokens/{token.public_id}/revoke").status_code in {303, 404, 409, 422}
        assert revocations(owner) == 1

    def test_lost_before_it_nothing_was_done(self, proxy, owner) -> None:
        token, response, client = self.revoke(proxy, owner, passes_on=False)
        assert response.status_code == 503
        assert "Nothing is lost" in response.content.decode()
        assert token.revoked_at is None
        assert client.post(f"/tokens/{token.public_id}/revoke").status_code == 303
        assert revocations(owner) == 1

    def test_a_program_is_told_so_too(self, proxy, owner) -> None:
        _token, text = valid_token(owner, scopes=7)
        client = Client(raise_request_exception=False, HTTP_AUTHORIZATION=f"Bearer {text}")
        connection.commits = 0
        proxy.cut_at("COMMIT", after='UPDATE "tokens_accesstoken"')
        other_token, _text = valid_token(owner)
        proxy.cut_at("COMMIT", after='UPDATE "tokens_accesstoken"')
        response = client.delete(f"/v1/access-tokens/{other_token.public_id}")
        assert response.status_code == 503
        assert "may have been done" in response.content.decode()

    @pytest.mark.long
    def test_without_the_count_of_commits_it_would_be_denied(self, proxy, owner, monkeypatch) -> None:
        """The control of the first."""
        monkeypatch.setattr(DatabaseWrapper, "_commit", Plain._commit)
        token, response, _client = self.revoke(proxy, owner, passes_on=True)
        assert "may have been done" not in response.content.decode()
        assert token.revoked_at is not None


def test_a_deadlock_is_an_outage_of_a_moment(database, owner) -> None:
    """Somebody holds what the deed wants and wants what it holds: one of them gives up, and its deed was not done."""
    (first, _one), (second, _two) = valid_token(owner), valid_token(owner)
    raised: list[Exception] = []

    def revoke_both() -> None:
        try:
            with transaction.atomic():
                actions.revoke(token=first, by=by_owner(owner))
                actions.revoke(token=second, by=by_owner(owner))
        except OperationalError as error:
            raised.append(error)
        finally:
            connection.close()

    with other(database) as holder:
        holder.execute("SELECT 1 FROM tokens_accesstoken WHERE id = %s FOR UPDATE", [second.pk])
        deed = in_thread(revoke_both)
        time.sleep(0.3)
        holder.execute("SET lock_timeout = '10s'")
        holder.execute("SELECT 1 FROM tokens_accesstoken WHERE id = %s FOR UPDATE", [first.pk])
        deed.join(10)
    assert [errors.is_unavailable(error) for error in raised] == [True]
    assert AccessToken.objects.filter(owner=owner).exclude(revoked_at=None).count() == 0
    assert revocations(owner) == 0
    actions.revoke_all(tokens=[second, first], by=by_owner(owner))
    assert revocations(owner) == 2


def test_bulk_deeds_in_opposite_order_do_not_meet(database, owner, peers) -> None:
    """Both hold the logins in one order, whatever order they were given."""
    for _round in range(5):
        tokens = [valid_token(one)[0] for one in (owner, *peers)]
        ready, raised = threading.Barrier(2), []

        def revoke(chosen: list[AccessToken], ready: threading.Barrier = ready, raised: list[Any] = raised) -> None:
            ready.wait()
            try:
                actions.revoke_all(tokens=chosen, by=by_owner(owner))
            except OperationalError as error:
                raised.append(error)
            finally:
                connection.close()

        deeds = [in_thread(partial(revoke, chosen)) for chosen in (tokens, tokens[::-1])]
        for deed in deeds:
            deed.join(10)
        assert raised == []
        assert Entry.objects.filter(verb="token.revoke", token_id__in=[one.public_id for one in tokens]).count() == 6


def in_thread(run: Callable[[], None]) -> threading.Thread:
    """A thread on a connection of its own to the present database."""
    here = connections["default"]

    def with_connection() -> None:
        connections["default"] = DatabaseWrapper(dict(here.settings_dict), alias="default")
        run()

    thread = threading.Thread(target=with_connection)
    thread.start()
    return thread


@pytest.fixture
def peers(owner) -> list[Login]:
    names = [f"peer{number}.{owner.pk}@demo.example" for number in range(5)]
    return [person(owner.organisation, "Peer", "Novak", name, has_personal_role=True) for name in names]


@pytest.fixture
def small_disk(database) -> Iterator[Path]:
    """A disk of a few megabytes that holds the ledger's table and nothing else."""
    folder = database.folder / "small"
    folder.mkdir()
    done = (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=4m,mode=0777", "tmpfs", str(folder)], capture_output=True, check=False
        )
        if os.geteuid() == 0
        else None
    )
    if done is None or done.returncode:
        pytest.skip("no small disk can be mounted here")
    place = folder / "space"
    place.mkdir()
    if database.user:
        shutil.chown(place, database.user)
    with psycopg.connect(database.url, autocommit=True) as operator:
        operator.execute(f"CREATE TABLESPACE small LOCATION '{place}'")
        operator.execute("ALTER TABLE audit_entry SET TABLESPACE small")
    yield folder
    with psycopg.connect(database.url, autocommit=True) as operator:
        operator.execute("ALTER TABLE audit_entry SET TABLESPACE pg_default")
        operator.execute("DROP TABLESPACE small")
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.long
def test_the_disk_is_full(database, owner, call, small_disk) -> None:
    _token, text = valid_token(owner)
    assert call(text).status_code == 200
    filler = small_disk / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(bytes(4096)):
            pass
    answers = [call(text) for _each in range(150)]
    assert {answer.status_code for answer in answers} == {200, 503}
    unavailable(answers[-1])
    answered = 1 + sum(answer.status_code == 200 for answer in answers)
    assert Entry.objects.filter(result="ok", owner_id=owner.public_id).count() == answered
    assert Client().get("/sign-in").status_code == 200
    filler.unlink()
    assert call(text).status_code == 200
    assert Entry.objects.filter(result="ok", owner_id=owner.public_id).count() == answered + 1

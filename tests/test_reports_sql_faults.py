"""What can go wrong with a report from a file: its database, its query, its time, its client."""

import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import psycopg
import pytest

from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.report_files import *  # noqa: F403
from tests.report_files import publish, use
from tokens.reports.exceptions import ReportsUnavailable, ReportTooSlow
from tokens.reports.registry import folder, report_named
from tokens.reports.sql import source, sqlite

pytestmark = pytest.mark.django_db(transaction=True)

READINGS = "/api/data/Readings"
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT",
    "postgresql": "WITH n(i) AS (SELECT generate_series(1, 1000000000000)) SELECT",
}


def rows(response):
    assert response.status_code == 200, response.content
    return orjson.loads(b"".join(response.streaming_content))


def refusal(response):
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["reason"]


@pytest.fixture
def jwt(ada):
    return valid_token(ada)[1]


@pytest.fixture
def published(ground, organisation):
    publish(ground, organisation.pk)
    return ground


class TestWriting:
    """Even a role that may write cannot, from a report."""

    @pytest.fixture
    def mighty(self, ground, settings):
        if ground.server is None:
            pytest.skip("SQLite has no statement that writes inside a SELECT")
        ground.url = ground.server.url
        ground.execute("CREATE SEQUENCE s")
        ground.execute(
            "CREATE FUNCTION wipe() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DELETE FROM readings; RETURN 1; END $$"
        )
        ground.execute(
            "CREATE FUNCTION unlock() RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
            "PERFORM set_config('transaction_read_only', 'off', true); DELETE FROM readings; RETURN 1; END $$"
        )
        return use(ground, settings)

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT wipe() AS a;",
            "SELECT unlock() AS a;",
            "WITH a AS (DELETE FROM readings RETURNING 1 AS x) SELECT x FROM a;",
            "SELECT nextval('s') AS a;",
            "SELECT day FROM readings FOR UPDATE;",
        ],
    )
    def test_the_database_refuses_it(self, call, ada, jwt, mighty, query):
        publish(mighty, ada.organisation_id, query=query)
        assert refusal(call(jwt, READINGS)) == (503, "report_broken")
        publish(mighty, ada.organisation_id, name="Count", number=2002, query="SELECT count(*) AS n FROM readings;")
        folder().look_at = 0.0
        assert rows(call(jwt, "/api/data/Count"))[0]["n"] == 6

    def test_what_slips_through_is_taken_back(self, call, ada, jwt, mighty):
        """Some versions let a read-only transaction make large objects; ours never ends in COMMIT."""
        publish(mighty, ada.organisation_id, query="SELECT lo_create(0) IS NULL AS a;")
        call(jwt, READINGS).close()
        with psycopg.connect(mighty.server.url) as connection:
            assert connection.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone() == (0,)

    def test_sqlite_opens_its_file_for_reading_alone(self, ground):
        if ground.engine != "sqlite":
            pytest.skip("about SQLite")
        source_now = folder().source
        with source_now.opened("SELECT 1", [], source.Clock(1)) as cursor:
            connection = cursor.cursor.connection
            for text in (
                "DELETE FROM readings",
                "CREATE TABLE x (a)",
                "ATTACH ':memory:' AS m",
                "PRAGMA user_version=2",
            ):
                with pytest.raises(sqlite3.OperationalError, match=r"readonly|too many attached"):
                    connection.execute(text)


class TestTime:
    def test_a_query_that_takes_too_long_is_ended(self, call, ada, jwt, ground, settings):
        settings.REPORTS_TIMEOUT = 1
        publish(ground, ada.organisation_id, query=f"{ENDLESS[ground.engine]} count(*) AS n FROM n;")
        took: list[float] = []
        while len(took) < 3 and (not took or took[-1] >= 4):  # a moment in which the machine stands still is no fault
            begun = time.monotonic()
            response = call(jwt, READINGS)
            took.append(time.monotonic() - begun)
        assert 0.9 < took[-1] < 4
        assert refusal(response) == (503, "reports_unavailable")
        assert int(response["Retry-After"]) >= 5
        assert "took too long" in response.json()["detail"]
        closings = Entry.objects.filter(verb=Verb.REPORT_READ)
        assert [entry.details["complete"] for entry in closings] == [False] * len(took)

    def test_rows_without_end_are_broken_off(self, call, ada, jwt, ground, settings):
        settings.REPORTS_TIMEOUT = 1
        publish(ground, ada.organisation_id, query=f"{ENDLESS[ground.engine]} i FROM n;")
        response = call(jwt, READINGS)
        assert response.status_code == 200
        with pytest.raises(ReportTooSlow):
            list(response.streaming_content)
        closing = Entry.objects.get(verb=Verb.REPORT_READ)
        assert closing.details["complete"] is False
        assert closing.details["rows"] > 2_000

    def test_a_slow_client_is_not_the_databases_slowness(self, call, ada, jwt, ground, settings):
        settings.REPORTS_TIMEOUT = 1
        bounded = ENDLESS[ground.engine]
        query = f"{bounded} i FROM n LIMIT 9000;"
        publish(ground, ada.organisation_id, query=query)
        parts = []
        for part in call(jwt, READINGS).streaming_content:
            time.sleep(0.25)
            parts.append(part)
        assert len(orjson.loads(b"".join(parts))) == 9000

    def test_no_more_than_some_begin_at_once(self, call, jwt, published, monkeypatch):
        monkeypatch.setattr(source, "TURN_SECONDS", 0.1)
        assert len(rows(call(jwt, READINGS))) == 6
        turns = folder().source.turns
        for _ in range(source.BEGINNING_AT_ONCE):
            turns.acquire()
        try:
            response = call(jwt, READINGS)
            assert refusal(response) == (503, "reports_unavailable")
            assert call(jwt, "/api/meta/reports").status_code == 200
        finally:
            for _ in range(source.BEGINNING_AT_ONCE):
                turns.release()
        assert len(rows(call(jwt, READINGS))) == 6


class TestBroken:
    def test_a_wrong_file_answers_so_and_disturbs_no_other(self, call, ada, jwt, olga, ground, caplog):
        publish(ground, ada.organisation_id, "colum: day")
        publish(ground, ada.organisation_id, name="Good", number=2002)
        response = call(jwt, READINGS)
        assert refusal(response) == (503, "report_broken")
        assert response["Retry-After"] == "60"
        assert "its publisher was told" in response.json()["detail"]
        assert "Did you mean column?" in caplog.text
        names = [entry["name"] for entry in call(jwt, "/api/meta/reports").json()]
        assert "Readings" not in names
        assert "Good" in names
        assert refusal(call(jwt, "/api/meta/reports/Readings")) == (503, "report_broken")
        assert len(rows(call(jwt, "/api/data/Good"))) == 6
        assert refusal(call(valid_token(olga)[1], READINGS)) == (404, "unknown_report")

    def test_one_that_names_no_organisation_is_unknown_to_all(self, call, jwt, ground):
        ground.write("Readings", "-- id: 1\n-- title: t\nSELECT 1 AS a;")
        assert refusal(call(jwt, READINGS)) == (404, "unknown_report")

    def test_a_table_that_goes_away_later(self, call, jwt, published):
        assert len(rows(call(jwt, READINGS))) == 6
        published.execute("ALTER TABLE readings RENAME TO gone")
        assert refusal(call(jwt, READINGS)) == (503, "report_broken")
        assert refusal(call(jwt, READINGS)) == (503, "report_broken")
        published.execute("ALTER TABLE gone RENAME TO readings")
        assert len(rows(call(jwt, READINGS))) == 6

    def test_an_error_of_some_value(self, call, ada, jwt, ground):
        if ground.engine == "sqlite":
            pytest.skip("SQLite divides by nothing without a word")
        publish(ground, ada.organisation_id, "parameter: N; integer", query="SELECT 1 / CAST(:N AS integer) AS a;")
        assert rows(call(jwt, f"{READINGS}?N=1")) == [{"Rowid": 1, "a": 1}]
        assert refusal(call(jwt, f"{READINGS}?N=0")) == (503, "report_broken")
        assert refusal(call(jwt, f"{READINGS}?N=99999999999")) == (503, "report_broken")
        assert rows(call(jwt, f"{READINGS}?N=1")) == [{"Rowid": 1, "a": 1}]

    def test_reports_of_settings_keep_their_names_and_ids(self, call, ada, jwt, ground, caplog):
        publish(ground, ada.organisation_id, name="TokenInventory")
        publish(ground, ada.organisation_id, name="Mine", number=101)
        publish(ground, ada.organisation_id, name="Alias", number=1661)
        listed = call(jwt, "/api/meta/reports").json()
        assert len([entry for entry in listed if entry["name"] in {"TokenInventory", "Mine", "Alias"}]) == 1
        assert "Token Name" in rows(call(jwt, "/api/data/TokenInventory"))[0]
        assert "There is a report TokenInventory already" in caplog.text
        assert "The id 101 belongs to the report ContactsAndLogins" in caplog.text
        assert "The id 1661 belongs to the report" in caplog.text


class TestUnavailable:
    def test_a_database_that_is_not_there(self, call, jwt, published, settings, tmp_path, caplog):
        if published.engine == "sqlite":
            published.url = f"sqlite:///{tmp_path}/missing.sqlite3"
        else:
            published.url = f"postgresql://x:secret-of-reports@/postgres?host={tmp_path}"
        use(published, settings)
        begun = time.monotonic()
        response = call(jwt, READINGS)
        assert time.monotonic() - begun < 3
        assert refusal(response) == (503, "reports_unavailable")
        assert response["Retry-After"] == "5"
        assert call(jwt, "/api/meta").status_code == 200
        assert len(rows(call(jwt, "/api/data/TokenInventory"))) == 1
        assert "secret-of-reports" not in caplog.text
        assert "out of reach" in caplog.text

    def test_a_wrong_password_is_told_nobody(self, call, jwt, published, settings, capfd):
        if published.server is None:
            pytest.skip("SQLite has no passwords")
        published.url = published.url.replace("reader_of_reports:", "nobody_here:")
        use(published, settings)
        response = call(jwt, READINGS)
        assert refusal(response) == (503, "reports_unavailable")
        assert b"nobody" not in response.content
        assert "secret-of-reports" not in "".join(capfd.readouterr())

    def test_an_address_without_a_database(self, call, jwt, published, settings):
        if published.server is None:
            pytest.skip("about PostgreSQL")
        settings.REPORTS_DATABASE = {**settings.REPORTS_DATABASE, "NAME": ""}
        assert refusal(call(jwt, READINGS)) == (503, "reports_unavailable")

    def test_a_file_that_is_no_database(self, call, jwt, published, settings, tmp_path):
        if published.engine != "sqlite":
            pytest.skip("about SQLite")
        (tmp_path / "text").write_text("this is no database at all" * 100)
        published.url = f"sqlite:///{tmp_path}/text"
        use(published, settings)
        assert refusal(call(jwt, READINGS)) == (503, "reports_unavailable")

    def test_a_file_that_somebody_writes(self, call, jwt, published, tmp_path, monkeypatch):
        """Not in WAL mode a writer shuts everybody out for a moment."""
        if published.engine != "sqlite":
            pytest.skip("about SQLite")
        assert len(rows(call(jwt, READINGS))) == 6
        monkeypatch.setattr(sqlite, "BUSY_SECONDS", 0.2)
        writer = sqlite3.connect(tmp_path / "published.sqlite3", isolation_level=None)
        writer.execute("BEGIN EXCLUSIVE")
        assert refusal(call(jwt, READINGS)) == (503, "reports_unavailable")
        writer.execute("ROLLBACK")
        assert len(rows(call(jwt, READINGS))) == 6

    @pytest.mark.faults
    def test_a_server_that_stops_and_comes_back(self, call, jwt, published):
        if published.server is None:
            pytest.skip("SQLite has no server")
        assert len(rows(call(jwt, READINGS))) == 6
        published.server.stop()
        try:
            assert refusal(call(jwt, READINGS)) == (503, "reports_unavailable")
        finally:
            published.server.start()
        assert len(rows(call(jwt, READINGS))) == 6

    @pytest.mark.faults
    def test_a_server_that_hangs_holds_nobody_up(self, call, jwt, published):
        if published.server is None:
            pytest.skip("SQLite has no server")
        assert len(rows(call(jwt, READINGS))) == 6
        published.server.pause()
        try:
            begun = time.monotonic()
            assert refusal(call(jwt, READINGS)) == (503, "reports_unavailable")
            assert time.monotonic() - begun < 8
        finally:
            published.server.resume()
        assert len(rows(call(jwt, READINGS))) == 6

    @pytest.mark.faults
    def test_a_connection_that_is_lost_in_the_middle(self, call, ada, jwt, ground):
        if ground.server is None:
            pytest.skip("SQLite has no server")
        publish(ground, ada.organisation_id, query=f"{ENDLESS['postgresql']} i FROM n;")
        parts = iter(call(jwt, READINGS).streaming_content)
        next(parts)
        ground.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader_of_reports'")
        with pytest.raises(ReportsUnavailable):
            list(parts)
        assert Entry.objects.get(verb=Verb.REPORT_READ).details["complete"] is False


class TestShape:
    """What a query gives is asked once; it was not at the start, when the database was away."""

    @pytest.fixture
    def unchecked(self, ada, published, monkeypatch):
        report = report_named("Readings", ada.organisation_id)
        monkeypatch.setattr(report, "_shape", None)
        return report

    def test_nobody_queues_for_a_database_that_hangs(self, unchecked, monkeypatch):
        asking, answered = threading.Event(), threading.Event()

        def hangs(*_asked: Any):
            asking.set()
            answered.wait(10)
            return [source.Column("day")]

        monkeypatch.setattr(unchecked.source, "columns", hangs)
        monkeypatch.setattr("tokens.reports.sql.report.TURN_SECONDS", 0.1)
        first = threading.Thread(target=unchecked.shape)
        first.start()
        assert asking.wait(10)
        try:
            with pytest.raises(ReportsUnavailable):
                unchecked.shape()
        finally:
            answered.set()
            first.join(10)
        assert unchecked.captions == ["day"]


class TestConnections:
    def test_a_client_that_leaves_gives_the_connection_back(self, call, ada, jwt, ground):
        publish(ground, ada.organisation_id, query=f"{ENDLESS[ground.engine]} i FROM n;")
        for _ in range(3):
            response = call(jwt, READINGS)
            parts = iter(response.streaming_content)
            next(parts), next(parts)
            response.close()
        details = [entry.details for entry in Entry.objects.filter(verb=Verb.REPORT_READ)]
        assert [detail["complete"] for detail in details] == [False] * 3
        if ground.server is not None:
            assert len(folder().source.idle) == 1
            with psycopg.connect(ground.server.url) as connection:
                states = connection.execute(
                    "SELECT state FROM pg_stat_activity WHERE usename = 'reader_of_reports'"
                ).fetchall()
            assert states == [("idle",)]

    def test_two_reports_at_a_time_on_one_thread(self, call, jwt, published):
        first, second = call(jwt, READINGS), call(jwt, READINGS)
        parts = iter(first.streaming_content)
        next(parts)
        assert len(rows(second)) == 6
        assert len(orjson.loads(b"[" + b"".join(parts))) == 6

    def test_many_threads_share_few_connections(self, ground):
        reading = folder().source

        def read(_number):
            return len(list(reading.rows("SELECT * FROM readings", [], 5)))

        with ThreadPoolExecutor(12) as threads:
            assert set(threads.map(read, range(120))) == {6}
        if ground.server is not None:
            assert 1 <= len(reading.idle) <= 8
        turns = [reading.turns.acquire(blocking=False) for _ in range(source.BEGINNING_AT_ONCE + 1)]
        assert turns == [*[True] * source.BEGINNING_AT_ONCE, False]

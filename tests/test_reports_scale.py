"""Reports of many rows: what the database writes itself, workbooks, how many go out at once, and how they end."""

import csv
import io
import time
from contextlib import nullcontext, suppress
from unittest import mock

import openpyxl
import orjson
import psycopg
import pytest
from django.db import DatabaseError

from audit import pace
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.factories import AccessTokenFactory
from tests.report_files import *  # noqa: F403
from tests.report_files import publish, use
from tokens.api import formats, streaming, turns, workbook
from tokens.reports.registry import folder
from tokens.reports.sql import copying

pytestmark = pytest.mark.django_db(transaction=True)

INVENTORY, READINGS = "/api/data/TokenInventory", "/api/data/Readings"
HOSTILE = [
    *("=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1", "=", "'=1", " =1"),
    *(
        "plain",
        "",
        " ",
        "1",
        '"',
        '""',
        ",",
        'a,"b"\r\nc',
        "a\nb",
        "a\rb",
        "\\.",
        "\\",
        "\\N",
        "NULL",
        "ünï 漢 😀",
        "\x7f",
    ),
    *("%s %(x)s $1 :x ? {0}", "'; DROP TABLE readings; --"),
]
SURROUNDINGS = """
CREATE TABLE hostile (number int, words text, short varchar(40), fixed char(6), amount numeric, exact numeric(12, 4),
    small smallint, large bigint, ratio double precision, yes boolean, day date, moment timestamptz, local timestamp,
    clock time, document json, packed jsonb, many int[], id uuid, span interval);
INSERT INTO hostile (number) VALUES (0);
INSERT INTO hostile (number, amount, exact, small, large, ratio, yes, day, moment, local, clock, document, packed, many,
    id, span) VALUES
 (1, 'NaN', 100.5, -1, -9223372036854775808, 'NaN', true, 'infinity', 'infinity', 'infinity', '24:00', '"=1"', '"=1"',
  '{1,2}', '6f6e2c1e-0000-4000-8000-000000000000', '-1 day'),
 (2, -0.0000001, -0.0001, 1, 9223372036854775807, 1e20, false, '-infinity', '-infinity', '-infinity', '12:00:00.5',
  '-1', '-1', '{}', NULL, '1 day 02:00'),
 (3, 123456789012345678901234567890.123, 0, 0, 0, 100000, NULL, '0044-03-15 BC', '4713-01-01 BC', '4713-01-01 BC',
  '00:00', '{"a": "b,c"}', '{"a": "b\\"c"}', '[0:1]={1,2}', NULL, NULL),
 (4, 'Infinity', 1, 0, 0, 0.1, NULL, '10000-01-01', '10000-01-01 00:00+00', '10000-01-01', NULL, NULL, NULL, NULL,
  NULL, NULL),
 (5, '-Infinity', 1, 0, 0, -0.5, NULL, '9999-12-31', '9999-12-31 23:59:59.999999+00', '9999-12-31 23:59:59.999999',
  NULL, NULL, NULL, NULL, NULL, NULL),
 (6, 5, 1, 0, 0, 1, NULL, '0001-01-01', '0001-01-01 00:00+00', '2026-01-02 03:04:05.678', NULL, NULL, NULL, NULL,
  NULL, NULL),
 (7, 5, 1, 0, 0, 1, NULL, '2026-01-02', '2026-01-02 03:04:05.678+03', '2026-01-02', NULL, NULL, NULL, NULL, NULL, NULL);
GRANT SELECT ON hostile TO reader_of_reports;
"""
WRITTEN = "number, words, short, amount, exact, small, large, yes, day, moment, local, document, packed, id"
REFUSED = ["fixed", "ratio", "clock", "many", "span"]


def body(response):
    return b"".join(response.streaming_content)


def closings():
    return list(Entry.objects.filter(verb=Verb.REPORT_READ).order_by("pk").values_list("details", flat=True))


@pytest.fixture
def postgresql_ground(reports_server, settings, tmp_path):
    from tests.report_files import _postgresql

    (tmp_path / "reports").mkdir()
    found = use(_postgresql(tmp_path / "reports", reports_server), settings)
    found.execute(SURROUNDINGS)
    with psycopg.connect(reports_server.url, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO hostile (number, words, short, document, packed) VALUES (%s, %s, %s, to_json(%s::text), %s)",
            [(number, text, text, text, orjson.dumps(text).decode()) for number, text in enumerate(HOSTILE, 10)],
        )
    return found


@pytest.fixture
def jwt(ada):
    return valid_token(ada)[1]


class TestWrittenByTheDatabase:
    def test_the_bytes_are_those_that_we_would_write(self, call, ada, jwt, postgresql_ground):
        publish(postgresql_ground, ada.organisation_id, "order: number", query=f"SELECT {WRITTEN} FROM hostile;")
        with mock.patch.object(copying.Copying, "fetch", autospec=True, side_effect=copying.Copying.fetch) as fetch:
            written = body(call(jwt, f"{READINGS}?format=csv"))
        assert fetch.called
        with mock.patch.object(type(folder().source), "cells", return_value=None):
            ours = body(call(jwt, f"{READINGS}?format=csv"))
        assert written.splitlines() == ours.splitlines()
        assert written == ours
        cells = list(csv.DictReader(io.StringIO(written.decode(), newline=""), strict=True))
        assert len(cells) == 8 + len(HOSTILE)
        assert [row["Rowid"] for row in cells] == [str(number) for number in range(1, len(cells) + 1)]
        assert [row["words"].removeprefix("'") for row in cells[8:]] == [text.removeprefix("'") for text in HOSTILE]
        assert [row["words"] for row in cells if row["words"].startswith(tuple("=+-@\t\r\n＝＋－＠"))] == []

    def test_other_types_are_written_by_us(self, call, ada, jwt, postgresql_ground):
        for number, name in enumerate(REFUSED):
            query = f"SELECT number, {name} FROM hostile WHERE number < 10;"
            publish(postgresql_ground, ada.organisation_id, name=name, query=query, number=3000 + number)
        with mock.patch.object(copying, "Copying", side_effect=AssertionError("no COPY of these")):
            for name in REFUSED:
                assert body(call(jwt, f"/api/data/{name}?format=csv")).count(b"\r\n") == 9

    def test_values_and_departments_limit_it_as_ever(self, call, olivia, places, postgresql_ground):
        rows = "('Energy > South', 'it''s; \\ %s $1'), ('Finance', 'b'), ('Energy', 'c'), (NULL, 'd')"
        postgresql_ground.execute(f"INSERT INTO readings (department, note) VALUES {rows}")
        publish(
            postgresql_ground, olivia.organisation_id, "department: department", "parameter: Note; text",
            query="SELECT department, note FROM readings WHERE (:Note IS NULL OR note = :Note);",
        )  # fmt: skip
        _, text = valid_token(olivia)
        for parameters in (
            "",
            "&Note=it's; \\ %25s $1",
            "&Note=' OR true --",
            f"&Department_Id={places.finance.public_id}",
        ):
            table = orjson.loads(body(call(text, f"{READINGS}?format=json{parameters}")))
            cells = list(csv.DictReader(io.StringIO(body(call(text, f"{READINGS}?format=csv{parameters}")).decode())))
            assert [row["note"] for row in cells] == [row["note"] for row in table]
            assert {row["department"] for row in cells} <= {"Energy > South", "Finance"}
        assert len(cells) == 1

    @pytest.mark.parametrize("query", ["SELECT 1) TO STDOUT; SELECT (2", "SELECT 1; SELECT 2"])
    def test_there_is_no_second_statement(self, postgresql_ground, query):
        source = folder().source
        with pytest.raises(Exception, match=r"refused|multiple commands|syntax"):
            list(source.lines(query, 5, mock.Mock()))

    def test_a_client_that_leaves_ends_it_in_the_database(self, call, ada, jwt, postgresql_ground):
        endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n;"
        publish(postgresql_ground, ada.organisation_id, query=endless)
        response = call(jwt, f"{READINGS}?format=csv")
        parts = iter(response.streaming_content)
        assert next(parts) == b"Rowid,i\r\n"
        assert next(parts).startswith(b"1,1\r\n2,2\r\n")
        assert at_work(postgresql_ground) == 1
        response.close()
        assert ended(postgresql_ground)
        assert [(found["rows"], found["complete"]) for found in closings()] == [(100, False)]

    def test_the_database_works_no_longer_than_it_may(self, call, ada, jwt, postgresql_ground, settings):
        settings.REPORTS_TIMEOUT = 1
        publish(postgresql_ground, ada.organisation_id, query="SELECT number, pg_sleep(60)::text AS x FROM hostile;")
        response = call(jwt, f"{READINGS}?format=csv")
        assert (response.status_code, response.json()["reason"]) == (503, "reports_unavailable")
        assert "took too long" in response.json()["detail"]
        assert ended(postgresql_ground)


def at_work(ground):
    with psycopg.connect(ground.server.url) as connection:
        asked = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'reader_of_reports' AND state = 'active'"
        return connection.execute(asked).fetchone()[0]


def ended(ground, seconds=15):
    deadline = time.monotonic() + seconds
    while at_work(ground) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not at_work(ground)


class TestWorkbook:
    def test_it_has_the_rows_of_the_others(self, call, ada, jwt, postgresql_ground):
        publish(postgresql_ground, ada.organisation_id, "order: number", query=f"SELECT {WRITTEN}, ratio FROM hostile;")
        response = call(jwt, f"{READINGS}?format=xlsx")
        assert response["Content-Type"].endswith("spreadsheetml.sheet")
        sheet = openpyxl.load_workbook(io.BytesIO(body(response))).active
        captions, *rows = sheet.iter_rows(values_only=True)
        table = orjson.loads(body(call(jwt, f"{READINGS}?format=json")))
        assert list(captions) == list(table[0])
        found = [dict(zip(captions, row, strict=True)) for row in rows]
        assert [row["Rowid"] for row in found] == [row["Rowid"] for row in table]
        texts = [row["words"] for row in table]
        assert [(row["words"] or "").replace("_x000D_", "\r") for row in found] == [text or "" for text in texts]
        last = found[7]
        assert (last["amount"], last["exact"], last["day"].isoformat()) == (5, 1, "2026-01-02T00:00:00")
        assert last["moment"].isoformat() == "2026-01-02T00:04:05"
        assert found[3]["amount"] == "123456789012345678901234567890.123"  # a number of Excel's would lose digits
        assert found[1]["large"] == "-9223372036854775808"
        assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "b", "d", "inlineStr"}
        assert closings()[0] == {**closings()[1], "format": "xlsx"}

    def test_more_rows_than_a_sheet_holds_are_refused(self, call, jwt, olivia, monkeypatch):
        AccessTokenFactory.create_batch(4, owner=olivia)
        monkeypatch.setattr(workbook, "ROWS_OF_A_SHEET", 5)
        assert openpyxl.load_workbook(io.BytesIO(body(call(jwt, f"{INVENTORY}?format=xlsx")))).active.max_row == 6
        AccessTokenFactory(owner=olivia)
        response = call(jwt, f"{INVENTORY}?format=xlsx")
        assert (response.status_code, response.json()["reason"]) == (400, "too_many_rows")
        assert response.json()["allowed"] == ["json", "csv", "ndjson"]
        assert [found["complete"] for found in closings()] == [True, False]

    def test_a_broken_one_is_an_error_and_one_cut_short_no_workbook(self, call, jwt, olivia, monkeypatch):
        AccessTokenFactory.create_batch(6, owner=olivia)
        with mock.patch.object(streaming, "chunks", side_effect=DatabaseError("gone")):
            assert call(jwt, f"{INVENTORY}?format=xlsx").status_code == 500
        monkeypatch.setattr(workbook, "PIECE", 1_000)
        response = call(jwt, f"{INVENTORY}?format=xlsx")
        parts = iter(response.streaming_content)
        sent = b"".join([next(parts) for _part in range(3)])
        response.close()
        with pytest.raises(Exception, match="not a zip file"):
            openpyxl.load_workbook(io.BytesIO(sent))
        assert [(found["rows"], found["complete"]) for found in closings()] == [(0, False), (7, False)]

    def test_without_its_record_it_has_no_end(self, call, jwt):
        with mock.patch("tokens.api.data.record_report_read", side_effect=DatabaseError("full")):
            response, sent = call(jwt, f"{INVENTORY}?format=xlsx"), b""
            with suppress(DatabaseError):
                for part in response.streaming_content:
                    sent += part
        with pytest.raises(Exception, match="not a zip file"):
            openpyxl.load_workbook(io.BytesIO(sent))


class TestTurns:
    @pytest.fixture(autouse=True)
    def long_reports(self, monkeypatch, olivia):
        monkeypatch.setattr(turns, "WAIT_SECONDS", 0.05)
        monkeypatch.setattr(streaming, "FIRST_CHUNK", 2)
        # Several are read here on one connection, whose transactions would end in another order than they began.
        monkeypatch.setattr(streaming, "long_reading", nullcontext)
        AccessTokenFactory.create_batch(2, owner=olivia)

    def test_only_so_many_go_out_at_once(self, call, jwt):
        """Else clients that read slowly would hold every thread, and nobody else would be answered."""
        responses = [call(jwt, INVENTORY) for _report in range(turns.AT_ONCE)]
        assert [response.status_code for response in responses] == [200] * turns.AT_ONCE
        refused = call(jwt, INVENTORY)
        assert (refused.status_code, refused.json()["reason"]) == (503, "reports_unavailable")
        assert int(refused["Retry-After"]) == 5
        assert call(jwt, "/api/meta/reports").status_code == 200
        assert len(orjson.loads(body(call(jwt, f"{INVENTORY}?Status=active")))) == 1  # a short one holds nobody up
        body(responses.pop())
        responses.append(call(jwt, INVENTORY))
        assert responses[-1].status_code == 200
        for response in responses:
            response.close()

    def test_every_end_gives_the_turn_back(self, call, jwt, olivia):
        call(jwt, INVENTORY).close()
        with mock.patch.object(streaming, "chunks", side_effect=DatabaseError("gone")):
            call(jwt, INVENTORY)
        body(call(jwt, INVENTORY))
        body(call(jwt, f"{INVENTORY}?format=xlsx"))
        free = [turns.turns.acquire(blocking=False) for _turn in range(turns.AT_ONCE + 1)]
        for _turn in range(sum(free)):
            turns.turns.release()
        assert free == [*[True] * turns.AT_ONCE, False]

    def test_without_turns_there_is_no_limit(self, call, jwt):
        with mock.patch.object(streaming, "turn", nullcontext):
            responses = [call(jwt, INVENTORY) for _report in range(turns.AT_ONCE + 2)]
        assert {response.status_code for response in responses} == {200}
        for response in responses:
            response.close()


class TestPace:
    @pytest.mark.parametrize(("mine", "everybody", "rest"), [(0.01, 0.011, 0), (0.01, 0.02, 0.01), (0.5, 2.0, 0.02)])
    def test_it_gives_way_to_others_alone(self, monkeypatch, mine, everybody, rest):
        clocks = {"thread_time": [1.0, 1.0 + mine], "process_time": [5.0, 5.0 + everybody]}
        for name, told in clocks.items():
            monkeypatch.setattr(pace.time, name, mock.Mock(side_effect=told))
        monkeypatch.setattr(pace.time, "sleep", slept := mock.Mock())
        assert pace.Pace().give_way() == pytest.approx(rest)
        assert slept.called == bool(rest)

    def test_every_chunk_but_the_first_begins_with_that(self, call, jwt, olivia, monkeypatch):
        monkeypatch.setattr(streaming, "FIRST_CHUNK", 2)
        monkeypatch.setattr(streaming, "CHUNK", 2)
        AccessTokenFactory.create_batch(6, owner=olivia)
        with mock.patch.object(pace.Pace, "give_way", return_value=0.0) as gave_way:
            assert len(orjson.loads(body(call(jwt, INVENTORY)))) == 7
        assert gave_way.call_count == 4


def test_captions_are_texts_whatever_they_say():
    captions = ["Rowid", 'a"b', "c'd", "e\\n\n\r", "{f}", "__import__('os')", "ü\u2028", "%s", "\x00"]
    [found] = formats.objects(captions, formats.Chunk([list(range(9))]))
    assert found == dict(zip(captions, range(9), strict=True))
    assert formats.objects(["Rowid"], formats.Chunk([[1], [2]])) == [{"Rowid": 1}, {"Rowid": 2}]

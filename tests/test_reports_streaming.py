"""A report's answer: its formats, and the entry that closes it, whole or broken off."""

import contextlib
import csv
import io
from unittest import mock

import orjson
import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection
from django.test.utils import CaptureQueriesContext

from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.factories import AccessTokenFactory, ContactFactory
from tokens.api import streaming

pytestmark = pytest.mark.django_db(transaction=True)

INVENTORY = "/api/data/TokenInventory"


def body(response):
    return b"".join(response.streaming_content)


def sent_before_it_broke(response):
    sent = b""
    try:
        for part in response.streaming_content:
            sent += part
    except DatabaseError:
        return sent
    return pytest.fail("the stream did not break")


def closing_entries():
    return list(Entry.objects.filter(verb=Verb.REPORT_READ).order_by("pk"))


@pytest.fixture
def mine(olivia):
    return valid_token(olivia, name="Finance Power BI")


@pytest.fixture
def small_chunks(monkeypatch):
    """Chunks of two rows, so that few rows make many."""
    monkeypatch.setattr(streaming, "FIRST_CHUNK", 2)
    monkeypatch.setattr(streaming, "CHUNK", 2)


class TestFormats:
    def test_json_is_an_array_of_flat_rows_keyed_by_captions(self, call, mine, olivia):
        token, jwt = mine
        response = call(jwt, INVENTORY)
        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        [row] = orjson.loads(body(response))
        token.refresh_from_db()
        assert list(row)[:6] == ["Rowid", "Token Id", "Token Name", "Description", "Token Status", "Login Id"]
        assert row == {
            "Rowid": 1,
            "Token Id": token.public_id,
            "Token Name": "Finance Power BI",
            "Description": "",
            "Token Status": "Generated - Active",
            "Login Id": olivia.public_id,
            "User Name": "olivia@demo.example",
            "First Name": "Olivia",
            "Last Name": "Novak",
            "Created By": "Olivia Novak",
            "Created On": token.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Expires After": "30 days",
            "Expiry Date": None,
            "Generated On": token.generated_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "First Used": token.first_used_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Last Used": token.last_used_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "Revoked On": None,
            "Scopes": "api:meta:read api:report:read",
            "Read Only": False,
        }

    def test_no_row_is_an_empty_array(self, call, mine):
        assert body(call(mine[1], f"{INVENTORY}?Status=expired")) == b"[]"
        assert body(call(mine[1], f"{INVENTORY}?Status=expired&format=ndjson")) == b""
        assert body(call(mine[1], f"{INVENTORY}?Status=expired&format=csv")).startswith(b"Rowid,Token Id")

    @pytest.mark.parametrize(
        ("query", "accept", "content_type"),
        [
            ("", "*/*", "application/json"),
            ("", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"),
            ("", "application/json", "application/json"),
            ("", "text/csv", "text/csv; charset=utf-8"),
            ("", "text/*", "text/csv; charset=utf-8"),
            ("", "text/csv;q=0.5, application/x-ndjson", "application/x-ndjson"),
            ("", "application/x-ndjson", "application/x-ndjson"),
            ("?format=csv", "application/json", "text/csv; charset=utf-8"),
            ("?format=ndjson", "*/*", "application/x-ndjson"),
            ("?format=json", "text/csv", "application/json"),
        ],
    )
    def test_the_format_is_asked_for_by_name_or_by_type(self, call, mine, query, accept, content_type):
        response = call(mine[1], INVENTORY + query, HTTP_ACCEPT=accept)
        assert (response.status_code, response["Content-Type"]) == (200, content_type)
        body(response)

    def test_another_type_is_not_acceptable(self, call, mine):
        response = call(mine[1], INVENTORY, HTTP_ACCEPT="application/xml")
        assert response.status_code == 406
        assert response["Content-Type"] == "application/problem+json"
        assert response.json()["allowed"] == [
            "application/json",
            "text/csv",
            "application/x-ndjson",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ]

    def test_the_three_formats_say_the_same(self, call, mine, olivia, small_chunks):
        for number in range(6):
            AccessTokenFactory(owner=olivia, name=f"Ünlü, “{number}”\nline")
        table = orjson.loads(body(call(mine[1], INVENTORY)))
        assert [row["Rowid"] for row in table] == [1, 2, 3, 4, 5, 6, 7]
        lines = body(call(mine[1], f"{INVENTORY}?format=ndjson")).splitlines()
        assert [without_use(orjson.loads(line)) for line in lines] == [without_use(row) for row in table]
        cells = list(csv.DictReader(io.StringIO(body(call(mine[1], f"{INVENTORY}?format=csv")).decode())))
        written = {None: "", False: "false"}
        texts = [{key: written.get(value, str(value)) for key, value in row.items()} for row in table]
        assert [without_use(row) for row in cells] == [without_use(row) for row in texts]

    def test_no_cell_of_csv_is_a_formula(self, call, mine, olivia):
        for number, start in enumerate(("=", "+", "-", "@", "\t=", "\r=")):
            AccessTokenFactory(owner=olivia, name=f"{start}HYPERLINK({number})")
        text = body(call(mine[1], f"{INVENTORY}?format=csv")).decode()
        found = [row["Token Name"] for row in csv.DictReader(io.StringIO(text, newline=""))]
        assert len(found) == 7
        assert [name for name in found if name.startswith(("=", "+", "-", "@", "\t", "\r"))] == []

    def test_head_answers_without_rows_or_closing_entry(self, call, client, mine):
        response = client.head(INVENTORY, HTTP_AUTHORIZATION=f"Bearer {mine[1]}", HTTP_ACCEPT="text/csv")
        assert (response.status_code, response["Content-Type"]) == (200, "text/csv; charset=utf-8")
        assert closing_entries() == []


class TestRights:
    def test_peters_token_gives_peter_alone(self, call, peter, olivia, ada):
        peter.has_personal_role = True
        peter.save()
        rows = orjson.loads(body(call(valid_token(peter)[1], "/api/data/ContactsAndLogins")))
        assert [row["User Name"] for row in rows] == ["peter.john@demo.example"]
        assert rows[0]["Department"] == "Energy > South"

    def test_without_report_read_no_report(self, call, olivia):
        for user_type in olivia.organisation.user_types.all():
            user_type.permissions = ["token:create", "contact:view"]
            user_type.save()
        response = call(valid_token(olivia)[1], INVENTORY)
        assert (response.status_code, response.json()["reason"]) == (403, "report_not_in_reach")
        assert closing_entries() == []

    def test_a_lost_pair_is_lost_on_the_next_call(self, call, olivia, places):
        _, jwt = valid_token(olivia)

        def departments():
            return [row["Department"] for row in orjson.loads(body(call(jwt, "/api/data/ContactsAndLogins")))]

        assert departments() == ["Finance", "Energy > South"]
        olivia.assignments.filter(department=places.finance).delete()
        assert departments() == ["Energy > South"]


class TestClosingEntry:
    def test_a_whole_report_is_closed_once(self, call, mine, olivia):
        token, jwt = mine
        response = call(jwt, f"{INVENTORY}?Status=active&format=csv")
        assert closing_entries() == []
        body(response)
        [closing] = closing_entries()
        opening = Entry.objects.get(verb=Verb.TOKEN_AUTHENTICATE)
        assert closing.request_id == opening.request_id == response["X-Request-ID"]
        assert (closing.result, closing.reason) == ("ok", "")
        assert (closing.subject_kind, closing.subject_id) == ("report", "TokenInventory")
        assert (closing.token_id, closing.token_name) == (token.public_id, "Finance Power BI")
        assert (closing.owner_id, closing.organisation_id) == (olivia.public_id, olivia.organisation_id)
        assert (closing.channel, closing.user_agent) == ("api", "Excel/16.0")
        assert closing.details == {
            "report": "TokenInventory",
            "parameters": {"Status": "active"},
            "format": "csv",
            "rows": 1,
            "complete": True,
        }

    def test_a_client_that_leaves_is_on_record(self, call, mine, olivia, small_chunks):
        AccessTokenFactory.create_batch(6, owner=olivia)
        response = call(mine[1], INVENTORY)
        parts = iter(response.streaming_content)
        assert next(parts) == b"["
        assert next(parts).startswith(b'{"Rowid":1,')
        response.close()
        [closing] = closing_entries()
        assert (closing.result, closing.reason) == ("fail", "broken_off")
        assert (closing.details["rows"], closing.details["complete"]) == (2, False)

    def test_a_client_that_takes_nothing_is_on_record(self, call, mine):
        call(mine[1], INVENTORY).close()
        assert [entry.details["complete"] for entry in closing_entries()] == [False]

    @pytest.mark.parametrize("form", ["json", "ndjson", "csv"])
    def test_a_broken_report_never_looks_whole(self, call, mine, olivia, small_chunks, form):
        AccessTokenFactory.create_batch(6, owner=olivia)
        real = streaming.chunks

        def breaking(report, reader, rows):
            with contextlib.closing(real(report, reader, rows)) as source:
                yield next(source)
                yield next(source)
                raise DatabaseError("the database went away")

        with mock.patch.object(streaming, "chunks", breaking):
            response = call(mine[1], f"{INVENTORY}?format={form}")
            sent = sent_before_it_broke(response)
        assert response.status_code == 200
        with pytest.raises(ValueError, match=r".*"):
            read_strictly(form, sent.decode())
        [closing] = closing_entries()
        assert (closing.details["rows"], closing.details["complete"]) == (4, False)

    @pytest.mark.faults
    @pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server to lose")
    def test_a_lost_connection_breaks_the_report_and_is_on_record(self, call, mine, olivia, small_chunks):
        AccessTokenFactory.create_batch(20, owner=olivia)
        response = call(mine[1], INVENTORY)
        parts = iter(response.streaming_content)
        assert next(parts) == b"["
        parameters = connection.get_connection_params()
        parameters.pop("deadline", None)
        with psycopg.connect(**parameters) as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        with pytest.raises(OperationalError):
            list(parts)
        [closing] = closing_entries()
        assert closing.details["complete"] is False

    def test_an_error_before_the_first_row_is_an_error(self, call, mine):
        with mock.patch.object(streaming, "chunks", side_effect=DatabaseError("no such thing")):
            response = call(mine[1], INVENTORY)
        assert response.status_code == 500
        assert response["Content-Type"] == "application/problem+json"
        assert [entry.details["complete"] for entry in closing_entries()] == [False]

    def test_without_its_record_no_answer_is_whole(self, call, mine):
        with mock.patch("tokens.api.data.record_report_read", side_effect=DatabaseError("full")):
            response = call(mine[1], INVENTORY)
            sent = sent_before_it_broke(response)
        assert sent.startswith(b"[{")
        assert not sent.endswith(b"]")

    def test_refused_calls_have_no_closing_entry(self, call, mine):
        call(mine[1], f"{INVENTORY}?Status=lost")
        call(mine[1], "/api/data/Nothing")
        assert closing_entries() == []


def without_use(row):
    """Each call is itself a use of the token."""
    return {key: value for key, value in row.items() if key not in {"First Used", "Last Used"}}


def read_strictly(form, text):
    """Read as a careful client does. Raises ``ValueError`` on what is not whole."""
    if form == "json":
        return orjson.loads(text)
    if form == "ndjson":
        return [orjson.loads(line) for line in text.splitlines()]
    try:
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from error
    return rows


def test_many_rows_need_no_more_statements(call, ada, small_chunks):
    _, jwt = valid_token(ada)

    def statements():
        with CaptureQueriesContext(connection) as captured:
            body(call(jwt, "/api/data/ContactsAndLogins"))
        return len([query for query in captured.captured_queries if "FETCH" not in query["sql"]])

    statements()
    few = statements()
    ContactFactory.create_batch(10, organisation=ada.organisation)
    assert statements() == few

"""Selected rows, chosen columns and exports of both, without script: what the server makes of what is sent."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Contact, Login
from audit.grids.bulk import counted, selected_pattern
from audit.grids.export import LONGEST_CELL
from audit.grids.selection import MOST
from tests.factories import ContactFactory
from tests.grid_pages import PeopleTable

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.grid_pages")]


@pytest.fixture
def client(ada: Login) -> Client:
    client = Client()
    client.force_login(ada)
    return client


@pytest.fixture
def people(ada: Login) -> list[Contact]:
    Contact.objects.exclude(pk=ada.contact.pk).delete()
    return [
        ContactFactory(organisation=ada.organisation, last_name=f"Person {number:02}", email="") for number in range(30)
    ]


def body_of(response: Any) -> str:
    content: bytes = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode("utf-8-sig")


def rename(client: Client, **fields: Any) -> Any:
    return client.post("/lab/rename", fields)


def renamed() -> int:
    return Contact.objects.filter(last_name="Renamed").count()


def test_each_row_has_a_box_and_the_bar_its_deeds(client: Client, people: list[Contact]) -> None:
    page = body_of(client.get("/lab"))
    assert page.count("data-pick>") == 25
    assert f'name="selected" value="{people[0].public_id}" form="grid-selection"' in page
    assert 'aria-label="Select Person 00"' in page
    assert 'formaction="/lab/rename"' in page
    assert "Select all 31" in page
    assert 'data-one="1 person selected"' in page
    assert 'data-many="{count} people selected"' in page
    assert "data-pick" not in body_of(client.get(f"/lab/{people[0].public_id}"))


def test_a_deed_asks_first_and_then_acts_once(client: Client, people: list[Contact]) -> None:
    chosen = [people[1].public_id, people[2].public_id]
    asked = rename(client, selected=chosen, filter="last_name=person&sort=-email&page=2")
    assert asked.status_code == 200
    assert asked.context["confirmation"].names == ["Person 01", "Person 02"]
    assert renamed() == 0
    fields = dict(asked.context["selection"].hidden_fields)
    done = rename(client, **fields, confirmed="1", expected="2")
    assert (done.status_code, done["Location"]) == (303, "/lab?last_name=person&sort=-email&page=2")
    assert renamed() == 2


def test_every_row_of_the_filter_and_no_other(client: Client, people: list[Contact]) -> None:
    asked = rename(client, every="1", filter="?last_name=Person 1")
    confirmation = asked.context["confirmation"]
    assert (confirmation.selection.count, confirmation.typed, len(confirmation.names)) == (10, "10", 10)
    assert "To confirm, type 10" in body_of(asked)
    wrong = rename(client, every="1", filter="last_name=Person 1", confirmed="1", expected="10", typed="9")
    assert (wrong.status_code, renamed()) == (422, 0)
    changed = rename(client, every="1", filter="last_name=Person 1", confirmed="1", expected="11", typed="10")
    assert (changed.status_code, renamed()) == (409, 0)
    done = rename(client, every="1", filter="last_name=Person 1", confirmed="1", expected="10", typed=" 10 ")
    assert (done.status_code, renamed()) == (303, 10)


def test_more_than_ten_are_named_by_their_number(client: Client, people: list[Contact]) -> None:
    asked = body_of(rename(client, every="1"))
    assert "31 people" in asked
    assert "and 21 more" in asked


def test_the_ids_of_others_choose_nothing(client: Client, olga: Login, people: list[Contact]) -> None:
    strange = rename(client, selected=olga.contact.public_id, confirmed="1")
    assert strange.status_code == 422
    assert "Nothing is selected" in body_of(strange)
    assert "Rename</h1>" in body_of(strange)  # not "Rename 0 people"
    mixed = rename(client, selected=[olga.contact.public_id, people[0].public_id])
    assert mixed.context["selection"].count == 1


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"selected": ""},
        {"selected": "x\x01", "confirmed": "1"},
        {"selected": "'; DROP TABLE accounts_contact; --"},
        {"selected": "x" * 5000},
        {"every": "1", "filter": "last_name=nobody"},
        {"every": "1", "filter": "created_at_from=soon", "confirmed": "1"},
        {"selected": ",".join(f"con_{number:021}" for number in range(MOST + 1))},
    ],
)
def test_nothing_that_can_be_read_is_a_page_that_says_so(
    client: Client, people: list[Contact], fields: dict[str, str]
) -> None:
    answer = rename(client, **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in body_of(answer)
    assert renamed() == 0


def test_every_row_of_a_large_grid_is_too_many(
    client: Client, people: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.grids.selection.MOST", len(people))
    answer = rename(client, every="1", confirmed="1")
    assert answer.status_code == 422
    assert f"At most {len(people)} rows can be changed at once." in body_of(answer)
    assert renamed() == 0


def test_a_selection_costs_the_same_however_many(client: Client, people: list[Contact]) -> None:
    def queries(rows: list[Contact]) -> int:
        with CaptureQueriesContext(connection) as captured:
            rename(client, selected=",".join(row.public_id for row in rows))
        return len(captured)

    queries(people[:1])  # what a first request alone asks
    assert queries(people[:2]) == queries(people)


def test_the_selected_rows_are_exported_in_the_grids_order(client: Client, people: list[Contact]) -> None:
    chosen = ",".join(people[number].public_id for number in (4, 2, 9))
    rows = json.loads(body_of(client.get(f"/lab?export=json&sort=-last_name&selected={chosen}")))
    assert [row["last_name"] for row in rows] == ["Person 09", "Person 04", "Person 02"]
    every = client.get("/lab", {"export": "csv", "every": "1", "filter": "last_name=Person 0&sort=-last_name"})
    assert [row["Name"] for row in csv.DictReader(io.StringIO(body_of(every)))][:2] == ["Person 09", "Person 08"]
    nothing = client.get("/lab?export=csv&selected=")
    assert (nothing.status_code, "Nothing is selected" in body_of(nothing)) == (422, True)


def test_one_fact_about_the_selected_rows(client: Client, ada: Login, people: list[Contact]) -> None:
    fact = client.get(f"/lab?fact=1&selected={people[0].public_id}")
    assert (fact["Content-Type"], body_of(fact)) == ("text/plain; charset=utf-8", "none of them has a mail address")
    assert body_of(client.get(f"/lab?fact=1&selected={ada.contact.public_id}")) == ""


def test_words_of_a_count() -> None:
    assert counted(PeopleTable.noun, 1) == "1 person"
    assert counted(PeopleTable.noun, 1234) == "1,234 people"
    assert selected_pattern(PeopleTable.noun) == "{count} people selected"


def choose(client: Client, **fields: Any) -> Any:
    return client.post("/columns", {"grid": "people", "column": ["email", "phone", "created_at"], **fields})


def test_hidden_columns_leave_page_and_export_and_are_kept_for_each_grid(
    client: Client, ada: Login, people: list[Contact]
) -> None:
    done = choose(client, shown=["email"], next="/lab?sort=-last_name")
    assert (done.status_code, done["Location"]) == (303, "/lab?sort=-last_name")
    page = body_of(client.get("/lab"))
    assert 'data-label="Phone"' not in page
    assert 'name="created_at_from"' not in page
    rows = list(csv.DictReader(io.StringIO(body_of(client.get("/lab?export=csv")))))
    assert list(rows[0]) == ["Name", "E Mail"]
    assert 'data-label="Phone"' in body_of(client.get(f"/lab/{people[0].public_id}"))
    choose(client, shown=["email"], all="1")
    assert 'data-label="Phone"' in body_of(client.get("/lab"))


def test_the_first_column_and_the_actions_are_never_hidden(client: Client, people: list[Contact]) -> None:
    choose(client, column=["last_name", "actions", "email", "unknown"])
    page = body_of(client.get("/lab"))
    assert 'aria-label="Actions for Person 00"' in page
    assert 'class="name wide"' in page
    assert 'data-label="E Mail"' not in page


@pytest.mark.parametrize(
    "fields", [{"grid": "../x"}, {"grid": ""}, {"column": "<b>"}, {"column": [f"c{number}" for number in range(61)]}]
)
def test_what_is_no_column_of_a_grid_is_refused(client: Client, ada: Login, fields: dict[str, Any]) -> None:
    assert choose(client, **fields).status_code == 400
    ada.refresh_from_db()
    assert ada.hidden_columns == {}


@pytest.mark.parametrize("place", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", ""])
def test_a_choice_leads_nowhere_else(client: Client, place: str) -> None:
    assert choose(client, shown=["email"], next=place)["Location"] == "/"


def test_a_worksheet_keeps_what_a_cell_can_hold_and_runs_nothing(client: Client, ada: Login) -> None:
    hostile = ["=1+1", "＝1+1", "\n=1+1", '@SUM("x")', "_x0041_", "\x07bell", "<&>", "x" * 150]
    for name in hostile:
        ContactFactory(organisation=ada.organisation, last_name=name[:100], email="")
    Contact.objects.filter(last_name__startswith="xxx").update(notes="x" * (LONGEST_CELL + 5))
    book = zipfile.ZipFile(io.BytesIO(b"".join(client.get("/lab?export=xlsx").streaming_content)))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "_x005F_x0041_" in sheet
    assert "_x0007_bell" in sheet
    names = [row["Name"] for row in csv.DictReader(io.StringIO(body_of(client.get("/lab?export=csv")), newline=""))]
    assert {"'=1+1", "'＝1+1", "'\n=1+1", '\'@SUM("x")'} <= set(names)

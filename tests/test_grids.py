"""The one grid pattern: filters, sorting, pages, exports and menus, over contacts and over the ledger."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages.storage.fallback import FallbackStorage
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts.models import Contact, Login, Organisation
from audit.grids.export import FORMULA_STARTS, safe_cell
from audit.grids.filters import ChoiceFilter, DayRangeFilter, GridFilterSet, SearchFilter, TextFilter
from audit.grids.heads import EmptyState, PageHead
from audit.grids.menus import Entry, Menu
from audit.grids.paging import COUNT_CAP, count_text, whole_number
from audit.grids.tables import (
    ActionsColumn,
    DateTimeColumn,
    GridTable,
    LinkColumn,
    StatusColumn,
    TextColumn,
)
from audit.grids.tags import Tag, yes
from audit.grids.views import render_actions_page, render_grid
from tests.factories import ContactFactory


class ContactTable(GridTable):
    default_sort = "last_name"

    last_name = LinkColumn(to=lambda contact: f"/contacts/{contact.public_id}", verbose_name="Name")
    email = TextColumn(verbose_name="E Mail")
    state = StatusColumn(
        tag=lambda contact: yes("Yes") if contact.email else Tag("No login", "plain"), orderable=False, accessor="pk"
    )
    created_at = DateTimeColumn(verbose_name="Created On")
    actions = ActionsColumn(
        to=lambda contact: f"/contacts/{contact.public_id}/actions", label=lambda contact: contact.name
    )

    def is_spent(self, record: Any) -> bool:
        return not record.email


class ContactFilters(GridFilterSet):
    q = SearchFilter(fields=["first_name", "last_name", "email"], label="Search name, mail")
    last_name = TextFilter(label="Name")
    email = ChoiceFilter(choices=[("a@demo.example", "A"), ("b@demo.example", "B")], label="E Mail")
    created_at = DayRangeFilter(label="Created On")

    class Meta:
        model = Contact
        fields: list[str] = []


@pytest.fixture
def contacts(organisation: Organisation) -> list[Contact]:
    names = ["Byron", "albrecht", "Çelik", "Dietrich", "=SUM(A1)"]
    return [
        ContactFactory(organisation=organisation, first_name="P", last_name=name, email="" if i else "a@demo.example")
        for i, name in enumerate(names)
    ]


def asked(address: str = "/", login: Any = None, **headers: str) -> Any:
    request = RequestFactory().get(address, headers=headers)
    request.user = login or AnonymousUser()
    request.session = {}
    request._messages = FallbackStorage(request)
    return request


def grid(address: str = "/", login: Any = None, headers: dict[str, str] | None = None, **options: Any) -> Any:
    return render_grid(
        asked(address, login, **(headers or {})),
        table_class=ContactTable,
        filterset_class=ContactFilters,
        queryset=Contact.objects.all(),
        head=PageHead(title="Contacts", sentence="People."),
        export_name="contacts",
        **options,
    )


def text_of(response: HttpResponse) -> str:
    assert response.status_code == 200
    return response.content.decode()


def test_a_page_shows_title_count_and_rows(contacts: list[Contact]) -> None:
    page = text_of(grid())
    assert "<h1>Contacts" in page
    assert "1–5 of 5" in page
    assert "Albrecht" not in page
    assert page.count('aria-label="Actions for ') == 5


def test_sorting_ignores_case_and_names_its_direction(contacts: list[Contact]) -> None:
    rising, falling = text_of(grid("/?sort=last_name")), text_of(grid("/?sort=-last_name"))
    assert rising.index("albrecht") < rising.index("Byron") < rising.index("Dietrich")
    assert falling.index("Dietrich") < falling.index("Byron") < falling.index("albrecht")
    assert 'aria-sort="ascending"' in rising
    assert 'aria-sort="descending"' in falling


def test_a_filter_narrows_and_shows_as_a_chip_that_clears_it(contacts: list[Contact]) -> None:
    page = text_of(grid("/?last_name=byr&sort=-email"))
    assert "Byron" in page
    assert "Dietrich" not in page
    assert "Name: byr" in page
    assert 'href="?sort=-email"' in page
    assert "1 of 5" in page


def test_search_looks_into_every_field(contacts: list[Contact]) -> None:
    assert "1–1 of 1" in text_of(grid("/?q=A@DEMO"))


def test_a_value_that_cannot_be_is_told_and_hides_nothing(contacts: list[Contact]) -> None:
    page = text_of(grid("/?email=nobody@demo.example&created_at_from=soon"))
    assert page.count("note-error") == 2
    assert "1–5 of 5" in page


def test_no_match_says_so_and_offers_to_clear(contacts: list[Contact]) -> None:
    page = text_of(grid("/?last_name=nobody"))
    assert "Nothing matches these filters." in page


def test_nothing_yet_shows_the_empty_state(organisation: Organisation) -> None:
    page = text_of(grid(empty=EmptyState(title="No contact yet", sentence="Make one.")))
    assert "No contact yet" in page
    assert "<table" not in page


def test_days_are_those_of_the_active_time_zone(contacts: list[Contact]) -> None:
    day = contacts[0].created_at.date().isoformat()
    assert "of 5" in text_of(grid(f"/?created_at_from={day}&created_at_to={day}"))
    assert "Nothing matches" in text_of(grid("/?created_at_to=2001-01-01"))


@pytest.mark.parametrize(
    "query",
    [
        "page=0", "page=-1", "page=999999999999999999999999", "page=1e9", "page=%00", "page=٣",
        "size=7", "size=100000", "sort=password", "sort=--name", "sort=organisation__id", "sort=%27%3B", "sort=-",
        "q=%00", "last_name=%00%01", "email[]=x", "created_at_from=0001-01-01", "created_at_to=9999-12-31",
        "created_at_from=2026-13-45", "before=-5", "before=99999999999999999999", "after=%00", "export=exe",
        "q=" + "x" * 5000, "last_name=%25_%5C", "=&&&", "unknown=1", "last_name=a&last_name=b",
    ],
)  # fmt: skip
def test_hostile_parameters_are_never_an_error(contacts: list[Contact], query: str) -> None:
    assert grid(f"/?{query}").status_code == 200
    assert keyed(f"/?{query}").status_code == 200


def test_no_page_holds_nul(contacts: list[Contact]) -> None:
    """It is shown as what it cannot be; as before it finds nothing."""
    query = "/?q=a%00b&last_name=%00%01&sort=%00&created_at_from=%00&email=%00"
    for page in (text_of(grid(query)), text_of(keyed(query))):
        assert "\x00" not in page
    page = text_of(grid("/?q=a%00b"))
    assert "a\ufffdb" in page
    assert contacts[0].last_name not in page


def test_what_was_typed_comes_back_escaped(contacts: list[Contact]) -> None:
    page = text_of(grid('/?q="><script>x</script>&email=<b>&created_at_from="><i>'))
    assert "<script>x" not in page
    assert "<b>" not in page
    assert "<i>" not in page


def test_pages_are_bounded_and_keep_filter_and_order(organisation: Organisation) -> None:
    ContactFactory.create_batch(60, organisation=organisation, last_name="Same")
    first, last = text_of(grid("/?last_name=same&sort=-last_name")), text_of(grid("/?page=99"))
    assert "1–25 of 60" in first
    assert "last_name=same&amp;sort=-last_name&amp;page=2" in first
    assert "51–60 of 60" in last
    assert 'rel="next"' not in last


def keyed(address: str) -> Any:
    return render_grid(
        asked(address),
        table_class=ContactTable,
        filterset_class=ContactFilters,
        queryset=Contact.objects.all(),
        head=PageHead(title="Log"),
        export_name="log",
        keyset=True,
    )


def test_a_log_pages_by_key_newest_first_there_and_back(organisation: Organisation) -> None:
    made = ContactFactory.create_batch(60, organisation=organisation)
    newest = text_of(keyed("/?size=25"))
    assert made[59].public_id in newest
    assert made[34].public_id not in newest
    assert 'rel="prev"' not in newest
    older = text_of(keyed(f"/?size=25&before={made[35].pk}"))
    assert made[34].public_id in older
    assert made[35].public_id not in older
    assert f"after={made[34].pk}" in older
    assert text_of(keyed(f"/?size=25&after={made[34].pk}")).count("data-menu ") == 25


def test_a_log_is_never_counted(contacts: list[Contact]) -> None:
    with CaptureQueriesContext(connection) as queries:
        keyed("/?last_name=byr")
    assert not [query for query in queries if "COUNT(" in query["sql"]]


def test_more_rows_cost_no_more_queries(organisation: Organisation) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            grid("/?last_name=n")
        return len(captured)

    ContactFactory.create_batch(3, organisation=organisation, last_name="One")
    few = queries()
    ContactFactory.create_batch(20, organisation=organisation, last_name="None")
    assert queries() == few


def test_counts_are_capped() -> None:
    assert count_text(COUNT_CAP) == "10,000"
    assert count_text(COUNT_CAP + 1) == "10,000+"


@pytest.mark.parametrize(("text", "number"), [("12", 12), ("-1", None), ("", None), ("1.5", None), ("9" * 30, None)])
def test_numbers_of_an_address_are_plain_digits(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def streamed(response: StreamingHttpResponse) -> bytes:
    return b"".join(response.streaming_content)  # type: ignore[arg-type]


def test_csv_holds_every_row_of_the_filter_and_no_formula(contacts: list[Contact]) -> None:
    response = grid("/?export=csv&page=2&sort=last_name")
    assert response["Content-Disposition"].startswith('attachment; filename="contacts-')
    body = streamed(response)
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))
    assert [row["Name"] for row in rows][:2] == ["'=SUM(A1)", "albrecht"]
    assert len(rows) == 5
    assert rows[2]["State"] == "Yes"
    assert "Actions" not in rows[0]


@pytest.mark.parametrize("text", ["=1", "'=1", "''＝1", "-", "'", "plain", "O'Brien", "'n", "\n=1"])
def test_one_apostrophe_less_is_the_text_again(text: str) -> None:
    written = safe_cell(text)
    assert not written.startswith(FORMULA_STARTS)
    assert (written[1:] if written.lstrip("'").startswith(FORMULA_STARTS) else written) == text


def test_json_is_keyed_by_the_columns_names(contacts: list[Contact]) -> None:
    rows = json.loads(streamed(grid("/?export=json&last_name=byron")))
    assert [row["last_name"] for row in rows] == ["Byron"]
    assert rows[0]["created_at"].count(":") >= 2
    assert json.loads(streamed(grid("/?export=json&last_name=nobody"))) == []


def test_xlsx_holds_text_not_formulas(contacts: list[Contact]) -> None:
    book = zipfile.ZipFile(io.BytesIO(streamed(grid("/?export=xlsx"))))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=SUM(A1)" in sheet


def test_script_gets_the_grid_alone(contacts: list[Contact]) -> None:
    part = text_of(grid("/?last_name=byr", headers={"HX-Request": "true"}))
    assert "<html" not in part
    assert "Byron" in part
    assert "HX-Request" in grid()["Vary"]


MENU = Menu(
    "Peter <John>",
    [
        [Entry("Login", "/login", "log-in", hint="1 login")],
        [],
        [
            Entry("Enable Login", "/enable", method="post", reason="already enabled"),
            Entry("Disable Login", "/disable", "ban", danger=True, method="post"),
            Entry("Delete Contact…", "/delete", danger=True, method="dialog"),
        ],
    ],
)


def test_an_actions_page_works_without_script(ada: Login) -> None:
    page = text_of(render_actions_page(asked(login=ada), menu=MENU, back_url="/contacts"))
    assert "Actions for Peter &lt;John&gt;" in page
    assert '<form method="post" action="/disable">' in page
    assert 'href="/delete" data-entry data-dialog' in page
    assert 'href="/contacts"' in page
    assert page.count('class="menu-group"') == 2


def test_what_cannot_be_done_now_has_a_reason_and_no_address() -> None:
    page = text_of(render_actions_page(asked(**{"HX-Request": "true"}), menu=MENU, back_url="/contacts"))
    assert "/enable" not in page
    assert "already enabled" in page
    assert "<html" not in page

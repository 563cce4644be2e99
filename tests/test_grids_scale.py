"""Logs of any size: what takes too long is given up aloud, names have indexes, the planner knows what it reads."""

import json
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.called import logins_called
from accounts.models import Login
from audit import planning, querysets, short_reading
from audit.grids import paging
from audit.models import Entry, PendingSeal
from audit.querysets import EntryQuerySet
from audit.short_reading import TakesTooLong
from audit.verbs import Result, Verb
from tests.audit_entries import entry
from tests.factories import AccessTokenFactory
from tokens.models import AccessToken, name_key

LATE = "This takes too long to find."
ON_POSTGRESQL = pytest.mark.skipif(connection.vendor != "postgresql", reason="it is about PostgreSQL's planner")
COUNTING = (
    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {})"
    " SELECT max(n) FROM counted"
)


def read_slowly(steps: int = 1_000_000_000) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(20)" if connection.vendor == "postgresql" else COUNTING.format(steps))


@pytest.mark.django_db(transaction=True)
class TestWhatTakesTooLong:
    def test_it_is_given_up_and_the_connection_serves_on(self) -> None:
        began = time.monotonic()
        with pytest.raises(TakesTooLong), short_reading.short_reading(0.2):
            read_slowly()
        assert time.monotonic() - began < 10
        assert Entry.objects.count() == 0

    def test_its_page_says_so_and_what_to_do(self, ada: Login, monkeypatch: Any) -> None:
        """Without a word about there being nothing, which nobody knows."""
        monkeypatch.setattr(short_reading, "SECONDS", 0.2)
        monkeypatch.setattr(paging, "keyed_page", lambda rows, parameters: read_slowly())
        client = Client()
        client.force_login(ada)
        answer = client.get("/administrator/activity?activity=changes")
        shown = answer.content.decode()
        assert (answer.status_code, LATE in shown, "Not looked for to the end." in shown) == (200, True, True)
        assert "Nothing matches" not in client.get("/administrator/activity").content.decode()

    def test_without_the_limit_it_goes_on(self, monkeypatch: Any) -> None:
        """The control: the statement is one that the limit ends."""
        monkeypatch.setattr(short_reading, f"_limited_on_{connection.vendor}", lambda seconds: nullcontext())
        with connection.cursor() as cursor, short_reading.short_reading(0.05):
            cursor.execute("SELECT pg_sleep(0.3)" if connection.vendor == "postgresql" else COUNTING.format(1_000_000))

    def test_what_follows_is_not_limited(self) -> None:
        with short_reading.short_reading(0.1):
            assert Entry.objects.count() == 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)" if connection.vendor == "postgresql" else COUNTING.format(1_000_000))


def on_thing(login: Login, text: str) -> list[int]:
    rows: EntryQuerySet = Entry.objects.of_organisation(login.organisation_id)
    return sorted(rows.on_thing(login.organisation_id, text).values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_thing_is_found_by_its_id_or_its_name_and_by_both(olivia: Login, olga: Login) -> None:
    one = entry(olivia, Verb.DEPARTMENT_UPDATE, subject_kind="department", subject_id="dep_1", subject_label="Énergie")
    other = entry(olivia, Verb.DEPARTMENT_CREATE, subject_kind="department", subject_id="dep_2", subject_label="dep_1")
    entry(olivia, Verb.REPORT_READ, subject_kind="report", subject_id="dep_1", subject_label="Énergie")
    entry(olga, Verb.DEPARTMENT_UPDATE, subject_kind="department", subject_id="dep_1", subject_label="Énergie")
    assert on_thing(olivia, "Énergie") == [one.pk]
    assert on_thing(olivia, "dep_2") == on_thing(olivia, "DEP_1") == [other.pk]
    assert on_thing(olivia, "dep_1") == [one.pk, other.pk]
    assert on_thing(olivia, "dep") == []


@pytest.mark.django_db
def test_of_few_people_and_of_many_the_same_is_found(
    olivia: Login, vera: Login, peter: Login, monkeypatch: Any
) -> None:
    token = AccessTokenFactory(owner=olivia)
    call = entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, subject_id="", subject_kind="", actor_id="")
    deed = entry(vera, Verb.LOGIN_UPDATE, subject_id=olivia.public_id, owner_id="")
    entry(peter, Verb.SIGN_IN)
    people = Login.objects.filter(pk__in=[olivia.pk, vera.pk])

    def found() -> tuple[list[int], bool]:
        rows = Entry.objects.about(people)
        return list(rows.order_by("pk").values_list("pk", flat=True)), "accounts_login" in str(rows.query)

    assert found() == ([call.pk, deed.pk], False)
    monkeypatch.setattr(querysets, "NAMED", 1)
    assert found() == ([call.pk, deed.pk], True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/administrator/token-logs", {"activity": "changes", "result": "ok"}),
        ("/administrator/token-logs", {"actor": "root", "sent_as": "bearer"}),
        ("/administrator/activity", {"actor": "reports api", "activity": "token.create"}),
        ("/administrator/activity", {"activity": "token.authenticate", "channel": "console"}),
    ],
)
def test_what_excludes_itself_is_not_looked_for(ada: Login, path: str, asked: dict[str, str]) -> None:
    """One filter asks for calls, the other for anything but calls."""
    client = Client()
    client.force_login(ada)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path, asked)
    assert "Nothing matches these filters." in answer.content.decode()
    assert not [query for query in captured if 'FROM "audit_entry"' in query["sql"] and '"user_agent"' in query["sql"]]


@pytest.mark.django_db
def test_people_are_found_by_user_name_id_and_whole_name(olivia: Login, vera: Login, olga: Login) -> None:
    organisation = olivia.organisation_id
    for text in ("Olivia@Demo.example", olivia.public_id, "OLIVIA novak", "Olivia Novak"):
        assert logins_called(organisation, text) == [olivia.public_id]
    assert logins_called(organisation, "Olivia") == logins_called(organisation, olga.user_name) == []


@pytest.mark.django_db
def test_what_waits_for_its_seal_is_counted_to_a_limit(ada: Login, monkeypatch: Any) -> None:
    monkeypatch.setattr(paging, "COUNT_CAP", 3)
    PendingSeal.objects.bulk_create(PendingSeal(entry_id=10**9 + number) for number in range(5))
    client = Client()
    client.force_login(ada)
    assert "3+ entries" in client.get("/administrator/ledger").content.decode()


def plan_of(rows: Any) -> str:
    """The plan of a table that is too small to be worth an index: what could serve, does."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    return str(rows.explain())


@ON_POSTGRESQL
@pytest.mark.django_db
def test_names_are_looked_up_by_indexes(olivia: Login) -> None:
    AccessTokenFactory(owner=olivia, name="Ledger")
    assert "contact_full_name" in plan_of(Login.objects.of_organisation(olivia.organisation_id).called("Olivia Novak"))
    tokens = AccessToken.objects.of_organisation(olivia.organisation_id)
    assert "token_name" in plan_of(tokens.filter(name_key=name_key("Ledger")))


def expected_rows(rows: Any) -> int:
    """How many the planner expects."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_entry")
    plan = rows.explain(format="json")
    return int(json.loads(plan)[0]["Plan"]["Plan Rows"])


@ON_POSTGRESQL
@pytest.mark.django_db
def test_the_planner_knows_that_only_calls_are_refused(olivia: Login) -> None:
    """Else it expects so few that it reads all there are, to sort them."""
    usual = {"organisation_id": olivia.organisation_id, "channel": "api", "token_id": "api_1"}
    planned: list[tuple[int, Callable[[], Entry]]] = [
        (700, lambda: Entry(verb=Verb.TOKEN_AUTHENTICATE, scheme="bearer", **usual)),
        (30, lambda: Entry(verb=Verb.TOKEN_AUTHENTICATE, result=Result.FAIL, reason="expired", **usual)),
        (1_270, lambda: Entry(verb=Verb.REPORT_READ, scheme="bearer", **usual)),
    ]
    Entry.objects.bulk_create(made() for count, made in planned for _number in range(count))
    refused = Entry.objects.of_organisation(olivia.organisation_id).filter(
        verb=Verb.TOKEN_AUTHENTICATE, result=Result.FAIL, reason="expired"
    )
    assert 20 <= expected_rows(refused) <= 40
    planning.drop(connection)
    assert expected_rows(refused) < 10

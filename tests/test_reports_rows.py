"""Which rows a report gives: the owner's own, and those of departments in which the report's permission holds."""

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Department, Login, Organisation, UserType
from accounts.pairs import Pair
from accounts.permissions import ADMINISTRATOR_ONLY
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.cast import Places, person
from tests.factories import AccessTokenFactory, ContactFactory, DepartmentFactory, UserTypeFactory
from tokens.reports.parameters import chosen
from tokens.reports.reader import Reader
from tokens.reports.registry import report_named, reports

pytestmark = pytest.mark.django_db

# The column that names whose row it is.
PERSON = {
    "ContactsAndLogins": "User Name",
    "TokenInventory": "User Name",
    "TokenActivity": "User Name",
    "RecentLogins": "User Name",
    "ReportUsage": "User Name",
}
RIGHT = {
    "ContactsAndLogins": "contact:view",
    "TokenInventory": "token:view_all",
    "TokenActivity": "log:view",
    "RecentLogins": "log:view",
    "ReportUsage": "log:view",
}


def reader_for(login: Login, pairs: Iterable[Pair] | None = None) -> Reader:
    login = Login.objects.get(pk=login.pk)
    own = login.pairs if pairs is None else frozenset(pairs)
    return Reader(login.organisation_id, login.pk, login.public_id, own, ZoneInfo("UTC"))


def rows(name: str, login: Login, pairs: Iterable[Pair] | None = None, **given: str) -> list[dict[str, Any]]:
    report, reader = report_named(name, login.organisation_id), reader_for(login, pairs)
    wanted = chosen(report.parameters, {key: [value] for key, value in given.items()}, reader)
    return [dict(zip(report.captions, row, strict=True)) for row in report.values(reader, wanted)]


def people(name: str, login: Login, pairs: Iterable[Pair] | None = None, **given: str) -> set[str | None]:
    return {row[PERSON[name]] for row in rows(name, login, pairs, **given)}


def assign(login: Login, user_type: UserType, department: Department | None) -> Pair:
    return login.assignments.create(user_type=user_type, department=department).pair


@pytest.fixture
def everybody(
    ada: Login, olivia: Login, peter: Login, vera: Login, robot: Login, olga: Login, places: Places
) -> dict[str, Login]:
    """The cast with Eve in Energy itself; everyone with a token, a token's entry, a sign-in and a report call."""
    eve = person(
        ada.organisation, "Eve", "Energy", "eve@demo.example",
        user_type="general-user", user_type__department=places.energy,
    )  # fmt: skip
    found = {"ada": ada, "olivia": olivia, "peter": peter, "vera": vera, "robot": robot, "olga": olga, "eve": eve}
    for login in found.values():
        token = AccessTokenFactory(owner=login)
        entry(login, Verb.TOKEN_AUTHENTICATE, token=token)
        entry(login, Verb.SIGN_IN)
        details = {"parameters": {}, "format": "csv", "rows": 3, "complete": True}
        entry(login, Verb.REPORT_READ, token=token, subject_kind="report", subject_id="TokenActivity", details=details)
    return found


def names(*firsts: str) -> set[str]:
    return {"peter.john@demo.example" if first == "peter" else f"{first}@demo.example" for first in firsts}


def reached(name: str, own: str, *others: str) -> set[str]:
    """Whom a user type other than System Administrator reaches: nobody else by a right that is theirs alone."""
    return names(own) if RIGHT[name] in ADMINISTRATOR_ONLY else names(own, *others)


@pytest.fixture
def watcher(organisation: Organisation) -> UserType:
    """A user type that may see everything that a report needs."""
    return UserTypeFactory(organisation=organisation, permissions=["report:read", *set(RIGHT.values())])


@pytest.mark.parametrize("name", list(RIGHT))
class TestEveryReport:
    def test_without_the_right_only_own_rows(self, name, everybody):
        assert people(name, everybody["peter"]) == names("peter")

    def test_with_the_right_everywhere_all_of_the_organisation(self, name, everybody):
        assert people(name, everybody["ada"]) == names("ada", "olivia", "peter", "vera", "robot", "eve")

    def test_another_organisation_gets_its_own(self, name, everybody):
        assert people(name, everybody["olga"]) == {"olga@other.example"}

    def test_a_department_without_the_other(self, name, everybody, places, watcher):
        assign(everybody["vera"], watcher, places.finance)
        assert people(name, everybody["vera"]) == reached(name, "vera", "olivia")

    def test_a_department_includes_those_below(self, name, everybody, places, watcher):
        assign(everybody["vera"], watcher, places.energy)
        assert people(name, everybody["vera"]) == reached(name, "vera", "olivia", "peter", "eve")

    def test_a_department_does_not_include_the_one_above(self, name, everybody, places, watcher):
        assign(everybody["vera"], watcher, places.south)
        assert people(name, everybody["vera"]) == reached(name, "vera", "olivia", "peter")

    def test_right_and_department_of_two_assignments_are_never_mixed(self, name, everybody, places, watcher):
        # Olivia is a General User in Finance and South; the right in Energy's sister gives nothing there.
        north = DepartmentFactory(organisation=places.energy.organisation, name="North")
        assign(everybody["olivia"], watcher, north)
        assert people(name, everybody["olivia"]) == names("olivia")

    def test_a_restricted_token_loses_the_other_pairs_rights(self, name, everybody, places, watcher):
        pair = assign(everybody["olivia"], watcher, places.energy)
        assert people(name, everybody["olivia"]) == reached(name, "olivia", "peter", "eve")
        rest = everybody["olivia"].pairs - {pair}
        assert people(name, everybody["olivia"], rest) == names("olivia")

    def test_a_user_type_of_another_organisation_gives_nothing(self, name, everybody):
        foreign = everybody["olga"].organisation.user_types.get(slug="owner")
        assert people(name, everybody["peter"], [Pair(foreign.pk, None)]) <= names("peter")

    def test_a_department_is_chosen_with_those_below(self, name, everybody, places):
        chosen_here = {"Department_Id": places.energy.public_id}
        assert people(name, everybody["ada"], **chosen_here) == names("olivia", "peter", "eve")

    def test_a_login_is_chosen(self, name, everybody):
        assert people(name, everybody["ada"], Login_Id=everybody["peter"].public_id) == names("peter")

    def test_a_choice_never_widens(self, name, everybody, places, watcher):
        assign(everybody["vera"], watcher, places.south)
        values = report_named(name, everybody["vera"].organisation_id).parameters
        offered = {
            value.value
            for parameter in values
            if parameter.name == "Login_Id"
            for value in parameter.available(reader_for(everybody["vera"]))
        }
        logins = {login.user_name: login.public_id for login in everybody.values()}
        assert offered == {"", *(logins[one] for one in reached(name, "vera", "olivia", "peter"))}


def test_rows_of_contacts_are_of_departments_in_reach(everybody, places, watcher):
    """Olivia is in Finance and in South: who reaches South sees her row of South alone."""
    assign(everybody["vera"], watcher, places.south)
    found = [row["Department"] for row in rows("ContactsAndLogins", everybody["vera"]) if row["First Name"] == "Olivia"]
    assert found == [places.south.pk]


def test_a_token_of_one_pair_shows_no_row_of_the_other(everybody, places):
    olivia = everybody["olivia"]
    pair = next(pair for pair in olivia.pairs if pair.department_id == places.finance.pk)
    assert [row["Department"] for row in rows("ContactsAndLogins", olivia, [pair])] == [places.finance.pk]


def test_a_contact_without_login_needs_the_whole_organisation(everybody, places, watcher):
    ContactFactory(organisation=everybody["ada"].organisation, first_name="Nobody")
    assert None in people("ContactsAndLogins", everybody["ada"])
    for department in (places.energy, places.finance):
        assign(everybody["vera"], watcher, department)
    assert None not in people("ContactsAndLogins", everybody["vera"])
    assert None not in people("ContactsAndLogins", everybody["peter"])


def test_contacts_are_filtered_by_the_state_of_their_logins(everybody):
    ContactFactory(organisation=everybody["ada"].organisation, first_name="Nobody")
    Login.objects.filter(pk=everybody["eve"].pk).update(enabled=False)
    ada = everybody["ada"]
    assert people("ContactsAndLogins", ada, Filter_By="1") == names("ada", "olivia", "peter", "vera", "robot")
    assert people("ContactsAndLogins", ada, Filter_By="2") == names("eve")
    assert people("ContactsAndLogins", ada, Filter_By="3") == {None}


def test_entries_of_a_deleted_login_stay_for_the_whole_organisation(everybody, places, watcher):
    everybody["peter"].delete()
    assign(everybody["vera"], watcher, places.south)
    assert "peter.john@demo.example" in people("TokenActivity", everybody["ada"])
    assert "peter.john@demo.example" not in people("TokenActivity", everybody["vera"])


def test_the_period_is_months_back_from_the_end_of_a_day(everybody):
    ada = everybody["ada"]
    entry(ada, Verb.SIGN_IN, days_ago=100, request_id="old")
    found = {row["Request Id"] for row in rows("RecentLogins", ada, Period="3")}
    assert "old" not in found
    assert "old" in {row["Request Id"] for row in rows("RecentLogins", ada, Period="6")}
    assert rows("RecentLogins", ada, Period="1", End_Period="2020/01/31") == []


def test_only_the_use_of_a_token_has_a_result(everybody):
    ada = everybody["ada"]
    token = ada.tokens.get()
    entry(ada, Verb.TOKEN_CREATE, token=token)
    entry(ada, Verb.TOKEN_AUTHENTICATE, token=token, result="fail", reason="expired")
    mine = {"Login_Id": ada.public_id}
    found = [
        (row["Activity"], row["Activity By"], row["Authentication Result"])
        for row in rows("TokenActivity", ada, **mine)
    ]
    assert found == [
        ("token.authenticate", "Reports API", "fail"),
        ("token.create", "Ada Byron", None),
        ("token.authenticate", "Reports API", "ok"),
    ]
    assert len(rows("TokenActivity", ada, Activity="CREATE", **mine)) == 1
    assert [row["Reason"] for row in rows("TokenActivity", ada, Result="Fail", **mine)] == ["expired"]


def test_tokens_are_filtered_by_status(everybody):
    assert len(rows("TokenInventory", everybody["ada"], Status="not_generated")) == 6
    assert rows("TokenInventory", everybody["ada"], Status="expired") == []


def test_names_and_ids_are_each_used_once():
    found = reports()
    assert list(found)[:5] == list(RIGHT)
    assert len({report.id for report in found.values()}) == len(found)

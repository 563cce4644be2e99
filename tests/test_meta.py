"""The meta addresses, in the published shapes to the letter."""

from urllib.parse import quote

import pytest

from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)

NAMES = [
    {"report_Id": 101, "name": "ContactsAndLogins"},
    {"report_Id": 102, "name": "TokenInventory"},
    {"report_Id": 103, "name": "TokenActivity"},
    {"report_Id": 104, "name": "RecentLogins"},
    {"report_Id": 105, "name": "ReportUsage"},
    {"report_Id": 1661, "name": "_Envizi-RecentLogins"},
    {"report_Id": 1661, "name": "Recent Logins"},
    {"report_Id": 1561, "name": "_Envizi-ReportUsageDetails"},
    {"report_Id": 1561, "name": "Report Usage Details"},
    {"report_Id": 1522, "name": "_Envizi-ExtractForContacts"},
    {"report_Id": 1522, "name": "Extract For Contacts"},
]


def parameters(call, jwt, report):
    [answer] = call(jwt, f"/api/meta/reports/{report}").json()
    return answer["associateId"], {parameter["name"]: parameter for parameter in answer["params"]}


def test_meta_names_the_organisation_and_the_reports(call, olivia):
    response = call(valid_token(olivia)[1], "/api/meta")
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "private, no-cache"
    assert response.json() == {
        "associates": [{"associate_Id": olivia.organisation_id, "name": "Demo Organisation"}],
        "reports": NAMES,
    }


def test_the_reports_are_a_bare_array(call, olivia):
    assert call(valid_token(olivia)[1], "/api/meta/reports").json() == NAMES


@pytest.mark.parametrize("name", [entry["name"] for entry in NAMES])
def test_every_name_that_is_listed_opens_its_report(call, olivia, name):
    _, jwt = valid_token(olivia)
    assert call(jwt, f"/api/meta/reports/{quote(name)}").status_code == 200
    response = call(jwt, f"/api/data/{quote(name)}")
    assert response.status_code == 200
    assert b"".join(response.streaming_content).startswith(b"[")


def test_a_report_known_by_two_names_is_recorded_under_one(call, olivia):
    _, jwt = valid_token(olivia)
    for name in ("_Envizi-RecentLogins", "Recent Logins"):
        b"".join(call(jwt, f"/api/data/{quote(name)}").streaming_content)
    read = Entry.objects.filter(verb=Verb.REPORT_READ).values_list("subject_id", flat=True)
    assert list(read) == ["_Envizi-RecentLogins"] * 2


def test_a_content_type_on_get_does_no_harm(call, olivia):
    response = call(valid_token(olivia)[1], "/api/meta/reports", CONTENT_TYPE="application/json")
    assert response.status_code == 200


def test_parameters_have_defaults_and_values(call, ada, places):
    associate, found = parameters(call, valid_token(ada)[1], "TokenActivity")
    assert associate == ada.organisation_id
    assert list(found) == ["Period", "End_Period", "Department_Id", "Login_Id", "Activity", "Result"]
    assert found["Period"]["defaultValue"] == 12
    assert found["Period"]["availableValues"][0] == {"name": "1 month", "value": 1}
    assert [value["value"] for value in found["Period"]["availableValues"]] == [1, 3, 6, 9, 12, 24, 36, 48, 60]
    assert found["End_Period"] == {"name": "End_Period", "defaultValue": None, "availableValues": []}
    assert found["Department_Id"] == {
        "name": "Department_Id",
        "defaultValue": None,
        "availableValues": [
            {"name": "All Departments", "value": ""},
            {"name": "Energy", "value": places.energy.public_id},
            {"name": "Energy > South", "value": places.south.public_id},
            {"name": "Finance", "value": places.finance.public_id},
        ],
    }


def test_ids_are_texts_and_filters_are_numbers(call, ada):
    _, found = parameters(call, valid_token(ada)[1], "ContactsAndLogins")
    assert {type(value["value"]) for value in found["Login_Id"]["availableValues"]} == {str}
    assert {type(value["value"]) for value in found["Filter_By"]["availableValues"]} == {int}


def test_values_are_those_in_reach_alone(call, olivia, peter, olga, places):
    _, found = parameters(call, valid_token(olivia)[1], "TokenInventory")
    assert [value["value"] for value in found["Login_Id"]["availableValues"]] == ["", olivia.public_id]
    assert {value["value"] for value in found["Department_Id"]["availableValues"]} == {
        "", places.finance.public_id, places.south.public_id,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "meta", "data"), [(Scope.META, 200, 403), (Scope.REPORT, 403, 200), (Scope.TOKEN, 403, 403)]
)
def test_each_address_needs_its_scope(call, olivia, scope, meta, data):
    _, jwt = valid_token(olivia, scopes=int(scope))
    for address in ("/api/meta", "/api/meta/reports", "/api/meta/reports/TokenActivity"):
        assert call(jwt, address).status_code == meta
    response = call(jwt, "/api/data/TokenActivity")
    assert response.status_code == data
    response.close()
    if data == 403:
        assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


@pytest.mark.parametrize(
    "address", ["/api/meta", "/api/meta/reports", "/api/meta/reports/TokenActivity", "/api/data/TokenActivity"]
)
def test_only_reading(call, client, olivia, address):
    headers = {"HTTP_AUTHORIZATION": f"Bearer {valid_token(olivia)[1]}"}
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        response = client.generic(method, address, **headers)
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"
    assert client.head(address, **headers).status_code == 200

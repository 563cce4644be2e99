"""What can be asked of a report: wrong parameters are named, with what would do."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tokens.reports import periods

UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("months", "end", "first", "after"),
    [
        (1, "2026/11/30", "2026-11-01", "2026-12-01"),
        (6, "2024/04/30", "2023-11-01", "2024-05-01"),
        (1, "2026-11-21", "2026-10-22", "2026-11-22"),
        (12, "2024/02/29", "2023-03-01", "2024-03-01"),
        (3, "2026/5/30", "2026-02-28", "2026-05-31"),
        (60, "2026/01/01", "2021-01-02", "2026-01-02"),
    ],
)
def test_a_period_counts_whole_months_back(months, end, first, after):
    found = periods.bounds(months, periods.day(end), UTC)
    assert [moment.date().isoformat() for moment in found] == [first, after]


def test_a_day_is_one_of_the_readers_zone():
    start, end = periods.bounds(1, dt.date(2026, 11, 30), ZoneInfo("Europe/Istanbul"))
    assert (start.isoformat(), end.isoformat()) == ("2026-11-01T00:00:00+03:00", "2026-12-01T00:00:00+03:00")


@pytest.mark.parametrize("text", ["", "tomorrow", "2026/13/01", "2026/02/30", "30/11/2026", "1999/12/31", "٢٠٢٦/١١/٣٠"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        periods.day(text)


@pytest.fixture
def mine(olivia):
    return valid_token(olivia)[1]


def refusal(call, jwt, address):
    response = call(jwt, address)
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()


@pytest.mark.django_db(transaction=True)
class TestRefusals:
    @pytest.mark.parametrize(
        ("query", "parameter", "allowed"),
        [
            ("Period=2", "Period", [1, 3, 6, 9, 12, 24, 36, 48, 60]),
            ("Period=six", "Period", [1, 3, 6, 9, 12, 24, 36, 48, 60]),
            ("Activity=LOGIN", "Activity", ["", "CREATE", "GENERATE", "UPDATE", "REVOKE", "AUTHENTICATE"]),
            ("Result=ok", "Result", ["", "OK", "Fail"]),
            ("period=6", "period", ["Period", "End_Period", "Department_Id", "Login_Id", "Activity", "Result"]),
            ("Period=6&Period=6", "Period", []),
            ("format=xml", "format", ["json", "csv", "ndjson", "xlsx"]),
            ("format=csv&format=json", "format", ["json", "csv", "ndjson", "xlsx"]),
        ],
    )
    def test_a_wrong_parameter_is_named_with_what_would_do(self, call, mine, query, parameter, allowed):
        status, problem = refusal(call, mine, f"/api/data/TokenActivity?{query}")
        assert (status, problem["reason"]) == (400, "wrong_parameter")
        assert (problem["parameter"], problem["allowed"]) == (parameter, allowed)

    def test_a_wrong_day_is_told_the_form(self, call, mine):
        status, problem = refusal(call, mine, "/api/data/TokenActivity?End_Period=30.11.2026")
        assert (status, problem["parameter"], problem["allowed"][0]) == (400, "End_Period", "YYYY/MM/DD")

    def test_foreign_ids_are_as_wrong_as_invented_ones(self, call, mine, olivia, peter, places, olga):
        own = f"/api/data/ContactsAndLogins?Login_Id={olivia.public_id}&Department_Id={places.finance.public_id}"
        response = call(mine, own)
        assert response.status_code == 200
        assert b"".join(response.streaming_content) != b"[]"
        for name, value in [
            ("Login_Id", olga.public_id),
            ("Login_Id", peter.public_id),
            ("Login_Id", "lgn_invented"),
            ("Department_Id", places.energy.public_id),
            ("Department_Id", str(places.finance.pk)),
        ]:
            status, problem = refusal(call, mine, f"/api/data/ContactsAndLogins?{name}={value}")
            assert (status, problem["parameter"]) == (400, name), value
            assert value not in problem["allowed"]
            assert peter.public_id not in problem["allowed"]

    def test_slashes_of_a_day_are_raw_and_blank_is_the_default(self, call, mine):
        for query in ("Period=6&End_Period=2026/11/30", "Period=&End_Period=&Activity=&Login_Id=", ""):
            response = call(mine, f"/api/data/TokenActivity?{query}")
            assert response.status_code == 200, query
            assert b"".join(response.streaming_content).endswith(b"]")

    @pytest.mark.parametrize(
        "address", ["/api/data/Nothing", "/api/meta/reports/Nothing", "/api/data/contactsandlogins"]
    )
    def test_an_unknown_report_says_where_names_are(self, call, mine, address):
        status, problem = refusal(call, mine, address)
        assert (status, problem["reason"], problem["names_at"]) == (404, "unknown_report", "/api/meta/reports")
        assert "/api/meta/reports" in problem["detail"]

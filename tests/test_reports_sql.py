"""Reports from SQL files, called as programs call them, on both kinds of database."""

import csv
import io
import tracemalloc
from urllib.parse import quote

import orjson
import pytest

from accounts.models import Department
from accounts.pairs import Pair, encode
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import make_valid, valid_token
from tests.factories import AccessTokenFactory, DepartmentFactory
from tests.report_files import *  # noqa: F403
from tests.report_files import publish

pytestmark = pytest.mark.django_db(transaction=True)

READINGS = "/api/data/Readings"


def body(response):
    assert response.status_code == 200, response.content
    return b"".join(response.streaming_content)


def rows(response):
    return orjson.loads(body(response))


def meters(response):
    return [row["meter"] for row in rows(response)]


@pytest.fixture
def published(ground, organisation):
    """The readings, with the department of each, for the Demo organisation."""
    publish(ground, organisation.pk, "department: department", "order: day, meter")
    return ground


class TestAnswers:
    def test_a_file_is_a_report_like_any_other(self, call, ada, published):
        token, jwt = valid_token(ada)
        listed = [entry for entry in call(jwt, "/api/meta/reports").json() if entry["report_Id"] == 2001]
        assert listed == [{"report_Id": 2001, "name": "Readings"}]
        assert listed[0] in call(jwt, "/api/meta").json()["reports"]
        found = rows(call(jwt, READINGS))
        assert found[0] == {
            "Rowid": 1,
            "day": "2026-10-01",
            "department": "Energy > South",
            "meter": "S-1",
            "utility": "Electricity",
            "kwh": 100.5,
            "note": "=1+1",
        }
        assert [row["Rowid"] for row in found] == [1, 2, 3, 4, 5, 6]
        closing = Entry.objects.get(verb=Verb.REPORT_READ)
        assert (closing.subject_kind, closing.subject_id) == ("report", "Readings")
        assert closing.subject_label == "Readings of the meters"
        assert (closing.token_id, closing.details["rows"], closing.details["complete"]) == (token.public_id, 6, True)

    def test_the_formats(self, call, ada, published):
        _, jwt = valid_token(ada)
        lines = body(call(jwt, f"{READINGS}?format=ndjson")).splitlines()
        assert [orjson.loads(line) for line in lines] == rows(call(jwt, READINGS))
        cells = list(csv.DictReader(io.StringIO(body(call(jwt, f"{READINGS}?format=csv")).decode())))
        assert cells[0]["note"] == "'=1+1"  # no cell of ours is a formula, whoever wrote it
        assert cells[2]["note"] == "'; DROP TABLE readings; --"
        assert [float(row["kwh"]) for row in cells] == [100.5, 7, 20.25, 1000, 3, 4]

    def test_decimals_keep_their_digits(self, call, ada, published):
        if published.engine == "sqlite":
            pytest.skip("SQLite has no decimal numbers")
        _, jwt = valid_token(ada)
        assert b'"kwh":100.5000,' in body(call(jwt, READINGS))
        assert b",100.5000," in body(call(jwt, f"{READINGS}?format=csv"))

    def test_captions_and_order_are_the_headers(self, call, ada, ground):
        header = ["column: kwh = Energy (kWh)", "column: day = Read On", "order: kwh desc"]
        publish(ground, ada.organisation_id, *header)
        found = rows(call(valid_token(ada)[1], READINGS))
        assert list(found[0]) == ["Rowid", "Energy (kWh)", "Read On"]
        assert [row["Energy (kWh)"] for row in found] == [1000, 100.5, 20.25, 7, 4, 3]

    def test_no_row_is_an_empty_array(self, call, ada, ground):
        publish(ground, ada.organisation_id, query="SELECT day FROM readings WHERE 1 = 0;")
        _, jwt = valid_token(ada)
        assert body(call(jwt, READINGS)) == b"[]"
        assert body(call(jwt, f"{READINGS}?format=csv")) == b"Rowid,day\r\n"

    def test_head_and_compression_are_those_of_every_report(self, call, client, ada, published):
        _, jwt = valid_token(ada)
        response = client.head(READINGS, HTTP_AUTHORIZATION=f"Bearer {jwt}")
        assert (response.status_code, response["Content-Type"]) == (200, "application/json")
        response = call(jwt, READINGS, HTTP_ACCEPT_ENCODING="gzip")
        assert response["Content-Encoding"] == "gzip"
        body(response)

    def test_odd_values_become_flat_ones(self, call, ada, ground):
        odd = {
            "sqlite": "SELECT x'00ff' AS a, 9223372036854775807 AS b, CAST(x'ff41' AS text) AS c, NULL AS d",
            "postgresql": "SELECT '\\x00ff'::bytea AS a, 9223372036854775807 AS b, 'infinity'::date AS c, "
            "'NaN'::numeric AS d, 'Infinity'::float AS e, '{1,2}'::int[] AS f, '{\"x\": 1}'::jsonb AS g, "
            "'4713-01-01 BC'::timestamptz AS h, '1 day 02:00'::interval AS i, '24:00'::time AS j, true AS k, "
            "'10.0.0.1'::inet AS l, '2026-01-02 03:04:05+03'::timestamptz AS m, '2026-01-02 03:04'::timestamp AS n, "
            "'[1,2)'::int4range AS o, 'a'::char(3) AS p, '6f6e2c1e-0000-4000-8000-000000000000'::uuid AS q",
        }[ground.engine]
        publish(ground, ada.organisation_id, query=odd + ";")
        _, jwt = valid_token(ada)
        [row] = rows(call(jwt, READINGS))
        if ground.engine == "sqlite":
            assert row == {"Rowid": 1, "a": "00ff", "b": 2**63 - 1, "c": "\ufffdA", "d": None}
            return
        assert row == {
            "Rowid": 1, "a": "\\x00ff", "b": 2**63 - 1, "c": "infinity", "d": None, "e": None, "f": "{1,2}",
            "g": '{"x": 1}', "h": row["h"], "i": "1 day 02:00:00", "j": "24:00:00", "k": True, "l": "10.0.0.1",
            "m": "2026-01-02T00:04:05Z", "n": "2026-01-02T03:04:00", "o": "[1,2)", "p": "a  ",
            "q": "6f6e2c1e-0000-4000-8000-000000000000",
        }  # fmt: skip
        assert "BC" in row["h"]
        [cells] = csv.DictReader(io.StringIO(body(call(jwt, f"{READINGS}?format=csv")).decode()))
        assert (cells["d"], cells["k"], cells["n"]) == ("", "true", "2026-01-02T03:04:00")

    def test_many_rows_need_no_more_memory(self, call, ada, ground, settings):
        settings.REPORTS_TIMEOUT = 60  # tracing memory takes its time
        series = {
            "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200000) SELECT",
            "postgresql": "WITH n(i) AS (SELECT generate_series(1, 200000)) SELECT",
        }[ground.engine]
        publish(ground, ada.organisation_id, query=f"{series} i, 'reading number ' || i AS note FROM n;")
        response = call(valid_token(ada)[1], READINGS)
        assert response.status_code == 200
        parts = iter(response.streaming_content)
        for _ in range(5):
            next(parts)
        tracemalloc.start()
        length = sum(len(part) for part in parts)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert length > 8_000_000
        assert peak < 6_000_000
        assert Entry.objects.get(verb=Verb.REPORT_READ).details["rows"] == 200_000


class TestDepartments:
    def test_each_reads_the_own_departments(self, call, ada, olivia, peter, published):
        peter.has_personal_role = True
        peter.save()
        assert meters(call(valid_token(ada)[1], READINGS)) == ["S-1", "F-1", "S-1", "E-1", "X-1", "N-1"]
        assert meters(call(valid_token(olivia)[1], READINGS)) == ["S-1", "F-1", "S-1"]
        assert meters(call(valid_token(peter)[1], READINGS)) == ["S-1", "S-1"]

    def test_a_department_includes_those_below(self, call, olivia, places, published):
        olivia.assignments.filter(department=places.south).update(department=places.energy)
        assert meters(call(valid_token(olivia)[1], READINGS)) == ["S-1", "F-1", "S-1", "E-1"]

    def test_a_token_that_is_limited_gives_that_alone(self, call, olivia, places, published):
        pair = Pair(olivia.organisation.user_types.get(slug="general-user").pk, places.finance.pk)
        token = AccessTokenFactory(owner=olivia, restriction=encode([pair]))
        assert meters(call(make_valid(token), READINGS)) == ["F-1"]

    def test_a_lost_department_is_lost_on_the_next_call(self, call, olivia, places, published):
        _, jwt = valid_token(olivia)
        assert len(meters(call(jwt, READINGS))) == 3
        olivia.assignments.filter(department=places.south).delete()
        assert meters(call(jwt, READINGS)) == ["F-1"]

    def test_only_departments_with_the_right_to_read_reports_count(self, call, olivia, places, published):
        other = olivia.organisation.user_types.create(slug="maker", name="Maker", permissions=["token:create"])
        olivia.assignments.filter(department=places.south).update(user_type=other)
        _, jwt = valid_token(olivia)
        assert meters(call(jwt, READINGS)) == ["F-1"]
        [choice] = call(jwt, "/api/meta/reports/Readings").json()[0]["params"]
        assert [value["name"] for value in choice["availableValues"]] == ["All Departments", "Finance"]

    def test_one_of_the_departments_can_be_asked_for(self, call, ada, olivia, places, published):
        _, hers = valid_token(olivia)
        assert meters(call(hers, f"{READINGS}?Department_Id={places.finance.public_id}")) == ["F-1"]
        assert call(hers, f"{READINGS}?Department_Id={places.energy.public_id}").status_code == 400
        _, everything = valid_token(ada)
        assert meters(call(everything, f"{READINGS}?Department_Id={places.energy.public_id}")) == ["S-1", "S-1", "E-1"]

    @pytest.mark.parametrize(
        ("cell", "seen"),
        [
            ("Energy > South", True),
            ("Energy › South", False),
            ("South", True),
            ("{south}", True),
            ("SOUTH", False),
            ("south", False),
            (" South", False),
            ("Energy", False),
            ("{energy}", False),
            ("Sou%", False),
            ("", False),
        ],
    )
    def test_how_a_cell_names_a_department(self, call, peter, places, published, cell, seen):
        peter.has_personal_role = True
        peter.save()
        cell = cell.format(south=places.south.public_id, energy=places.energy.public_id)
        published.execute(f"DELETE FROM readings; INSERT INTO readings (department, meter) VALUES ('{cell}', 'M')")
        assert meters(call(valid_token(peter)[1], READINGS)) == (["M"] if seen else [])

    def test_a_name_that_two_departments_have_is_nobodys(self, call, peter, places, published):
        peter.has_personal_role = True
        peter.save()
        published.execute("UPDATE readings SET department = 'South' WHERE meter = 'S-1'")
        _, jwt = valid_token(peter)
        assert meters(call(jwt, READINGS)) == ["S-1", "S-1"]
        DepartmentFactory(organisation=peter.organisation, name="south", parent=places.finance)
        assert meters(call(jwt, READINGS)) == []

    def test_the_path_of_one_is_not_the_name_of_another(self, call, peter, places, published):
        """A department at the top is called South: the cell means it, and not the one below Energy."""
        peter.has_personal_role = True
        peter.save()
        top = DepartmentFactory(organisation=peter.organisation, name="South")
        published.execute("UPDATE readings SET department = 'South' WHERE meter = 'S-1'")
        assert meters(call(valid_token(peter)[1], READINGS)) == []
        peter.assignments.update(department=top)
        assert meters(call(valid_token(peter, name="Other")[1], READINGS)) == ["S-1", "S-1"]

    def test_a_name_that_reads_like_a_path_gives_neither(self, call, peter, places, published):
        peter.has_personal_role = True
        peter.save()
        _, jwt = valid_token(peter)
        DepartmentFactory(organisation=peter.organisation, name="Energy > South")
        assert meters(call(jwt, READINGS)) == []

    def test_without_a_department_column_it_is_for_the_whole_organisation(self, call, ada, olivia, client, ground):
        publish(ground, ada.organisation_id)
        assert len(rows(call(valid_token(ada)[1], READINGS))) == 6
        _, hers = valid_token(olivia)
        for response in (call(hers, READINGS), client.head(READINGS, HTTP_AUTHORIZATION=f"Bearer {hers}")):
            assert response.status_code == 403
        response = call(hers, READINGS)
        assert response.json()["reason"] == "report_not_in_reach"
        assert "whole organisation" in response.json()["detail"]

    def test_many_departments_are_one_value(self, call, olivia, places, published):
        """However many: SQLite takes no more than so many values of one statement."""
        organisation = olivia.organisation
        Department.objects.bulk_create(
            Department(organisation=organisation, parent=places.south, name=f"Meter {number}")
            for number in range(15_000)
        )
        assert meters(call(valid_token(olivia)[1], READINGS)) == ["S-1", "F-1", "S-1"]


class TestOrganisations:
    def test_the_report_of_one_is_unknown_to_the_other(self, call, ada, olga, ground):
        publish(ground, ada.organisation_id, name="OfDemo")
        publish(ground, olga.organisation_id, name="OfOther", number=2002)
        for login, own, foreign in ((ada, "OfDemo", "OfOther"), (olga, "OfOther", "OfDemo")):
            _, jwt = valid_token(login)
            names = {entry["name"] for entry in call(jwt, "/api/meta/reports").json()}
            assert own in names
            assert foreign not in names
            assert len(rows(call(jwt, f"/api/data/{own}"))) == 6
            for address in (f"/api/data/{foreign}", f"/api/meta/reports/{foreign}"):
                response = call(jwt, address)
                assert (response.status_code, response.json()["reason"]) == (404, "unknown_report")
            [used] = [
                parameter["availableValues"]
                for parameter in call(jwt, "/api/meta/reports/ReportUsage").json()[0]["params"]
                if parameter["name"] == "Report"
            ]
            assert {value["value"] for value in used} & {"OfDemo", "OfOther"} == {own}

    def test_departments_of_the_same_name_are_not_the_same(self, call, peter, places, olga, ground):
        """Olga's department is called as Peter's is; the file is of her organisation alone."""
        publish(ground, olga.organisation_id, "department: department")
        peter.has_personal_role = True
        peter.save()
        assert call(valid_token(peter)[1], READINGS).status_code == 404


TYPED = {
    "date": ("day >= :Value", "2026/10/03", 3, ["2026-13-01", "03.10.2026", "2026/10/03' OR '1'='1"]),
    "integer": ("kilowatt_hours > :Value", "99", 2, ["1.5", "1 OR 1=1", "0x10", "9" * 19, "9" * 40, "١"]),
    "number": ("kilowatt_hours > :Value", "20.25", 2, ["1e3", "NaN", "Infinity", "1;2", "0." + "1" * 16, "1,5", "--1"]),
    "text": ("meter = :Value", "S-1", 2, ["x" * 501, "a\0b"]),
    "choice; values Electricity, Gas": ("utility = :Value", "Gas", 3, ["Gas' OR '1'='1", "gas", "Water"]),
    "choice; values Much = 100, Little = 5": ("kilowatt_hours > :Value", "100", 2, ["100.0", "99", "Much"]),
}
INJECTIONS = [
    "' OR '1'='1", "'; DROP TABLE readings; --", "1); DELETE FROM readings; --", "\\'; SELECT 1; --", "%(it)s", "$1",
    "?1", ":Value", "1 UNION SELECT * FROM readings", "/*", "--", "\"", "`", "[", "$$", "E'\\'", "ünï’", "😀",
    "0", "-1",
]  # fmt: skip


class TestParameters:
    @pytest.mark.parametrize("kind", TYPED)
    def test_each_type(self, call, ada, ground, kind):
        condition, good, count, bad = TYPED[kind]
        publish(
            ground, ada.organisation_id, f"parameter: Value; {kind}", query=f"SELECT * FROM readings WHERE {condition};"
        )
        _, jwt = valid_token(ada)
        assert len(rows(call(jwt, READINGS, QUERY_STRING=f"Value={good}"))) == count
        for value in bad:
            response = call(jwt, READINGS, QUERY_STRING="Value=" + quote(value))
            assert (response.status_code, response.json()["reason"]) == (400, "wrong_parameter"), value
            assert response.json()["parameter"] == "Value"
            assert response.json()["allowed"]
        for value in INJECTIONS:
            response = call(jwt, READINGS, QUERY_STRING="Value=" + quote(value))
            if response.status_code == 200:
                assert len(rows(response)) < 6 or value in {"0", "-1"}, value
            else:
                assert response.status_code == 400, value
        assert len(rows(call(jwt, READINGS, QUERY_STRING=f"Value={good}"))) == count  # nothing is gone

    def test_absent_and_blank_are_the_default_or_null(self, call, ada, ground):
        header = ["parameter: From; date; default 2026/10/03", "parameter: Meter; text"]
        header += [
            "parameter: Least; number",
            "parameter: Most; integer",
            'parameter: Utility; choice; values All = "", Gas',
        ]
        optional = {
            "Meter": "meter =",
            "Least": "kilowatt_hours >=",
            "Most": "kilowatt_hours <=",
            "Utility": "utility =",
        }
        conditions = [f"(:{name} IS NULL OR {column} :{name})" for name, column in optional.items()]
        conditions.append("day >= :From")
        query = f"SELECT * FROM readings WHERE {' AND '.join(conditions)};"
        publish(ground, ada.organisation_id, *header, query=query)
        _, jwt = valid_token(ada)
        assert meters(call(jwt, READINGS)) == ["E-1", "X-1", "N-1"]
        assert meters(call(jwt, f"{READINGS}?From=&Meter=&Utility=")) == ["E-1", "X-1", "N-1"]
        assert meters(call(jwt, f"{READINGS}?From=2026/10/01&Least=4&Most=100")) == ["S-1", "F-1", "N-1"]
        assert meters(call(jwt, f"{READINGS}?Meter=E-1&Utility=Gas")) == ["E-1"]
        closing = Entry.objects.filter(verb=Verb.REPORT_READ).latest("pk")
        assert closing.details["parameters"] == {"From": "2026-10-03", "Meter": "E-1", "Utility": "Gas"}

    def test_the_meta_address_tells_them(self, call, ada, places, ground):
        header = [
            "department: department",
            "parameter: From; date; default 2026/10/03",
            "parameter: Least; number; default 0.5",
        ]
        header += ["parameter: Level; choice; default 2; values One = 1, Two = 2"]
        query = "SELECT * FROM readings WHERE day >= :From AND kilowatt_hours > :Least AND :Level = 2;"
        publish(ground, ada.organisation_id, *header, query=query)
        [found] = call(valid_token(ada)[1], "/api/meta/reports/Readings").json()
        assert found["associateId"] == ada.organisation_id
        assert [parameter["name"] for parameter in found["params"]] == ["Department_Id", "From", "Least", "Level"]
        assert [value["value"] for value in found["params"][0]["availableValues"]] == [
            "", places.energy.public_id, places.south.public_id, places.finance.public_id,
        ]  # fmt: skip
        assert found["params"][1:] == [
            {"name": "From", "defaultValue": "2026-10-03", "availableValues": []},
            {"name": "Least", "defaultValue": 0.5, "availableValues": []},
            {
                "name": "Level",
                "defaultValue": 2,
                "availableValues": [{"name": "One", "value": 1}, {"name": "Two", "value": 2}],
            },
        ]

    def test_one_that_the_report_does_not_have(self, call, ada, published):
        response = call(valid_token(ada)[1], f"{READINGS}?department=Finance")
        assert (response.status_code, response.json()["allowed"]) == (400, ["Department_Id"])

"""What a report's file may hold, and what is said about one that is wrong."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.report_files import *  # noqa: F403
from tests.report_files import HEADER, publish
from tokens.reports.parameters import Value
from tokens.reports.registry import source_of
from tokens.reports.sql.files import read_file
from tokens.reports.sql.findings import Wrong
from tokens.reports.sql.header import read_header
from tokens.reports.sql.query import Engine, read_query
from tokens.reports.sql.sqlite import SqliteSource

BOTH = tuple(Engine)
SQLITE, POSTGRESQL = BOTH


def bound(text, engine):
    """The query with each parameter between angle brackets."""
    query, findings = read_query(text, engine)
    assert findings == []
    return query.text(lambda name: f"<{name}>").strip()


class TestParametersAreFound:
    @pytest.mark.parametrize("engine", BOTH)
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("SELECT :A;", "SELECT <A>"),
            ("select x where a=:A and b=:A or c=:_b1;", "select x where a=<A> and b=<A> or c=<_b1>"),
            ("SELECT ':A', \"b:A\", 'it''s :A';", "SELECT ':A', \"b:A\", 'it''s :A'"),
            ("SELECT 1 -- :A; DROP\n, 2;", "SELECT 1  \n, 2"),
            ("SELECT 1 /* :A ; \n ' */ , 2;", "SELECT 1  \n , 2"),
            ("WITH a AS (SELECT 1) SELECT * FROM a; -- and no more :A", "WITH a AS (SELECT 1) SELECT * FROM a"),
            ("SELECT (:A);", "SELECT (<A>)"),
            ("SELECT 10%:A;", "SELECT 10%<A>"),
            ("SELECT a$b, c_1;", "SELECT a$b, c_1"),
            ("SELECT 'ü', \"ß:x\";", "SELECT 'ü', \"ß:x\""),
        ],
    )
    def test_wherever_they_stand(self, engine, text, expected):
        assert bound(text, engine) == expected

    @pytest.mark.parametrize(
        "text",
        [
            "SELECT a::date, b::text",
            "SELECT $$ :A ; ' $$, $tag$ :A $$ ; $tag$",
            "SELECT E'it\\'s :A; \\\\', e'' ",
            "SELECT f(a := 1)",
            "SELECT a ? 'b', a ?| array['c'], a @> '{}'",
            "SELECT a[1:2]",
            "SELECT U&'\\0061:A'",
        ],
    )
    def test_what_postgresql_writes_with_colons(self, text):
        assert bound(text + ";", POSTGRESQL) == text.strip()

    @pytest.mark.parametrize("text", ["SELECT `a:A;`, [b:A;'] FROM x", "SELECT '\\' || 'a'"])
    def test_what_sqlite_quotes(self, text):
        assert bound(text + ";", SQLITE) == text

    def test_a_backslash_ends_no_string_of_the_standard(self):
        assert bound("SELECT '\\', :A, '';", POSTGRESQL) == "SELECT '\\', <A>, ''"


class TestWhatIsRefused:
    @pytest.mark.parametrize("engine", BOTH)
    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("SELECT 1; SELECT 2;", 1, "more than one statement"),
            ("SELECT 1;\n-- end\nDROP TABLE x", 3, "more than one statement"),
            ("SELECT 1;;", 1, "more than one statement"),
            ("DELETE FROM x;", 1, "SELECT or WITH"),
            ("PRAGMA query_only=0;", 1, "SELECT or WITH"),
            ("ATTACH 'x' AS y;", 1, "SELECT or WITH"),
            ("(SELECT 1);", 1, "SELECT or WITH"),
            (";", 1, "SELECT or WITH"),
            ("\nSELECT 'a;", 2, "never closed"),
            ('SELECT "a;', 1, "never closed"),
            ("SELECT 1 /* a;", 1, "never closed"),
            ("SELECT 1 /* a /* b */ */;", 1, "must hold no other"),
            ("SELECT (1;", 1, "never closed"),
            ("SELECT 1) AS x UNION ALL SELECT * FROM (SELECT 2;", 1, "closes nothing"),
            ("SELECT :é;", 1, "no parameter"),
            ("SELECT :a$b;", 1, "no parameter"),
        ],
    )
    def test_with_its_line(self, engine, text, line, words):
        with pytest.raises(Wrong, match=words) as wrong:
            read_query(text, engine)
        assert wrong.value.finding.line == line

    @pytest.mark.parametrize(
        ("engine", "text"),
        [(SQLITE, "SELECT ?;"), (SQLITE, "SELECT ?1;"), (SQLITE, "SELECT @a;"), (SQLITE, "SELECT $a;"),
         (SQLITE, "SELECT :1;"), (POSTGRESQL, "SELECT $1;")],
    )  # fmt: skip
    def test_parameters_of_another_form(self, engine, text):
        with pytest.raises(Wrong, match="Write :Name"):
            read_query(text, engine)

    @pytest.mark.parametrize("text", ["SELECT $$ a;", "SELECT $t$ a $$;", "SELECT E'a' \n 'b';", "SELECT E'a\\';"])
    def test_strings_of_postgresql(self, text):
        with pytest.raises(Wrong, match=r"never closed|one piece"):
            read_query(text, POSTGRESQL)

    @pytest.mark.parametrize("engine", BOTH)
    @pytest.mark.parametrize("text", ["", "-- only this\n", "SELECT 1", "SELECT 1 -- ;", "SELECT 1 /* ; */"])
    def test_no_end_no_report(self, engine, text):
        _query, findings = read_query(text, engine)
        assert len(findings) == 1

    @pytest.mark.parametrize("engine", BOTH)
    def test_no_beginning_of_a_good_file_is_good(self, engine):
        """A file that is being written is never taken for whole."""
        whole = "SELECT a, ':x', (b) FROM t /* c */ WHERE a = :A AND b IN (1, 2);"
        for length in range(len(whole)):
            try:
                _query, findings = read_query(whole[:length], engine)
            except Wrong:
                continue
            assert findings, whole[:length]

    @pytest.mark.parametrize("engine", BOTH)
    def test_long_files_take_no_long_time(self, engine):
        for text in (
            "SELECT '" + "''" * 100_000,
            "SELECT /*" + "* " * 100_000,
            "SELECT " + "(" * 100_000,
            "$a" * 99_999,
        ):
            with pytest.raises(Wrong):
                read_query(text + ";", engine)


class TestHeader:
    def test_everything_that_can_be_said(self):
        header = read_header(
            "-- id: 2001\n--title:Meter Readings\n\n  -- Organisation: 7\n"
            "-- department: department\n"
            "-- order: day desc, Meter Name\n"
            "-- parameter: From; date; default 2026/01/31\n"
            "-- parameter: Least; number; default 0.5\n"
            "-- parameter: Most; integer; default -3\n"
            "-- parameter: Note; text\n"
            '-- parameter: Utility; choice; values All = "", Electricity, "Gas, natural", Heat pump = "hp"\n'
            "-- parameter: Level; choice; default 2; values One = 1, 2, Three = 3\n"
            "-- column: day = Read On\n-- column: kwh\n"
            "SELECT 1; -- id: 9"
        )
        assert header.findings == []
        assert (header.id, header.title, header.organisation_id) == (2001, "Meter Readings", 7)
        assert header.department.name == "department"
        assert [(by.name, by.more) for by in header.order] == [("day", "desc"), ("Meter Name", "asc")]
        assert [(column.name, column.more) for column in header.columns] == [("day", "Read On"), ("kwh", "kwh")]
        declared = {one.name: one for one in header.parameters}
        assert [(one.name, one.cast, one.parameter.default) for one in header.parameters] == [
            ("From", "date", "2026-01-31"), ("Least", "numeric", 0.5), ("Most", "bigint", -3), ("Note", "text", None),
            ("Utility", "text", None), ("Level", "bigint", 2),
        ]  # fmt: skip
        assert declared["Utility"].parameter.values == [
            Value("All", ""), Value("Electricity", "Electricity"), Value("Gas, natural", "Gas, natural"),
            Value("Heat pump", "hp"),
        ]  # fmt: skip
        assert [value.value for value in declared["Level"].parameter.values] == [1, 2, 3]

    @pytest.mark.parametrize(
        ("line", "words"),
        [
            ("organization: 1", "Did you mean organisation?"),
            ("deparment: d", "Did you mean department?"),
            ("note: a", "Leave the colon out"),
            ("department:", "has no value"),
            ("title: again", "given already"),
            ("department: a\n-- department: b", "given already"),
            ("parameter: A", "must stand its type"),
            ("parameter: A; int", "Did you mean integer?"),
            ("parameter: 1A; text", "no name of a parameter"),
            ("parameter: Département; text", "no name of a parameter"),
            ("parameter: format; text", "is taken"),
            ("parameter: Department_Id; text", "is taken"),
            ("parameter: A; text\n-- parameter: A; text", "declared already"),
            ("parameter: A; integer; default x", "The default of A is no integer"),
            ("parameter: A; date; default 2026/02/30", "The default of A is no date"),
            ("parameter: A; text; values a, b", "Only a choice has values"),
            ("parameter: A; choice", "needs its values"),
            ("parameter: A; choice; values a, , b", "is empty"),
            ("parameter: A; choice; values a, a", "same value twice"),
            ("parameter: A; choice; values a, 1", "all numbers or all texts"),
            ("parameter: A; choice; values a; default b", "is not among its values"),
            ('parameter: A; choice; values All = "", a; default a', "leave “default” out"),
            ("parameter: A; choice; values a =, b", "stands no value"),
            ('parameter: A; choice; values "a, b', "cannot be read"),
            ("parameter: A; text; length 3", "after the type"),
            ("parameter: A; text; default a; default b", "after the type"),
        ],
    )
    def test_what_is_wrong_is_named_with_what_to_write(self, line, words):
        header = read_header(HEADER.format(id=1, organisation=1) + f"-- {line}\nSELECT 1;")
        [finding] = header.findings
        assert words in finding.message
        assert finding.line == 3 + line.count("\n") + 1

    @pytest.mark.parametrize("number", ["0", "-1", "1.5", "x", "2147483648", "１"])
    def test_numbers_are_numbers(self, number):
        found = read_header(f"-- id: {number}\n-- title: t\n-- organisation: {number}\nSELECT 1;").findings
        assert [finding.line for finding in found] == [1, 3]

    def test_without_an_organisation_there_is_no_report(self):
        [finding] = read_header("-- id: 1\n-- title: t\nSELECT 1;").findings
        assert "-- organisation:" in finding.message


class TestAgainstTheDatabase:
    """``read_file`` asks the database too."""

    @pytest.fixture
    def read(self, ground, settings):
        source = source_of(settings.REPORTS_DATABASE)

        def reading(*header: str, query=None, name="Readings"):
            more = {} if query is None else {"query": query}
            return read_file(publish(ground, 1, *header, name=name, **more), source)

        return reading

    def test_in_order(self, read):
        found = read("department: department", "order: day desc, meter", "column: day = Read On", "column: kwh = kWh")
        assert found.findings == []
        assert found.report.captions == ["Read On", "kWh"]
        assert read().report.captions == ["day", "department", "meter", "utility", "kwh", "note"]

    @pytest.mark.parametrize(
        ("header", "words"),
        [
            ("department: Department", "Did you mean department?"),
            ("department: place", "The query has no column place."),
            ("order: days desc", "Did you mean day?"),
            ("column: kilowatt_hours", "The query has no column kilowatt_hours"),
            ("column: day = When\n-- column: meter = When", "Two columns are shown as When"),
            ("column: day = Rowid", "Two columns are shown as Rowid"),
        ],
    )
    def test_columns_are_looked_for(self, read, header, words):
        [finding] = read(header).findings
        assert words in finding.message
        assert finding.line in {0, 4}

    @pytest.mark.parametrize(
        "query",
        [
            "SELECT * FROM missing;",
            "SELECT missing FROM readings;",
            "SELECT FORM readings;",
            "WITH a AS (SELECT 1) DELETE FROM readings;",
            "SELECT 1 INTO missing FROM readings;",
            "SELECT 1 FROM readings FOR nobody;",
        ],
    )
    def test_a_query_that_the_database_refuses(self, read, query):
        [finding] = read(query=query).findings
        assert "The database refuses the query" in finding.message

    def test_where_postgresql_points(self, read, ground):
        [finding] = read(query="SELECT day\nFROM readings\nWHERE missing = 1;").findings
        assert finding.line == (6 if ground.engine == "postgresql" else 0)

    def test_a_name_that_is_there_twice(self, read, ground):
        found = read(query="SELECT a.day, b.day FROM readings a JOIN readings b ON a.day = b.day;")
        if ground.engine == "sqlite":  # gives the second one a name of its own
            assert found.report.captions == ["day", "day:1"]
        else:
            assert "Two columns of the query are called day" in found.findings[0].message

    def test_parameters_are_declared_and_used(self, read):
        found = read("parameter: Least; number", query="SELECT day FROM readings WHERE day = :From AND note = :leas;")
        assert [str(finding) for finding in found.findings] == [
            "line 5: The header declares no parameter From. There is Least.",
            "line 5: The header declares no parameter leas. Did you mean Least? There is Least.",
            "line 4: The query does not use the parameter Least: write :Least, or take the line out.",
        ]

    @pytest.mark.parametrize(
        ("name", "content", "words"),
        [
            ("2Readings", b"", "The name of the file"),
            ("Rea dings", b"", "The name of the file"),
            ("Readings", b"-- a\n-- \xff\nSELECT 1;", "line 2: The file is not in UTF-8"),
            ("Readings", b"-- a\nSELECT '\0';", "line 2: The file has a NUL"),
            ("Readings", b"-- " + b"a" * 300_000, "longer than 256 KB"),
        ],
    )
    def test_files_that_hold_no_text(self, ground, tmp_path, name, content, words):
        path = ground.folder / f"{name}.sql"
        path.write_bytes(content)
        source = SqliteSource({"NAME": tmp_path / "published.sqlite3"})
        [finding] = read_file(path, source).findings
        assert words in str(finding)

    def test_a_file_of_windows(self, read, ground, settings):
        path = publish(ground, 1, "column: day")
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
        assert read_file(path, source_of(settings.REPORTS_DATABASE)).findings == []


def test_the_documented_example_is_in_order(tmp_path):
    text = (Path(__file__).parent.parent / "docs" / "reports.md").read_text()
    example = text.split("```sql\n", maxsplit=1)[1].split("```", maxsplit=1)[0]
    (tmp_path / "MeterReadings.sql").write_text(example)
    with closing(sqlite3.connect(tmp_path / "data")) as connection, connection:
        connection.execute("CREATE TABLE meters (meter, department, utility)")
        connection.execute("CREATE TABLE readings (meter, day, consumption)")
    found = read_file(tmp_path / "MeterReadings.sql", SqliteSource({"NAME": tmp_path / "data"}))
    assert (found.findings, found.unchecked) == ([], False)
    assert found.report.captions == ["Read On", "Meter", "Department", "Consumption"]

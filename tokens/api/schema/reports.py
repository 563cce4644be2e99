"""What is said of the report addresses: /api/meta and /api/data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokens.api.schema import errors
from tokens.api.schema.errors import JSON, in_both_words
from tokens.api.schema.shapes import (
    Answer,
    Content,
    Operation,
    Schema,
    in_header,
    in_path,
    in_query,
    listing,
    number,
    ref,
    text,
    thing,
)

TAG = "Reports"
META, REPORT = "api:meta:read", "api:report:read"
EXAMPLE = "ContactsAndLogins"

NAME = in_path(
    "name",
    "The report's name, exactly as /api/meta/reports lists it.",
    text(pattern="^[A-Za-z_][A-Za-z0-9_-]{0,63}$"),
    EXAMPLE,
)
FORMAT = in_query(
    "format", "The form of the rows, before the Accept header.", text(enum=["json", "csv", "ndjson", "xlsx"])
)
OWN_PARAMETERS = in_query(
    "parameters",
    "The report's own parameters, each under its own name.",
    {"type": "object", "additionalProperties": text()},
    style="form",
    explode=True,
    example={"Filter_By": "1"},
)
IF_NONE_MATCH = in_header("If-None-Match", "The ETag of the answer that you have.", text())

REPORT_NAMES = [{"report_Id": 101, "name": EXAMPLE}, {"report_Id": 103, "name": "TokenActivity"}]
ROWS = [
    {"Rowid": 1, "First Name": "Peter", "Last Name": "John", "E Mail": "peter.john@demo.example", "Enabled": True},
    {"Rowid": 2, "First Name": "Vera", "Last Name": "Stone", "E Mail": "vera@demo.example", "Enabled": True},
]
ROWS_CSV = "Rowid,First Name,Last Name,E Mail,Enabled\r\n1,Peter,John,peter.john@demo.example,true\r\n"
ROWS_LINES = '{"Rowid":1,"First Name":"Peter","Last Name":"John","E Mail":"peter.john@demo.example","Enabled":true}\n'
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_CONTENTS = (
    Content(JSON, listing(ref("ReportRow")), {"demo": ROWS}),
    Content("text/csv", text(), {"demo": ROWS_CSV}),
    Content("application/x-ndjson", text(), {"demo": ROWS_LINES}),
    Content(WORKBOOK, {"type": "string", "format": "binary"}),
)

CELL: Schema = {"type": ["string", "number", "boolean", "null"]}
SCHEMAS: Mapping[str, Schema] = {
    "ReportName": thing({"report_Id": number("The same for every spelling of a report's name."), "name": text()}),
    "Meta": thing(
        {
            "associates": listing(thing({"associate_Id": number("The tenant id."), "name": text("The organisation.")})),
            "reports": listing(ref("ReportName")),
        }
    ),
    "ReportParameters": thing(
        {
            "associateId": number("The tenant id."),
            "params": listing(
                thing(
                    {
                        "name": text("Written exactly so in the query."),
                        "defaultValue": {"description": "What holds when it is absent or blank.", **CELL},
                        "availableValues": listing(
                            thing({"name": text("For people."), "value": {"type": ["string", "number"]}})
                        ),
                    }
                )
            ),
        }
    ),
    "ReportRow": thing(
        {"Rowid": number("From 1.", minimum=1)},
        description="One row: flat, keyed by the report's captions. Moments are ISO 8601 in UTC.",
        additionalProperties=CELL,
    ),
}

PARAMETERS_EXAMPLE = {
    "name": "Filter_By",
    "defaultValue": 0,
    "availableValues": [{"name": "Contacts: All", "value": 0}, {"name": "Logins: Enabled", "value": 1}],
}


def fresh(answer: Answer) -> Answer:
    return answer.but(headers=("ETag", "RateLimit", "RateLimit-Policy"))


def conditional() -> tuple[Answer, Answer]:
    return not_modified(), in_both_words(errors.changed("/api/meta", "Report"))


def not_modified() -> Answer:
    return Answer(304, "What you have is still true. The call was admitted and recorded all the same.", (), ("ETag",))


OPENS_NOTHING = (
    "This user name and password open nothing here. Give an access token: in the header Authorization: Bearer <JWT>, "
    "or as the password, with any user name. A login's own password works only where its organisation allows it."
)


def away(path: str) -> Answer:
    """503 where one report is asked for: the console's database, or that of the report."""
    answer = errors.problem(
        503, "A database is away for now, or the report has an error that its publisher must mend.",
        "report_broken", "reports_unavailable", path=path, detail=errors.DATABASE_AWAY, headers=errors.RETRY,
    )  # fmt: skip
    return answer.but(shared="ReportDataAway")


def refused(scope: str, *forbidden_for: str, of_one_report: bool = False) -> tuple[Answer, ...]:
    path = f"/api/data/{EXAMPLE}"
    said = {"bad_credentials": OPENS_NOTHING}
    too_many, fault, database_away = errors.but_for_the_token(path, "Report")
    answers = (
        errors.unauthorised(path, "Report", "missing_header", "bad_credentials", said=said),
        too_many,
        fault,
        away(path) if of_one_report else database_away,
        errors.forbidden(path, scope, *forbidden_for),
    )
    return tuple(in_both_words(answer) for answer in answers)


def unknown(path: str) -> Answer:
    members = {"names_at": "/api/meta/reports"}
    return in_both_words(errors.problem(404, "No report has this name.", "unknown_report", path=path, members=members))


def unreadable(path: str) -> Answer:
    return in_both_words(errors.unreadable(path))


def wrong_parameter(path: str) -> Answer:
    asked = {"parameter": "Filter_By", "allowed": [0, 1, 2, 3]}
    answer = errors.problem(
        400, "A parameter or a value that the report does not take, or a request that cannot be read.",
        "wrong_parameter", "invalid_request", "too_many_rows", path=path, members=asked,
    )  # fmt: skip
    return in_both_words(answer)


def no_such_format(path: str) -> Answer:
    types: dict[str, Any] = {"allowed": [JSON, "text/csv", "application/x-ndjson", WORKBOOK]}
    answer = errors.problem(
        406, "None of the types of the Accept header is one that reports are given as.", path=path,
        detail=f"Reports are given as {', '.join(types['allowed'])}.", members=types,
    )  # fmt: skip
    return in_both_words(answer)


def read_meta() -> Operation:
    path = "/api/meta"
    example = {"associates": [{"associate_Id": 1, "name": "Demo Organisation"}], "reports": REPORT_NAMES}
    return Operation(
        id="readMeta",
        summary="Test the connection: the organisation and its reports",
        description=(
            "The organisation that the access token belongs to, and the names of the reports. It is the call to test a "
            "connection with: it needs no report and changes nothing."
        ),
        tag=TAG,
        parameters=(IF_NONE_MATCH,),
        answers=(
            fresh(Answer(200, "The organisation and its reports.", (Content(JSON, ref("Meta"), {"demo": example}),))),
            *conditional(),
            unreadable(path),
            *refused(META),
        ),
    )


def list_reports() -> Operation:
    path = "/api/meta/reports"
    names = Content(JSON, listing(ref("ReportName")), {"demo": REPORT_NAMES})
    return Operation(
        id="listReports",
        summary="List the reports",
        description="The names of the organisation's reports as a bare array.",
        tag=TAG,
        parameters=(IF_NONE_MATCH,),
        answers=(
            fresh(Answer(200, "The reports.", (names,))),
            *conditional(),
            unreadable(path),
            *refused(META),
        ),
    )


def read_report_parameters() -> Operation:
    path = f"/api/meta/reports/{EXAMPLE}"
    example = [{"associateId": 1, "params": [PARAMETERS_EXAMPLE]}]
    return Operation(
        id="readReportParameters",
        summary="What can be asked of a report",
        description=(
            "A report's parameters with their defaults, and the values to choose from as far as the owner of the "
            "access token reaches. An empty value stands for all."
        ),
        tag=TAG,
        parameters=(NAME, IF_NONE_MATCH),
        answers=(
            fresh(
                Answer(200, "The parameters.", (Content(JSON, listing(ref("ReportParameters")), {"demo": example}),))
            ),
            *conditional(),
            unreadable(path),
            unknown(path),
            *refused(META, of_one_report=True),
        ),
    )


def read_report() -> Operation:
    path = f"/api/data/{EXAMPLE}"
    return Operation(
        id="readReport",
        summary="The rows of a report",
        description=(
            "The rows that the access token and its owner may read together, streamed however many they are. "
            "`format`, else the Accept header, chooses JSON (an array, also when it is empty), CSV, NDJSON (one "
            "object a line) or a workbook of Excel, which begins when its last row is known and holds at most "
            "1,048,575 rows.\n\n"
            "Every other parameter of the query is one of the report: /api/meta/reports/<name> tells which there are. "
            "One that is absent or blank has its default.\n\n"
            "An answer that breaks off stays recognisable as broken: the array is not closed, the last line of NDJSON "
            "or CSV is no whole line, the workbook cannot be opened."
        ),
        tag=TAG,
        parameters=(NAME, FORMAT, OWN_PARAMETERS),
        answers=(
            Answer(200, "The rows.", ROWS_CONTENTS, ("RateLimit", "RateLimit-Policy")),
            wrong_parameter(path),
            unknown(path),
            no_such_format(path),
            *refused(REPORT, "report_not_in_reach", of_one_report=True),
        ),
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("GET", "/api/meta"): read_meta(),
    ("GET", "/api/meta/reports"): list_reports(),
    ("GET", "/api/meta/reports/{name}"): read_report_parameters(),
    ("GET", "/api/data/{name}"): read_report(),
}

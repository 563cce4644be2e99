"""Lines to copy into the tools that people connect with, for this console's address and one of its reports."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Snippet:
    id: str
    title: str
    code: str
    hint: str = ""


def connection_test(host: str) -> Snippet:
    return Snippet("connect-test", "curl", f'curl -H "Authorization: Bearer $TOKEN" {host}/api/meta')


def for_reports(host: str, report: str) -> list[Snippet]:
    address = f"{host}/api/data/{report}"
    return [
        Snippet(
            "connect-curl", "curl", f'curl -H "Authorization: Bearer $TOKEN" "{address}?format=csv"', _("rows as CSV")
        ),
        Snippet("connect-excel", "Excel", EXCEL % {"address": address}, _("From Web")),
        Snippet(
            "connect-power-bi",
            "Power BI",
            POWER_BI_WEB % {"address": address},
            _("Web connector, which keeps the JWT as a password"),
        ),
        Snippet("connect-power-bi-query", "Power BI", POWER_BI % {"host": host, "report": report}, _("Blank query")),
        Snippet("connect-postman", "Postman", POSTMAN % {"address": address}, _("a new request")),
        Snippet("connect-pandas", "Python", PANDAS % {"address": address}, _("with pandas")),
        Snippet(
            "connect-basic",
            "curl",
            f'curl -u "token:$TOKEN" "{address}?format=csv"',
            _("the JWT as a password, any user name: for tools that keep no headers"),
        ),
        Snippet(
            "connect-auth-token",
            "curl",
            f'curl -H "auth-tenant-id: $TENANT_ID" -H "auth-token: $TOKEN" "{address}"',
            _("the JWT in a header of its own, with the tenant id that the token's page shows"),
        ),
        Snippet(
            "connect-password",
            "curl",
            FOR_AN_HOUR % {"host": host},
            _("a JWT for an hour, for a user name and a password, where no token is kept"),
        ),
    ]


def first_of_each_tool(snippets: list[Snippet]) -> list[tuple[str, str]]:
    """Where the lines of each tool begin: id and name, in the order of the page."""
    first: dict[str, str] = {}
    for snippet in snippets:
        first.setdefault(snippet.title, snippet.id)
    return [(place, title) for title, place in first.items()]


PANDAS = """\
import os
import pandas

rows = pandas.read_csv(
    "%(address)s",
    storage_options={"Authorization": "Bearer " + os.environ["TOKEN"], "Accept": "text/csv"},
)"""

POWER_BI = """\
// Get data > Blank query > Advanced Editor
let
    Token = "TOKEN",
    Answer = Web.Contents("%(host)s", [
        RelativePath = "api/data/%(report)s",
        Headers = [Authorization = "Bearer " & Token, Accept = "text/csv"]
    ]),
    Rows = Table.PromoteHeaders(Csv.Document(Answer, [Encoding = 65001]))
in
    Rows"""

POWER_BI_WEB = """\
Get data > Web
URL: %(address)s?format=csv
How to connect: Basic
User name: token
Password: TOKEN"""

EXCEL = """\
Data > Get Data > From Other Sources > From Web > Advanced
URL: %(address)s?format=csv
HTTP request header: Authorization
Its value: Bearer TOKEN
How to connect: Anonymous"""

POSTMAN = """\
GET %(address)s
Authorization tab: Bearer Token
Token: TOKEN"""

FOR_AN_HOUR = """\
curl -u "USER_NAME:PASSWORD" -d grant_type=client_credentials %(host)s/oauth/token"""

"""Every reason that an answer can give, with what it means and what to do: the anchors of /api/docs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tokens.verdicts import STATUS_OF_VERDICT, WAYS_OUT, Verdict

EXAMPLE_HOST = "https://tokens.example.com"


@dataclass(frozen=True)
class Reason:
    """``statuses`` are those that it comes with; ``said`` is a detail that it comes with, where that is another."""

    statuses: tuple[int, ...]
    meaning: str
    way_out: str
    said: str = ""

    @property
    def detail(self) -> str:
        return self.said or self.way_out

    def written(self) -> dict[str, Any]:
        return {"statuses": list(self.statuses), "meaning": self.meaning, "way_out": self.way_out}


OWN: Mapping[str, Reason] = {
    "invalid_request": Reason(
        (400,),
        "The request cannot be read, or gives credentials twice",
        "The detail names what is wrong. Give one access token, in one header, and a body of the type that is named.",
        "The Authorization header must be: Bearer, one blank, and one JWT.",
    ),
    "missing_header": Reason(
        (401,),
        "One of the headers auth-token and auth-tenant-id is missing",
        "Send both: the JWT as auth-token, and the tenant id as auth-tenant-id. The token's page shows both.",
        "Missing auth-tenant-id header",
    ),
    "read_only": Reason(
        (403,),
        "The access token may only read",
        "Use an access token that was not made read only.",
        "This access token may only read.",
    ),
    "unknown_report": Reason(
        (404,),
        "There is no report of this name",
        "Take a name from /api/meta/reports, written exactly so.",
        "No report is called “Nothing”. The names of all reports are at /api/meta/reports.",
    ),
    "report_not_in_reach": Reason(
        (403,),
        "No user type and department of this access token may read reports",
        "Ask a System Administrator for a user type that reads reports.",
        "No user type and department of this access token may read reports. Ask a System Administrator.",
    ),
    "report_broken": Reason(
        (503,),
        "The file that publishes this report, or its query, has an error",
        "Tell the report's publisher: only an edit of the file mends it. Other reports are not affected.",
        "This report has an error; its publisher was told. Other reports are not affected.",
    ),
    "reports_unavailable": Reason(
        (503,),
        "The database of a published report is out of reach, or worked on the report for too long, or too many reports "
        "are on their way at once",
        "Try again after as many seconds as Retry-After says; where it took too long, ask for fewer rows.",
        "The database of this report is out of reach. Try again in a few seconds.",
    ),
    "too_many_rows": Reason(
        (400,),
        "More rows than the form that was asked for can hold",
        "Ask for fewer rows, or for one of the forms in `allowed`.",
        "A worksheet holds no more than 1048575 rows. Ask for fewer, or for another format.",
    ),
    "wrong_parameter": Reason(
        (400,),
        "A parameter that the report does not have, or a value that it does not take",
        "`parameter` names it and `allowed` what would do; /api/meta/reports/<name> lists all of them.",
        "Filter_By does not take the value “9”.",
    ),
    "unknown_token": Reason(
        (404,),
        "The owner has no access token of this id, or it was revoked before",
        "GET /v1/access-tokens lists those that there are.",
        "You have no access token with this id that could be revoked.",
    ),
    "wrong_pair": Reason(
        (400,),
        "The login does not have this user type in this department",
        "Choose one of those in `allowed`, or none.",
        "This login does not have that user_type in that department. Choose one of those in allowed, or none.",
    ),
    "too_many_attempts": Reason(
        (429,),
        "Too many calls without valid credentials came from this address",
        "Wait as long as Retry-After says, and mend the credentials: the next wrong ones count again.",
        "Too many failed attempts from this address. Try again in 240 seconds.",
    ),
    "bad_credentials": Reason(
        (401,),
        "The user name and the password let no program in",
        "Check both. A login with single sign-on, a second factor or View Only cannot be used so: use an access token.",
        "Bad credentials",
    ),
}


def reasons() -> dict[str, Reason]:
    """Every reason by its code, those of access tokens first, in the order in which they are looked at."""
    verdicts = {
        str(verdict.value): Reason((STATUS_OF_VERDICT.get(verdict, 401),), str(verdict.label), str(WAYS_OUT[verdict]))
        for verdict in Verdict
    }
    return {**verdicts, **OWN}


OF_REFRESHING = {Verdict.REUSED, Verdict.SIGN_IN_REFUSED}
TOKEN_REASONS = tuple(str(verdict.value) for verdict in Verdict if verdict not in {*STATUS_OF_VERDICT, *OF_REFRESHING})
"""What can be wrong with a JWT that this console did sign (401)."""

"""What the report addresses share: who reads, which report, and refusals as problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from accounts.zones import zone_named
from tokens.admission import Admitted
from tokens.api.exceptions import Problem
from tokens.reports.exceptions import (
    BrokenReport,
    ReportNotInReach,
    ReportsUnavailable,
    ReportTooSlow,
    TooManyReports,
    TooManyRows,
    UnknownReport,
    WholeOrganisationNeeded,
    WrongParameter,
)
from tokens.reports.reader import Reader

RETRY_SECONDS = 5
MENDED_SECONDS = 60  # what a person has to mend does not change sooner
WAITS = {
    ReportsUnavailable: (
        RETRY_SECONDS,
        gettext_lazy("The database of this report is out of reach. Try again in a few seconds."),
    ),
    ReportTooSlow: (
        MENDED_SECONDS,
        gettext_lazy("The database took too long for this report. Ask for fewer rows, or tell the report's publisher."),
    ),
    TooManyReports: (
        RETRY_SECONDS,
        gettext_lazy("As many reports as may be sent at once are on their way. Try again in a few seconds."),
    ),
}


def admitted_of(request: Request) -> Admitted:
    return cast("Admitted", request.auth)


def reader_of(request: Request) -> Reader:
    """The owner of the admitted token, with this call's effective pairs."""
    admitted = admitted_of(request)
    return Reader(
        organisation_id=admitted.organisation_id,
        login_id=admitted.owner_id,
        login_public_id=admitted.owner_public_id,
        pairs=admitted.pairs,
        zone=zone_named(admitted.time_zone),
        read_only=admitted.read_only,
    )


@contextmanager
def refusals_as_problems() -> Iterator[None]:
    """The reports' own refusals in the API's words."""
    try:
        yield
    except UnknownReport as error:
        detail = _("No report is called %(name)s. The names of all reports are at %(address)s.") % {
            "name": f"“{error.name[:60]}”",
            "address": reverse("meta_reports"),
        }
        raise Problem(404, detail, reason="unknown_report", names_at=reverse("meta_reports")) from None
    except WholeOrganisationNeeded:
        detail = _(
            "This report is for the whole organisation: its rows belong to no department. Ask a System Administrator."
        )
        raise Problem(403, detail, reason="report_not_in_reach") from None
    except ReportNotInReach:
        detail = _("No user type and department of this access token may read reports. Ask a System Administrator.")
        raise Problem(403, detail, reason="report_not_in_reach") from None
    except WrongParameter as error:
        raise Problem(
            400, error.message, reason="wrong_parameter", parameter=error.parameter, allowed=error.allowed
        ) from None
    except BrokenReport:
        detail = _("This report has an error; its publisher was told. Other reports are not affected.")
        raise _later(detail, MENDED_SECONDS, reason="report_broken") from None
    except tuple(WAITS) as error:
        seconds, words = WAITS[type(error)]
        raise _later(str(words), seconds, reason="reports_unavailable") from None
    except TooManyRows as error:
        detail = _("A worksheet holds no more than %(most)s rows. Ask for fewer, or for another format.") % {
            "most": error.most
        }
        allowed = ["json", "csv", "ndjson"]
        raise Problem(400, detail, reason="too_many_rows", parameter="format", allowed=allowed) from None


def _later(detail: str, seconds: int, *, reason: str) -> Problem:
    return Problem(503, detail, reason=reason, headers={"Retry-After": str(seconds)})

"""A report's rows: checked, streamed, and closed by an entry of their own."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import structlog
from django.db import Error as DatabaseError
from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from audit.actor import Reference
from tokens.actions.reading import record_report_read
from tokens.admission import Admitted
from tokens.api.compression import GZIP, GzipStream, wants_gzip
from tokens.api.credentials import REPORT_SCHEMES
from tokens.api.exceptions import Problem
from tokens.api.formats import Format
from tokens.api.reading import admitted_of, reader_of, refusals_as_problems
from tokens.api.streaming import FORMATS, stream
from tokens.api.views_base import ApiView
from tokens.reports.base import Report
from tokens.reports.exceptions import WrongParameter
from tokens.reports.parameters import Chosen, chosen
from tokens.reports.reader import Reader
from tokens.reports.registry import report_named
from tokens.scopes import Scope

FORMAT = "format"  # how, not what: it is no parameter of a report

log = structlog.get_logger(__name__)


class ReportRows(ApiView):
    """The rows that the token's owner may have, as JSON, NDJSON, CSV or a workbook."""

    required_scope = Scope.REPORT
    schemes = REPORT_SCHEMES

    def get(self, request: Request, name: str) -> StreamingHttpResponse:
        report, reader, wanted, form = asked(request, name)
        call = ReportCall(admitted_of(request), report, wanted, form)
        read = report.lines if form.takes_lines else report.values
        rows = read(reader, wanted) if reader.pairs else no_rows()
        body = stream(report, reader, rows, form, ended=call.end)
        with refusals_as_problems():
            next(body)  # the query runs here, where its errors can still be answered as errors
        return rows_answer(request, body, form)

    def head(self, request: Request, name: str) -> StreamingHttpResponse:
        """The headers of GET, which tells no length either."""
        *_checked, form = asked(request, name)
        return rows_answer(request, nothing(), form)


def rows_answer(request: Request, body: Generator[bytes], form: Format) -> StreamingHttpResponse:
    headers = {"Vary": "Accept, Accept-Encoding"}
    if wants_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        headers["Content-Encoding"] = GZIP
        return StreamingHttpResponse(GzipStream(body), content_type=form.content_type, headers=headers)
    return StreamingHttpResponse(body, content_type=form.content_type, headers=headers)


def nothing() -> Generator[bytes]:
    yield from ()


def no_rows() -> Generator[tuple[Any, ...]]:
    """What a mobile session reads for which nothing was chosen: nothing, not even what is about its own login."""
    yield from ()


def asked(request: Request, name: str) -> tuple[Report, Reader, Chosen, Format]:
    """What the call asks for. Raises ``Problem`` when it cannot be had."""
    reader = reader_of(request)
    given = dict(request.GET.lists())
    with refusals_as_problems():
        report = report_named(name, reader.organisation_id)
        form = form_of(request, given.pop(FORMAT, []))
        if reader.pairs:
            report.require_reach(reader)
        return report, reader, chosen(report.parameters, given, reader), form


def form_of(request: Request, named: list[str]) -> Format:
    """The format that ``?format=`` names, else the one that the Accept header prefers; JSON for ``*/*``."""
    if named:
        if len(named) == 1 and named[0] in FORMATS:
            return FORMATS[named[0]]
        raise WrongParameter(_("There is no such format."), parameter=FORMAT, allowed=list(FORMATS))
    types = {form.content_type.partition(";")[0]: form for form in FORMATS.values()}
    try:
        preferred = request._request.get_preferred_type(list(types))
    except ValueError:  # a header that cannot be read asks for nothing
        preferred = FORMATS["json"].content_type
    if preferred is None:
        raise Problem(406, _("Reports are given as %(types)s.") % {"types": ", ".join(types)}, allowed=list(types))
    return types[preferred]


class ReportCall:
    """One answer on its way out; its end is put on record."""

    def __init__(self, admitted: Admitted, report: Report, wanted: Chosen, form: Format) -> None:
        self.admitted, self.report, self.wanted, self.form = admitted, report, wanted, form

    def end(self, rows: int, complete: bool) -> None:
        """Write the closing entry. Without it no answer is whole; that of a broken one the break itself may prevent."""
        try:
            self.record(rows, complete=complete)
        except DatabaseError:
            if complete:
                raise
            log.exception("report broken off unrecorded", report=self.report.name, rows=rows, **self.names())

    def record(self, rows: int, *, complete: bool) -> None:
        record_report_read(
            by=self.admitted.actor,
            report=Reference("report", self.report.name, self.report.title),
            token=self.admitted.token,
            owner=self.admitted.owner,
            parameters={name: value for name, value in self.wanted.items() if value not in {None, ""}},
            form=self.form.name,
            rows=rows,
            complete=complete,
        )

    def names(self) -> dict[str, Any]:
        return {"token": self.admitted.token_id, "entry": self.admitted.entry_id}

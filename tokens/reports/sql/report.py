"""A report that is a SQL file: the query, limited to the departments in reach, read from the reports' database."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

import structlog
from django.conf import settings

from accounts.permissions import Permission
from tokens.reports.base import Found, Report
from tokens.reports.exceptions import BrokenReport, ReportNotInReach, ReportsUnavailable, WholeOrganisationNeeded
from tokens.reports.parameters import Chosen
from tokens.reports.reader import Reader
from tokens.reports.sql.copying import literal
from tokens.reports.sql.departments import cells_in_reach, department_choice
from tokens.reports.sql.findings import Finding
from tokens.reports.sql.header import Header
from tokens.reports.sql.query import Query
from tokens.reports.sql.shape import Shape, disagreements, shape_of
from tokens.reports.sql.source import TURN_SECONDS, Column, Source, WrongQuery
from tokens.reports.sql.statement import Statement, column

CHECK_SECONDS = 5.0

log = structlog.get_logger(__name__)


class SqlReport(Report):
    """Needs ``report:read``: with a department column in the row's department, without one everywhere."""

    permission = Permission.REPORT_READ
    columns = ()  # nothing is converted; the captions are those of the shape

    def __init__(self, name: str, header: Header, query: Query, source: Source) -> None:
        self.id, self.name, self.title = header.id, name, header.title
        self.organisation_id = header.organisation_id
        self.header, self.query, self.source = header, query, source
        self.parameters = [declared.parameter for declared in header.parameters]
        if header.department:
            self.parameters.insert(0, department_choice())
        self.statement = Statement(header, query, source.engine)
        self._shape: Shape | None = None
        self._looking = threading.Lock()

    def require_reach(self, reader: Reader) -> None:
        super().require_reach(reader)
        reach = reader.reach(self.permission)
        if reach is not None and not reach:
            raise ReportNotInReach
        if reach is not None and self.header.department is None:
            raise WholeOrganisationNeeded

    @property
    def captions(self) -> list[str]:
        return self.shape().captions

    def values(self, reader: Reader, chosen: Chosen) -> Found:
        """Raises ``BrokenReport``, ``ReportsUnavailable`` or ``ReportTooSlow`` when the first row is taken."""
        return Found(lambda found: self._read(found, reader, chosen, written=False))

    def lines(self, reader: Reader, chosen: Chosen) -> Found:
        return Found(lambda found: self._read(found, reader, chosen, written=True))

    def _read(self, found: Found, reader: Reader, chosen: Chosen, *, written: bool) -> Generator[Any]:
        self.require_reach(reader)
        columns = [Column(column(name), kind) for name, kind in self.shape().columns]
        departments = cells_in_reach(reader, chosen) if self.header.department else None
        limited, values = departments is not None, self.statement.values(chosen, departments)
        cells = self.source.cells(columns) if written else None
        try:
            if cells is not None:
                text = self.statement.select(cells, limited=limited, put=lambda number: literal(values[number - 1]))
                yield from self.source.lines(text, settings.REPORTS_TIMEOUT, found)
            else:
                text = self.statement.select([name for name, _kind in columns], limited=limited)
                yield from self.source.rows(text, values, settings.REPORTS_TIMEOUT, found)
        except WrongQuery as error:
            self._shape = None  # a table may have changed under it: look again next time
            raise self._broken([self._located(error)]) from None

    def shape(self) -> Shape:
        """What the query gives, asked of the database once. Raises as ``values`` does."""
        found: Shape | list[Finding] | None = self._shape
        if found is None:
            # Who waits here would only be told the same: a database that hangs must not hold up one after the other.
            if not self._looking.acquire(timeout=TURN_SECONDS):
                raise ReportsUnavailable
            try:
                found = self._shape or self._look()
            finally:
                self._looking.release()
        if isinstance(found, list):
            raise self._broken(found)
        return found

    def check(self) -> list[Finding]:
        """Run the query for no row. Raises ``ReportsUnavailable`` or ``ReportTooSlow``."""
        found = self._look()
        return found if isinstance(found, list) else []

    def _look(self) -> Shape | list[Finding]:
        """What the query gives, kept from now on; or what is wrong with it."""
        values = [None] * self.statement.count
        try:
            columns = self.source.columns(self.statement.everything(), values, CHECK_SECONDS)
        except WrongQuery as error:
            return [self._located(error)]
        if findings := disagreements(self.header, columns):
            return findings
        self._shape = found = shape_of(self.header, columns)
        return found

    def _located(self, error: WrongQuery) -> Finding:
        # The query stands below one line of ours, and on the lines that it has in its file.
        return Finding(max(0, error.line - 1), f"The database refuses the query: {error.message}")

    def _broken(self, findings: list[Finding]) -> BrokenReport:
        log.error("report has an error", report=self.name, findings=[str(finding) for finding in findings])
        return BrokenReport(self.name)

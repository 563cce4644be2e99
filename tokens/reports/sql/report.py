"""A report that is a SQL file: the query, limited to the departments in reach, read from the reports' database."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

import orjson
import structlog
from django.conf import settings

from accounts.permissions import Permission
from tokens.reports.base import Report
from tokens.reports.exceptions import BrokenReport, ReportNotInReach, ReportsUnavailable, WholeOrganisationNeeded
from tokens.reports.parameters import Chosen
from tokens.reports.reader import Reader
from tokens.reports.sql.departments import cells_in_reach, department_choice
from tokens.reports.sql.findings import Finding
from tokens.reports.sql.header import Header
from tokens.reports.sql.query import Engine, Query
from tokens.reports.sql.shape import Shape, disagreements, shape_of
from tokens.reports.sql.source import TURN_SECONDS, Source, WrongQuery

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
        self._casts = {declared.name: declared.cast for declared in header.parameters}
        self._order = {name: number for number, name in enumerate(query.parameters, 1)}
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

    def values(self, reader: Reader, chosen: Chosen) -> Generator[tuple[Any, ...]]:
        """Raises ``BrokenReport``, ``ReportsUnavailable`` or ``ReportTooSlow`` when the first row is taken."""
        self.require_reach(reader)
        cells = cells_in_reach(reader, chosen) if self.header.department else None
        text, values = self.select(chosen, cells)
        try:
            yield from self.source.rows(text, values, settings.REPORTS_TIMEOUT)
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
        everything = f"SELECT * FROM (\n{self._text()}\n) AS report LIMIT 0"  # noqa: S608  # the publisher's own query
        try:
            names = self.source.names(everything, [None] * len(self._order), CHECK_SECONDS)
        except WrongQuery as error:
            return [self._located(error)]
        if findings := disagreements(self.header, names):
            return findings
        self._shape = found = shape_of(self.header, names)
        return found

    def select(self, chosen: Chosen, cells: list[str] | None) -> tuple[str, list[Any]]:
        """The statement and its values; all that a caller can influence is among the values."""
        values: list[Any] = [chosen[name] for name in self._order]
        columns = ", ".join([_column(name) for name in self.shape().names])
        text = f"SELECT {columns} FROM (\n{self._text()}\n) AS report"  # noqa: S608  # names are quoted
        if cells is not None and self.header.department:
            text += f" WHERE {self._among(self.header.department.name, len(values) + 1)}"
            values.append(cells if self.source.engine is Engine.POSTGRESQL else orjson.dumps(cells).decode())
        if self.header.order:
            text += " ORDER BY " + ", ".join([f"{_column(by.name)} {by.more}" for by in self.header.order])
        return text, values

    def _text(self) -> str:
        if self.source.engine is Engine.POSTGRESQL:
            return self.query.text(lambda name: f"CAST(${self._order[name]} AS {self._casts[name]})")
        return self.query.text(lambda name: f"?{self._order[name]}")

    def _among(self, department: str, number: int) -> str:
        cell = f"CAST({_column(department)} AS text)"
        if self.source.engine is Engine.POSTGRESQL:
            return f"{cell} = ANY(CAST(${number} AS text[]))"
        return f"{cell} COLLATE BINARY IN (SELECT value FROM json_each(?{number}))"  # noqa: S608  # a number

    def _located(self, error: WrongQuery) -> Finding:
        # The query stands below one line of ours, and on the lines that it has in its file.
        return Finding(max(0, error.line - 1), f"The database refuses the query: {error.message}")

    def _broken(self, findings: list[Finding]) -> BrokenReport:
        log.error("report has an error", report=self.name, findings=[str(finding) for finding in findings])
        return BrokenReport(self.name)


def _column(name: str) -> str:
    """Quoted, and of the query by name: SQLite takes a quoted name that nothing has for a text."""
    quoted = name.replace('"', '""')
    return f'report."{quoted}"'

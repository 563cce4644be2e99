"""Reads one report's file, and says what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tokens.reports.exceptions import ReportsUnavailable, ReportTooSlow
from tokens.reports.sql.findings import Finding, Wrong, one_of
from tokens.reports.sql.header import Header, read_header
from tokens.reports.sql.query import Query, read_query
from tokens.reports.sql.report import SqlReport
from tokens.reports.sql.source import Source

SUFFIX = ".sql"
SIZE_MAXIMUM = 256 * 1024
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


@dataclass(slots=True)
class Reading:
    """A file as it was read. ``report`` is None when anything is wrong; ``unchecked`` when no database answered."""

    name: str
    organisation_id: int = 0
    report: SqlReport | None = None
    findings: list[Finding] = field(default_factory=list)
    unchecked: bool = False


def read_file(path: Path, source: Source, *, with_database: bool = True) -> Reading:
    """Read a file and try its query for no row. Raises ``OSError`` when it cannot be read at all."""
    reading = Reading(path.stem)
    try:
        text = _text(path)
    except Wrong as wrong:
        reading.findings = [wrong.finding]
        return reading
    header = read_header(text)
    reading.organisation_id = header.organisation_id
    query, findings = _query(text, source)
    reading.findings = [*header.findings, *findings]
    if query is not None:
        reading.findings += _parameters(header, query)
    if query is None or reading.findings:
        return reading
    report = SqlReport(path.stem, header, query, source)
    if with_database:
        try:
            reading.findings = report.check()
        except (ReportsUnavailable, ReportTooSlow):
            reading.unchecked = True
    else:
        reading.unchecked = True
    reading.report = None if reading.findings else report
    return reading


def _text(path: Path) -> str:
    if not _NAME.fullmatch(path.stem):
        raise Wrong(0, "The name of the file is the report's: plain letters, digits, _ and -, no digit first.")
    with path.open("rb") as file:
        content = file.read(SIZE_MAXIMUM + 1)
    if len(content) > SIZE_MAXIMUM:
        raise Wrong(0, f"The file is longer than {SIZE_MAXIMUM // 1024} KB.")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise Wrong(content.count(b"\n", 0, error.start) + 1, "The file is not in UTF-8.") from None
    if "\0" in text:
        raise Wrong(text.count("\n", 0, text.index("\0")) + 1, "The file has a NUL character.")
    return text


def _query(text: str, source: Source) -> tuple[Query | None, list[Finding]]:
    try:
        return read_query(text, source.engine)
    except Wrong as wrong:
        return None, [wrong.finding]


def _parameters(header: Header, query: Query) -> list[Finding]:
    """Parameters used and not declared, or declared and not used."""
    declared = {parameter.name: parameter.line for parameter in header.parameters}
    used = query.parameters
    return [
        *[
            Finding(line, f"The header declares no parameter {name}. {one_of(declared, name)}")
            for name, line in used.items()
            if name not in declared
        ],
        *[
            Finding(line, f"The query does not use the parameter {name}: write :{name}, or take the line out.")
            for name, line in declared.items()
            if name not in used
        ],
    ]

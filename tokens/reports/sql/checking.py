"""Says of each file in the folder of reports whether it is in order, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tokens.reports.sql.files import SUFFIX
from tokens.reports.sql.folder import File, Folder
from tokens.reports.sql.source import Source

OUT_OF_REACH = "The database of the reports (REPORTS_DATABASE_URL) is out of reach, or too slow: not checked further."


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, and its errors with their lines; a summary of one that has none."""

    file: str
    errors: list[str]
    summary: str

    @property
    def lines(self) -> list[str]:
        """As people read it."""
        return (
            [f"{self.file}: errors", *(f"  {error}" for error in self.errors)]
            if self.errors
            else [f"{self.file}: OK ({self.summary})"]
        )


def check_folder(
    directory: Path, source: Source, taken: Iterable[tuple[int, str]], organisations: Mapping[int, str]
) -> list[Checked]:
    """Read the folder anew and ask the database about every file. ``organisations`` are all there are, with names."""
    folder = Folder(directory, source, taken)
    folder.look()
    return [_checked(name, file, organisations) for name, file in sorted(folder.files.items())]


def _checked(name: str, file: File, organisations: Mapping[int, str]) -> Checked:
    reading = file.reading
    errors = [str(finding) for finding in reading.findings]
    if reading.organisation_id and reading.organisation_id not in organisations:
        there = ", ".join(f"{key} ({label})" for key, label in organisations.items()) or "none"
        verb = "is" if len(organisations) == 1 else "are"
        errors.append(f"No organisation has the id {reading.organisation_id}. There {verb} {there}.")
    if reading.unchecked:
        errors.append(OUT_OF_REACH)
    if errors or reading.report is None:
        return Checked(name + SUFFIX, errors, "")
    report = reading.report
    reach = "by department" if report.header.department else "whole organisation only"
    parts = [report.id, organisations[report.organisation_id], f"{len(report.captions)} columns", reach]
    return Checked(name + SUFFIX, [], ", ".join(map(str, parts)))

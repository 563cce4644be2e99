"""Which reports an organisation has, by name: those of ``settings.REPORTS`` and its own from SQL files."""

from __future__ import annotations

import threading
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import Organisation
from tokens.reports.base import Report
from tokens.reports.exceptions import BrokenReport, UnknownReport
from tokens.reports.sql.checking import Checked, check_folder
from tokens.reports.sql.folder import Folder
from tokens.reports.sql.postgresql import PostgresqlSource
from tokens.reports.sql.source import Source
from tokens.reports.sql.sqlite import SqliteSource

_folders: dict[tuple[Path, str], Folder] = {}
_opening = threading.Lock()


@cache
def reports() -> dict[str, Report]:
    """Every report of ``settings.REPORTS``, in that order."""
    made: list[Report] = [import_string(path)() for path in settings.REPORTS]
    found = {report.name: report for report in made}
    names = [name for report in made for name in names_of(report)]
    if len(set(names)) < len(names) or len({report.id for report in made}) < len(made):
        raise RuntimeError("Two reports of settings.REPORTS share a name or an id")
    return found


def reports_for(organisation_id: int) -> dict[str, Report]:
    """The reports of one organisation: everybody's, then its own."""
    return {**reports(), **folder().reports(organisation_id)}


def folder() -> Folder:
    """The folder of SQL files that the settings name now."""
    place = (settings.REPORTS_DIR, repr(settings.REPORTS_DATABASE))
    if place not in _folders:
        with _opening:
            if place not in _folders:
                _folders[place] = Folder(Path(settings.REPORTS_DIR), source_of(settings.REPORTS_DATABASE), _taken())
    return _folders[place]


def checked() -> list[Checked]:
    """Every SQL file, read anew and tried on the database."""
    organisations = dict(Organisation.objects.values_list("pk", "name"))
    return check_folder(Path(settings.REPORTS_DIR), folder().source, _taken(), organisations)


def _taken() -> list[tuple[int, str]]:
    return [(report.id, name) for report in reports().values() for name in names_of(report)]


def source_of(database: dict[str, Any]) -> Source:
    """The database of a URL; ``ENGINE`` tells which of the two it is."""
    if database["ENGINE"].endswith("sqlite3"):
        return SqliteSource(database)
    return PostgresqlSource(database)


def names_of(report: Report) -> list[str]:
    """Every name that a report answers to, its own first."""
    return [report.name, *report.also_named]


def report_named(name: str, organisation_id: int) -> Report:
    """The organisation's report of this exact name. Raises ``UnknownReport``, or ``BrokenReport`` for an own one."""
    found = reports_for(organisation_id)
    if name in found:
        return found[name]
    for report in found.values():
        if name in report.also_named:
            return report
    if folder().is_broken(name, organisation_id):
        raise BrokenReport(name)
    raise UnknownReport(name)

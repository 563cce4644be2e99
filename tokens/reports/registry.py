"""Which reports an organisation has, by name: those of ``settings.REPORTS`` and its own from SQL files."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from tokens.reports.base import Report
from tokens.reports.exceptions import UnknownReport


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
    return reports()


def names_of(report: Report) -> list[str]:
    """Every name that a report answers to, its own first."""
    return [report.name, *report.also_named]


def report_named(name: str, organisation_id: int) -> Report:
    """The organisation's report of this exact name. Raises ``UnknownReport``."""
    found = reports_for(organisation_id)
    if name in found:
        return found[name]
    for report in found.values():
        if name in report.also_named:
            return report
    raise UnknownReport(name)

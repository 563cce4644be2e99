"""Which reports there are, by name."""

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from tokens.reports.base import Report
from tokens.reports.exceptions import UnknownReport


@cache
def reports() -> dict[str, Report]:
    """Every report of ``settings.REPORTS``, in that order."""
    made = [import_string(path)() for path in settings.REPORTS]
    found = {report.name: report for report in made}
    if len(found) < len(made) or len({report.id for report in made}) < len(made):
        raise RuntimeError("Two reports of settings.REPORTS share a name or an id")
    return found


def report_named(name: str) -> Report:
    """The report of this exact name. Raises ``UnknownReport``."""
    try:
        return reports()[name]
    except KeyError:
        raise UnknownReport(name) from None

"""Which reports somebody may read: the names that examples and choices show."""

from accounts.models import Login
from accounts.pairs import Pair
from tokens.reports.exceptions import ReportNotInReach
from tokens.reports.reader import Reader
from tokens.reports.registry import reports, reports_for
from tokens.rules import zone_of


def readable_reports(owner: Login, pairs: frozenset[Pair], *, read_only: bool = False) -> list[str]:
    """By name, the organisation's own before those of the console."""
    reader = Reader(
        organisation_id=owner.organisation_id,
        login_id=owner.pk,
        login_public_id=owner.public_id,
        pairs=pairs,
        zone=zone_of(owner),
        read_only=read_only,
    )
    readable = []
    for name, report in reports_for(owner.organisation_id).items():
        try:
            report.require_reach(reader)
        except ReportNotInReach:
            continue
        readable.append(name)
    return sorted(readable, key=lambda name: name in reports())

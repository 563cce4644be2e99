"""What a token may do today: its scopes, and of each report whether it answers and with which rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import Department
from accounts.networks import names
from accounts.pairs import Pair, decode
from accounts.permissions import Permission
from audit.grids.moments import number_text
from tokens.models import AccessToken
from tokens.reach import effective_pairs, pair_labels, places
from tokens.reports.base import Report
from tokens.reports.exceptions import ReportNotInReach, WholeOrganisationNeeded
from tokens.reports.reader import Reader
from tokens.reports.registry import reports, reports_for
from tokens.rules import zone_of
from tokens.scopes import LABELS, NAMES, Scope
from tokens.standing import WITH_JWT
from tokens.statuses import Status

WITHOUT: dict[Scope, Promise] = {
    Scope.META: gettext_lazy("not chosen: it cannot ask which reports there are"),
    Scope.REPORT: gettext_lazy("not chosen: it cannot read reports"),
    Scope.TOKEN: gettext_lazy("not chosen: it cannot create or revoke tokens"),
}


@dataclass(frozen=True)
class Ability:
    """One scope: whether the JWT in use has it, the next one gets it, or neither."""

    name: str
    label: str | Promise
    state: Literal["has", "waits", "lacks"]
    words: str | Promise


@dataclass(frozen=True)
class ReportAccess:
    """One report: which rows it gives, or why it gives none."""

    name: str
    title: str
    answers: bool
    words: str


def limits_of(token: AccessToken) -> frozenset[Pair] | None:
    """The restriction of the JWT in use; before there is one, of the next."""
    return decode(token.current_restriction) if token.status in WITH_JWT else token.pairs


def limit_labels(token: AccessToken) -> list[str] | None:
    """The same in words; None where it is not limited, nothing where an edit left it nothing."""
    limits = limits_of(token)
    return None if limits is None else list(pair_labels(limits, token.owner.organisation_id).values())


def networks_of(token: AccessToken) -> list[str]:
    """From where it may be used, for each of the lists that hold: the token's own, and its organisation's."""
    own, common = names(token.allowed_networks), names(token.owner.organisation.allowed_networks)
    told = [", ".join(own)] if own else []
    if common:
        words = {"networks": ", ".join(common), "organisation": token.owner.organisation.name}
        told.append(_("as %(organisation)s allows: %(networks)s") % words)
    return told


def pairs_of(token: AccessToken) -> frozenset[Pair]:
    return effective_pairs(token.owner, limits_of(token))


def scopes_of(token: AccessToken) -> int:
    """The scopes of the JWT in use; before there is one, of the next."""
    return token.current_scopes if token.status in WITH_JWT else token.scopes


def abilities(token: AccessToken, pairs: frozenset[Pair], readable: int) -> list[Ability]:
    """Each scope as it is now; without a JWT, as the next one will have it. ``readable``: so many reports answer."""
    has = token.current_scopes if token.status in WITH_JWT else 0
    where = ", ".join(places(pairs, token.owner.organisation_id)) or "–"
    rows = ngettext("rows of %(count)s report: %(places)s", "rows of %(count)s reports: %(places)s", readable) % {
        "count": number_text(readable),
        "places": where,
    }
    words: dict[Scope, str] = {
        Scope.META: _("names of the reports and their parameters"),
        Scope.REPORT: rows if readable else _("no report is in reach of its owner’s user types"),
        Scope.TOKEN: _("creates, lists and revokes access tokens of its owner"),
    }
    found = []
    for scope, label in LABELS.items():
        if has & scope:
            found.append(Ability(NAMES[scope], label, "has", words[scope]))
        elif token.status is Status.REVOKED:
            found.append(Ability(NAMES[scope], label, "lacks", _("nothing any more: the token is revoked")))
        elif token.scopes & scope:
            waits = _("%(words)s, after Generate Token") % {"words": words[scope]}
            found.append(Ability(NAMES[scope], label, "waits", waits))
        else:
            found.append(Ability(NAMES[scope], label, "lacks", WITHOUT[scope]))
    return found


def report_access(token: AccessToken, pairs: frozenset[Pair]) -> list[ReportAccess]:
    """Every report of the organisation, its own before those of the console, as admission and report would decide."""
    owner = token.owner
    reader = Reader(
        organisation_id=owner.organisation_id,
        login_id=owner.pk,
        login_public_id=owner.public_id,
        pairs=pairs,
        zone=zone_of(owner),
        read_only=token.read_only,
    )
    paths = Department.objects.paths(owner.organisation_id)
    found = reports_for(owner.organisation_id)
    return [access(found[name], reader, paths) for name in sorted(found, key=lambda name: name in reports())]


def access(report: Report, reader: Reader, paths: Mapping[int, str]) -> ReportAccess:
    try:
        report.require_reach(reader)
    except WholeOrganisationNeeded:
        why = _("needs a user type for the whole organisation: its rows belong to no department")
        return ReportAccess(report.name, report.title, False, why)
    except ReportNotInReach:
        why = _("needs a user type with the permission “%(permission)s”") % {"permission": Permission.REPORT_READ.label}
        return ReportAccess(report.name, report.title, False, why)
    return ReportAccess(report.name, report.title, True, rows_text(report, reader, paths))


def rows_text(report: Report, reader: Reader, paths: Mapping[int, str]) -> str:
    """Which rows: where the report's permission holds; where it holds nowhere, those about its owner."""
    holding = {key for key, permissions in reader.permissions.items() if report.permission in permissions}
    keys = {pair.department_id for pair in reader.pairs if pair.user_type_id in holding}
    if None in keys:
        return _("all rows of the organisation")
    if not keys:
        return _("the rows about its owner alone")
    where = sorted(paths[key] for key in keys if key is not None and key in paths)
    return _("the rows of %(places)s") % {"places": ", ".join(where)}

"""A token's own page: how it stands, what its JWT may do, what limits it, and every way to send it."""

from dataclasses import dataclass, replace
from typing import Any, Literal

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.pairs import Pair, decode
from audit.grids.heads import Crumb, HeadAction, PageHead
from audit.grids.moments import moment_in_sentence
from tokens.desk import Desk
from tokens.models import AccessToken
from tokens.reach import effective_pairs, pair_labels, places
from tokens.reports.exceptions import ReportNotInReach
from tokens.reports.reader import Reader
from tokens.reports.registry import reports, reports_for
from tokens.rules import against_generating, against_making, ends_soon, message, zone_of
from tokens.scopes import LABELS, NAMES, Scope
from tokens.standing import WITH_JWT, obstacle
from tokens.statuses import Status
from tokens.tables import status_tag
from tokens.verdicts import way_out
from tokens.views.generating import last_tool
from tokens.words import choice_text, distance_to

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


def show_token(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.all_tokens, public_id=public_id)
    desk = replace(desk, at_token=True)
    pairs = reach_of(token)
    may_change = token.kind == AccessToken.Kind.API and token.status is not Status.REVOKED
    stopped = message(against_making(desk.viewer, desk.owner) or against_generating(token, desk.owner))
    stands_in_the_way = obstacle(token)
    context = {
        "desk": desk,
        "token": token,
        "tag": status_tag(token),
        "head": head_of(token, desk, may_change=may_change, may_generate=may_change and not stopped),
        "reason": stopped if may_change else "",
        "obstacle": way_out(stands_in_the_way) if stands_in_the_way else "",
        "abilities": abilities(token, pairs),
        "limits": limit_labels(token),
        "expiry": choice_text(token),
        "soon": ends_soon(token),
        "is_revoked": token.status is Status.REVOKED,
        "is_short_lived": token.kind == AccessToken.Kind.CLIENT_CREDENTIALS,
        **ways_to_send(token, pairs),
    }
    return render(request, "tokens/token.html", context)


def head_of(token: AccessToken, desk: Desk, *, may_change: bool, may_generate: bool) -> PageHead:
    logs = HeadAction(label=_("Token Logs"), href=desk.url(token, "logs"), kind="link")
    actions: list[HeadAction] = [logs]
    if may_change:
        revoke, edit, generate = (desk.url(token, page) for page in ("revoke", "edit", "generate"))
        actions = [
            HeadAction(label=_("Revoke Token…"), href=revoke, kind="danger-link", dialog=True),
            HeadAction(label=_("Edit Token"), href=edit, kind="link", dialog=True),
            logs,
        ]
        if may_generate:
            primary = HeadAction(
                label=_("Generate Token"), href=generate, icon="refresh-cw", kind="primary", dialog=True
            )
            actions.append(primary)
    return PageHead(
        title=token.name, sentence=standing_sentence(token), crumbs=crumbs(token, desk), actions=(*actions,)
    )


def crumbs(token: AccessToken, desk: Desk) -> tuple[Crumb, ...]:
    here = Crumb(label=token.name)
    if desk.own:
        return (Crumb(label=_("My API Access Tokens"), href=desk.list_url), here)
    contact = desk.owner.contact
    return (
        Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
        Crumb(label=contact.name, href=reverse("accounts:logins", args=[contact.public_id])),
        Crumb(label=_("API Access Tokens"), href=desk.list_url),
        here,
    )


def standing_sentence(token: AccessToken) -> str:
    """What the status means for this token, and until when."""
    match token.status:
        case Status.REVOKED:
            return _("Revoked %(when)s, for good: every call with it is refused. Its log stays.") % {
                "when": moment_in_sentence(token.revoked_at) if token.revoked_at else ""
            }
        case Status.NOT_GENERATED:
            return _("A record without a JWT: nothing can call with it yet. Generate Token makes one.")
        case Status.EXPIRED:
            return _("Its JWT expired %(distance)s: every call with it is refused. Generate Token makes a new one.") % {
                "distance": distance_to(token.expires_at) if token.expires_at else ""
            }
        case Status.INACTIVE:
            return _("Its JWT is valid and was not used yet. %(end)s") % {"end": end_sentence(token)}
        case Status.ACTIVE:
            return f"{use_sentence(token)} {end_sentence(token)}"


def use_sentence(token: AccessToken) -> str:
    when = moment_in_sentence(token.last_used_at) if token.last_used_at else ""
    if tool := last_tool(token):
        return _("In use: %(tool)s made the last call, %(when)s.") % {"tool": tool, "when": when}
    return _("In use: last called %(when)s.") % {"when": when}


def end_sentence(token: AccessToken) -> str:
    if token.expires_at is None:
        return _("It never expires.")
    return _("It expires %(distance)s.") % {"distance": distance_to(token.expires_at)}


def limits_of(token: AccessToken) -> frozenset[Pair] | None:
    """The restriction of the JWT in use; before there is one, of the next."""
    return decode(token.current_restriction) if token.status in WITH_JWT else token.pairs


def limit_labels(token: AccessToken) -> list[str] | None:
    """The same in words; None where it is not limited, nothing where an edit left it nothing."""
    limits = limits_of(token)
    return None if limits is None else list(pair_labels(limits, token.owner.organisation_id).values())


def reach_of(token: AccessToken) -> frozenset[Pair]:
    return effective_pairs(token.owner, limits_of(token))


def abilities(token: AccessToken, pairs: frozenset[Pair]) -> list[Ability]:
    """Each scope as it is now; without a JWT, as the next one will have it."""
    has = token.current_scopes if token.status in WITH_JWT else 0
    where = ", ".join(places(pairs, token.owner.organisation_id)) or "–"
    words: dict[Scope, str] = {
        Scope.META: _("names of the reports and their parameters"),
        Scope.REPORT: _("rows of reports: %(places)s") % {"places": where},
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


def ways_to_send(token: AccessToken, pairs: frozenset[Pair]) -> dict[str, Any]:
    """An address that the token may call, for lines to copy. Token addresses take the JWT as Bearer alone."""
    scopes = token.current_scopes if token.status in WITH_JWT else token.scopes
    report = readable_report(token, pairs) if scopes & Scope.REPORT else ""
    other = "meta" if scopes & Scope.META else "whoami"
    path = reverse("report_rows", args=[report]) if report else reverse(other)
    return {
        "address": settings.PUBLIC_URL + path,
        "report": report,
        "takes_all": bool(report or scopes & Scope.META),
    }


def readable_report(token: AccessToken, pairs: frozenset[Pair]) -> str:
    """The first report within the token's reach, the organisation's own before those of the console; else nothing."""
    owner = token.owner
    reader = Reader(
        organisation_id=owner.organisation_id,
        login_id=owner.pk,
        login_public_id=owner.public_id,
        pairs=pairs,
        zone=zone_of(owner),
        read_only=token.read_only,
    )
    found = reports_for(owner.organisation_id)
    for name in sorted(found, key=lambda name: name in reports()):
        try:
            found[name].require_reach(reader)
        except ReportNotInReach:
            continue
        return name
    return ""

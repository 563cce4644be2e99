"""A token's own pages: how it stands, what it may do, who calls with it, why calls fail, every way to send it."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from accounts.exceptions import message
from audit.models import Entry
from audit.plots import Plot
from tokens.daily import calls_of_token
from tokens.desk import Desk
from tokens.effective import abilities, limit_labels, networks_of, pairs_of, report_access, scopes_of
from tokens.failures import failures_of
from tokens.models import PLACES_MOST, AccessToken
from tokens.rules import against_generating, against_making, ends_soon
from tokens.scopes import Scope
from tokens.standing import obstacle
from tokens.statuses import Status
from tokens.tables import status_tag
from tokens.usage import CALLS_READ, last_calls, seen, sessions
from tokens.verdicts import way_out
from tokens.views.token_head import ITSELF, SESSIONS, head_of
from tokens.words import choice_text

PLOT_DAYS = 30
FAILURES_SHOWN = CHANGES_SHOWN = 5
TOOLS_SHOWN = 8
PLACES_SHOWN = 5
SESSIONS_A_PAGE = 50


def show_token(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.all_tokens, public_id=public_id)
    pairs = pairs_of(token)
    reports = report_access(token, pairs)
    context = {
        **standing(token, replace(desk, at_token=True), ITSELF),
        "reports_access": reports,
        "abilities": abilities(token, pairs, sum(report.answers for report in reports)),
        "limits": limit_labels(token),
        "networks": networks_of(token),
        "expiry": choice_text(token),
        "soon": ends_soon(token),
        "is_short_lived": token.kind == AccessToken.Kind.CLIENT_CREDENTIALS,
        **use(token),
        "failures": failures_of(Entry.objects.of_token(token.public_id))[:FAILURES_SHOWN],
        "changes": Entry.objects.of_token(token.public_id).changes().newest_first()[:CHANGES_SHOWN],
        **ways_to_send(token, [report.name for report in reports if report.answers]),
    }
    return render(request, "tokens/token.html", context)


def show_sessions(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.all_tokens, public_id=public_id)
    calls = last_calls(token)
    pages = Paginator(sessions(token, calls), SESSIONS_A_PAGE)
    context = {
        **standing(token, replace(desk, at_token=True), SESSIONS),
        "page": pages.get_page(request.GET.get("page")),
        "is_all": calls.is_all,
        "calls_read": CALLS_READ,
    }
    return render(request, "tokens/token_sessions.html", context)


def standing(token: AccessToken, desk: Desk, page: str) -> dict[str, Any]:
    """What every page of a token says: how it stands, what is in its way and what stops its next JWT."""
    may_change = token.kind == AccessToken.Kind.API and token.status is not Status.REVOKED
    stopped = message(against_making(desk.viewer, desk.owner) or against_generating(token, desk.owner))
    stands_in_the_way = obstacle(token)
    return {
        "desk": desk,
        "token": token,
        "tag": status_tag(token),
        "head": head_of(token, desk, page=page, may_change=may_change, may_generate=may_change and not stopped),
        "reason": stopped if may_change else "",
        "obstacle": way_out(stands_in_the_way) if stands_in_the_way else "",
        "is_revoked": token.status is Status.REVOKED,
        "logs_url": desk.url(token, "logs"),
        "sessions_url": desk.url(token, SESSIONS),
    }


def use(token: AccessToken) -> dict[str, Any]:
    """The calls of 30 days, and by which tools from where; nothing of a token that was never generated."""
    if token.generated_at is None:
        return {"plot": None, "seen": []}
    daily, calls = calls_of_token(token, PLOT_DAYS), last_calls(token)
    places = list(token.places.order_by("-first_at", "-pk")[: PLACES_MOST + 1])
    found = seen(calls, timezone.now())
    return {
        "plot": Plot(daily.days),
        "daily": daily,
        "seen": found[:TOOLS_SHOWN],
        "unseen": len(found) - TOOLS_SHOWN,
        "known": {"places": places[:PLACES_SHOWN], "more": len(places) - PLACES_SHOWN},
        "is_all": calls.is_all,
        "calls_read": CALLS_READ,
    }


def ways_to_send(token: AccessToken, readable: list[str]) -> dict[str, Any]:
    """An address that the token may call, for lines to copy. Token addresses take the JWT as Bearer alone."""
    scopes = scopes_of(token)
    reports = readable if scopes & Scope.REPORT else []
    other = "meta" if scopes & Scope.META else "whoami"
    path = reverse("report_rows", args=[reports[0]]) if reports else reverse(other)
    return {
        "host": settings.PUBLIC_URL,
        "address": settings.PUBLIC_URL + path,
        "report": reports[0] if reports else "",
        "reports": reports,
        "takes_all": bool(reports or scopes & Scope.META),
    }


__all__ = ["show_sessions", "show_token"]

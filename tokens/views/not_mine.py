"""Revoking a token from a mail that asked "was this you?": the link shows what it does, a button does it."""

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import public
from accounts.actor import actor_in
from accounts.exceptions import Conflict
from audit.actor import Actor
from tokens.actions.leaks import revoke_by_link
from tokens.models import AccessToken
from tokens.revoke_links import LinkDead, RevokeLink, read


@public
@require_http_methods(["GET", "POST"])
@never_cache
def not_mine(request: HttpRequest, link: str) -> HttpResponse:
    """Opening the link does nothing: mail servers open links to look at them. A link that is none says no more."""
    try:
        found = read(link)
    except LinkDead:
        return dead(request)
    token = AccessToken.objects.filter(public_id=found.token_id).select_related("owner").first()
    if token is None:
        return dead(request)
    if request.method != "POST" or not stands(token, found):
        return show(request, token, can_revoke=stands(token, found))
    try:
        return show(request, revoke_by_link(link=found, by=someone(request)), done=True)
    except Conflict:
        token.refresh_from_db()
        return show(request, token, status=409)


def stands(token: AccessToken, link: RevokeLink) -> bool:
    return token.revoked_at is None and link.means(token)


def someone(request: HttpRequest) -> Actor:
    """Whoever reads the mail, signed in or not. The ledger keeps the path of a request; this one ends in a secret."""
    actor = actor_in(request, None, channel="console")
    return replace(actor, path=actor.path.rpartition("/")[0])


def dead(request: HttpRequest) -> HttpResponse:
    return render(request, "tokens/not_mine_dead.html", status=404)


def show(request: HttpRequest, token: AccessToken, *, status: int = 200, **more: Any) -> HttpResponse:
    return render(request, "tokens/not_mine.html", {"token": token, **more}, status=status)

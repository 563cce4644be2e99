"""Stopping all of one's own API tokens at once, and starting them again."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import confirmed_lately, signed_in, viewer_of
from accounts.actions import token_stop
from accounts.actor import actor_of
from accounts.changes import START_TOKENS, STOP_TOKENS, Change
from accounts.exceptions import message

page = require_http_methods(["GET", "POST"])


@signed_in
@page
def stop_own_tokens(request: HttpRequest) -> HttpResponse:
    """In a hurry: nobody is asked for a password to shut something."""
    if request.method != "POST":
        return ask(request, STOP_TOKENS, title=_("Stop all my tokens"))
    token_stop.stop_tokens_of(login=viewer_of(request), by=actor_of(request))
    messages.success(request, _("All your tokens are stopped. It acts at once."))
    return HttpResponseRedirect(reverse("personal"), status=303)


@signed_in
@confirmed_lately
@page
def start_own_tokens(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return ask(request, START_TOKENS, title=_("Start my tokens again"))
    token_stop.start_tokens_of(login=viewer_of(request), by=actor_of(request))
    messages.success(request, _("Your tokens work again, each as far as it is still valid."))
    return HttpResponseRedirect(reverse("personal"), status=303)


def ask(request: HttpRequest, change: Change, *, title: str) -> HttpResponse:
    login = viewer_of(request)
    refusal = change.refusal(login, login)
    context = {
        "title": title,
        "login": login,
        "reason": refusal if isinstance(refusal, str) else message(refusal),
        "told": change.told(login),
        "effect": change.effect(login),
        "deed": title,
        "danger": change is STOP_TOKENS,
        "back_url": reverse("personal"),
    }
    return render(request, "tokens/own_stop.html", context)

"""Stopping all API tokens of an organisation at once, and starting them again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import confirmed_lately, needs_everywhere, viewer_of
from accounts.actions import token_stop as actions
from accounts.actor import actor_of
from accounts.forms.deletion import DeletionForm
from accounts.permissions import Permission
from tokens.models import AccessToken
from tokens.token_stops import token_stop


@needs_everywhere(Permission.ORGANISATION_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def stop_tokens(request: HttpRequest) -> HttpResponse:
    """The emergency stop: every program is refused from its next call on. The organisation's name has to be typed."""
    mine = viewer_of(request).organisation
    form = DeletionForm(request.POST if request.method == "POST" else None, words=mine.name)
    if request.method == "POST" and form.is_valid():
        if actions.stop_tokens(organisation=mine, reason="administrator", by=actor_of(request)):
            messages.success(request, _("All API tokens are stopped. It acts at once."))
        return HttpResponseRedirect(reverse("tokens:organisation"), status=303)
    valid = AccessToken.objects.of_organisation(mine.pk).with_valid_jwt().count()
    return ask(request, "tokens/stop_tokens.html", form, title=_("Stop all API tokens"), valid=valid, danger=True)


@needs_everywhere(Permission.ORGANISATION_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def start_tokens(request: HttpRequest) -> HttpResponse:
    """After an older backup was restored the organisation's name has to be typed: somebody has looked."""
    mine = viewer_of(request).organisation
    stop = token_stop(mine)
    words = mine.name if stop and stop.is_restore else ""
    form = DeletionForm(request.POST if request.method == "POST" else None, words=words)
    if request.method == "POST" and form.is_valid():
        if actions.start_tokens(organisation=mine, by=actor_of(request)):
            messages.success(request, _("The API tokens work again, each as far as it is still valid."))
        return HttpResponseRedirect(reverse("tokens:organisation"), status=303)
    return ask(request, "tokens/start_tokens.html", form, title=_("Start the API tokens again"), stop=stop)


def ask(request: HttpRequest, template: str, form: DeletionForm, *, title: str, **more: Any) -> HttpResponse:
    context = {
        "form": form,
        "title": title,
        "deed": title,
        "organisation": viewer_of(request).organisation,
        "back_url": reverse("tokens:organisation"),
        **more,
    }
    return render(request, template, context, status=422 if form.is_bound else 200)

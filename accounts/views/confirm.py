"""Confirm it is you: asked of whoever signed in a while ago, before a page that changes what others may do."""

from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import confirming
from accounts.access import signed_in, viewer_of
from accounts.actions import sessions
from accounts.actions.confirming import confirm_by_password, record_confirmation
from accounts.actor import actor_of
from accounts.exceptions import Refused
from accounts.factors import passkeys
from accounts.factors.kept import passkeys_of
from accounts.forms.factors import SecondStepForm
from accounts.forms.sign_in import ConfirmForm


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@sensitive_post_parameters("password")
def confirm(request: HttpRequest) -> HttpResponse:
    """By the password; a login without one has no form here."""
    login = viewer_of(request)
    form = ConfirmForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return show_confirm(request, form, status=422 if request.method == "POST" else 200)
    try:
        confirm_by_password(login=login, password=form.cleaned_data["password"], by=actor_of(request))
    except Refused as refusal:
        form.add_error("password", refusal.message)
        return show_confirm(request, form, status=422)
    return confirmed(request, how="password")


def show_confirm(request: HttpRequest, form: ConfirmForm, *, status: int = 200, **more: Any) -> HttpResponse:
    login = viewer_of(request)
    context = {
        "form": form,
        "has_password": login.has_usable_password() and not login.is_sso,
        "next": next_page(request),
        "nothing_done": "undone" in request.GET,
        "has_passkey": passkeys_of(login).exists() and passkeys.are_possible(),
        "has_code": login.has_factor,
        "code_form": SecondStepForm(),
        **more,
    }
    return render(request, "account/confirm.html", context, status=status)


def confirmed(request: HttpRequest, *, how: str, to: str = "") -> HttpResponse:
    """The person has proved who they are, by ``how``: the session goes on by another key, to ``to`` or ``next``.

    One that was ended, or confirmed by another tab, in this very moment gets no new key: the next page says what is.
    """
    with transaction.atomic():
        old = request.session.session_key or ""
        record_confirmation(login=viewer_of(request), how=how, by=actor_of(request))
        confirming.stamp(request.session)
        request.session.cycle_key()
        if not sessions.renew(old=old, new=request.session.session_key or ""):
            transaction.set_rollback(True)
            request.session.modified = False
    return HttpResponseRedirect(to or next_page(request), status=303)


def next_page(request: HttpRequest) -> str:
    """A page of this console, whatever the address says."""
    asked = request.POST.get("next", "") or request.GET.get("next", "")
    if asked.startswith("/") and url_has_allowed_host_and_scheme(asked, allowed_hosts=None):
        return asked
    return reverse("home")

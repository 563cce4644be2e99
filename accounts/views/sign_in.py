"""Signing in, signing out, and choosing a password."""

from dataclasses import replace

from allauth.account.adapter import get_adapter
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import confirming, links
from accounts.access import public, signed_in, viewer_of
from accounts.actions import passwords, sessions
from accounts.actor import actor_of
from accounts.exceptions import Refused
from accounts.factors import passkeys
from accounts.forms.sign_in import NewPasswordForm, PasswordChangeForm, ResetRequestForm, SignInForm
from accounts.known_browsers import remember
from accounts.models import IdentityProvider, Login
from accounts.sign_on import leaving
from audit.actor import Actor
from audit.grids.moments import number_text

page = require_http_methods(["GET", "HEAD", "POST"])
# What the browser forgets of this origin at Log Out. Not cookies: they belong to the host, and to all else it serves.
CLEARED = '"cache", "storage"'


@public
@page
@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))
    form = SignInForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        answer: HttpResponse = form.login(request, redirect_url=get_next_redirect_url(request))
        return answer
    return show_sign_in(request, form, status=422 if request.method == "POST" else 200)


def show_sign_in(
    request: HttpRequest, form: SignInForm | None = None, *, refusal: str = "", status: int = 200
) -> HttpResponse:
    """``refusal`` says why another way than the password did not lead in."""
    context = {
        "form": form or SignInForm(request=request),
        "refusal": refusal,
        "passkeys": passkeys.are_possible(),
        "sign_on": IdentityProvider.objects.exists(),
        "forgotten_url": reverse("account_reset_password"),
        "redirect_field_name": REDIRECT_FIELD_NAME,
        "redirect_field_value": get_next_redirect_url(request) or "",
    }
    return render(request, "account/login.html", context, status=status)


@public
@page
@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """A GET asks, so that a picture on another site signs nobody out."""
    if request.user.is_authenticated:
        if request.method != "POST":
            return render(request, "account/logout.html")
        goes_on = leaving.words(request.session)
        get_adapter().logout(request)
        if goes_on:
            messages.info(request, goes_on)
    answer = see_other(settings.LOGOUT_REDIRECT_URL)
    answer["Clear-Site-Data"] = CLEARED
    return answer


@signed_in
@page
@never_cache
@sensitive_post_parameters("current", "password", "again")
def change_password(request: HttpRequest) -> HttpResponse:
    login = viewer_of(request)
    form = PasswordChangeForm(request.POST or None, login=login)
    if request.method == "POST" and form.is_valid():
        key = request.session.session_key or ""
        revoked = passwords.change_password(
            login=login,
            password=form.cleaned_data["password"],
            by=actor_of(request),
            session_key=key,
            revoke_tokens=form.cleaned_data.get("revoke_tokens", False),
        )
        update_session_auth_hash(request, login)
        sessions.renew(old=key, new=request.session.session_key or "")
        confirming.stamp(request.session)
        messages.success(request, _told_of_change(revoked))
        answer = see_other(settings.LOGIN_REDIRECT_URL)
        remember(request, login, answer)
        return answer
    context = {
        "form": form,
        "is_forced": login.must_choose_password,
        "days": None if login.must_change_password else login.organisation.password_days_limit,
    }
    return render(request, "account/password_change.html", context, status=422 if request.method == "POST" else 200)


def _told_of_change(revoked: int) -> str:
    words = _("Your password is changed. Your other sessions have ended.")
    if not revoked:
        return words
    told = ngettext("%(count)s access token is revoked.", "All your %(count)s access tokens are revoked.", revoked)
    return f"{words} {told % {'count': number_text(revoked)}}"


@public
@page
def ask_for_reset(request: HttpRequest) -> HttpResponse:
    form = ResetRequestForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        passwords.ask_for_reset(address=form.cleaned_data["email"], by=actor_of(request))
        return see_other("account_reset_password_done")
    status = 422 if request.method == "POST" else 200
    return render(request, "account/password_reset.html", {"form": form}, status=status)


@public
@require_safe
def reset_asked(request: HttpRequest) -> HttpResponse:
    """The same page for every mail address, whether somebody has it or not."""
    return render(request, "account/password_reset_done.html")


@public
@page
@never_cache
@sensitive_post_parameters("password", "again")
def reset_password(request: HttpRequest, login_id: str, token: str) -> HttpResponse:
    return _set_by_link(request, links.RESET, login_id, token, _("Your new password is set. Sign in with it."))


@public
@page
@never_cache
@sensitive_post_parameters("password", "again")
def activate(request: HttpRequest, login_id: str, token: str) -> HttpResponse:
    return _set_by_link(request, links.ACTIVATION, login_id, token, _("Your password is set. Sign in with it."))


def _set_by_link(request: HttpRequest, link: links.Link, login_id: str, token: str, done: str) -> HttpResponse:
    """A link that does not work says no more than that: not whether the login exists, nor why."""
    login = Login.objects.select_related("organisation", "contact").filter(public_id=login_id).first()
    if login is None or not link.opens(login, token):
        return render(request, "account/link_dead.html", status=404)
    form = NewPasswordForm(request.POST or None, login=login)
    if request.method == "POST" and form.is_valid():
        try:
            passwords.set_password_by_link(
                link=link, login=login, token=token, password=form.cleaned_data["password"], by=_without_token(request)
            )
        except Refused:
            return render(request, "account/link_dead.html", status=404)
        messages.success(request, done)
        return see_other("account_login")
    context = {"form": form, "login": login, "is_activation": link is links.ACTIVATION}
    return render(request, "account/password_set.html", context, status=422 if request.method == "POST" else 200)


def _without_token(request: HttpRequest) -> Actor:
    """The ledger keeps the path of a request; this one ends in a secret."""
    actor = actor_of(request)
    return replace(actor, path=actor.path.rpartition("/")[0])


def see_other(name: str) -> HttpResponse:
    """The answer to a POST that acted: go and look there."""
    return HttpResponseRedirect(resolve_url(name), status=303)

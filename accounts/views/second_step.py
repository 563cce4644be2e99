"""Signing in further than by the password: the second step, and a passkey in place of both."""

from contextlib import suppress
from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login as Coming
from allauth.account.utils import get_login_redirect_url, get_next_redirect_url
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import limits
from accounts.access import public
from accounts.actions import factor_checks, sign_in
from accounts.actor import actor_of
from accounts.backends import reason_against
from accounts.exceptions import Refused
from accounts.factors import passkeys
from accounts.factors.kept import TOTP, codes_left, passkeys_of, rows_of
from accounts.forms.factors import PasskeyForm, SecondStepForm
from accounts.models import Login
from accounts.stages import WAY, SecondStep, abandon_step, waiting_step
from accounts.views.sign_in import page, show_sign_in

QUESTIONS_WINDOW = 15 * limits.MINUTE
QUESTIONS_LIMIT = 100  # of one address in a window: each leaves a row in the table of sessions


@public
@page
@never_cache
@sensitive_post_parameters("code", "answer")
def second_step(request: HttpRequest) -> HttpResponse:
    """Asked of whoever gave the right password and has a second factor. Nobody else has anything here."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))
    step = waiting_step(request)
    if step is None:
        return HttpResponseRedirect(reverse("account_login"))
    if reason := step.reason_against():
        return begin_again(request, step, reason)
    if request.method != "POST":
        return show_step(request, step)
    try:
        factor = factor_of(request, step.person, passkeys.SECOND_STEP)
    except Refused as refusal:
        if refusal.code != "empty":
            sign_in.record_refused_step(login=step.person, reason=refusal.code, by=actor_of(request))
        return show_step(request, step, refusal=refusal.message, status=422)
    return step.passed(factor)


def factor_of(request: HttpRequest, login: Login, purpose: str) -> str:
    """The factor that the form proves. Raises ``Refused``."""
    answered = PasskeyForm(request.POST)
    if answered.is_valid():
        return by_passkey(request, purpose, login, answered.cleaned_data["answer"])
    form = SecondStepForm(request.POST)
    if not form.is_valid():
        raise Refused("empty", _("Type a code."))
    return factor_checks.check_code(login=login, code=form.cleaned_data["code"])


def by_passkey(request: HttpRequest, purpose: str, login: Login, answer: str) -> str:
    """The question put to this session is answered once, right or wrong. Raises ``Refused``."""
    try:
        state = passkeys.take(request.session, purpose, login)
    except passkeys.WrongAnswer:
        raise Refused("bad_passkey", _("It took too long. Try again.")) from None
    return factor_checks.check_passkey(login=login, state=state, answer=answer)


def show_step(request: HttpRequest, step: SecondStep, *, refusal: str = "", status: int = 200) -> HttpResponse:
    """The form is empty each time: no code is worth typing twice."""
    login = step.person
    kinds = set(rows_of(login).values_list("type", flat=True))
    context = {
        "form": SecondStepForm(focused=True),
        "refusal": refusal,
        "person": login,
        "has_app": TOTP in kinds,
        "has_passkey": kinds != {TOTP} and passkeys.are_possible(),
        "has_codes": codes_left(login) > 0,
    }
    return render(request, "account/second_step.html", context, status=status)


def begin_again(request: HttpRequest, step: SecondStep, reason: str) -> HttpResponse:
    """Shut out between the two steps."""
    sign_in.record_refused_step(login=step.person, reason=reason, by=actor_of(request))
    abandon_step(request)
    messages.error(request, _("Signing in was not possible. Begin again."))
    return HttpResponseRedirect(reverse("account_login"), status=303)


@public
@require_POST
@never_cache
def ask_passkey(request: HttpRequest) -> HttpResponse:
    """What the browser needs to use a passkey."""
    address = limits.key_of_address("passkey", request.META.get("REMOTE_ADDR", ""))
    if limits.hit(address, QUESTIONS_WINDOW) > QUESTIONS_LIMIT:
        answer = JsonResponse({"refused": _("Too many attempts. Try again later.")}, status=429)
        answer["Retry-After"] = str(limits.seconds_left(QUESTIONS_WINDOW))
        return answer
    purpose, login = whom_to_ask(request)
    rows = list(passkeys_of(login)) if login else []
    return JsonResponse(passkeys.ask_for_one(request.session, purpose, login, rows))


def whom_to_ask(request: HttpRequest) -> tuple[str, Login | None]:
    """The person of this session confirms; whoever is in the second step takes it; anybody else signs in."""
    if isinstance(request.user, Login):
        return passkeys.CONFIRM, request.user
    step = waiting_step(request) if "step" in request.POST else None
    return (passkeys.SECOND_STEP, step.person) if step else (passkeys.SIGN_IN, None)


@public
@require_http_methods(["POST"])
@never_cache
@sensitive_post_parameters("answer")
def sign_in_by_passkey(request: HttpRequest) -> HttpResponse:
    """A passkey that knows its owner stands for user name, password and second step. All refusals look alike."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(get_login_redirect_url(request))
    form = PasskeyForm(request.POST)
    login = owner_by_passkey(request, form.cleaned_data["answer"]) if form.is_valid() else None
    if login is None:
        words = _("No login here opens with this passkey. Try again, or sign in with your password.")
        return show_sign_in(request, refusal=words, status=422)
    setattr(request, WAY, "passkey")
    answer: HttpResponse = perform_login(request, Coming(user=login, redirect_url=get_next_redirect_url(request)))
    return answer


def owner_by_passkey(request: HttpRequest, answer: str) -> Login | None:
    """The login that the passkey opens; None, and on record, when it opens none."""
    login, reason = None, "bad_passkey"
    with suppress(passkeys.WrongAnswer):
        state = passkeys.take(request.session, passkeys.SIGN_IN)
        login = called(passkeys.owner_of(answer))
        reason = reason_of(login, state, answer)
    if login is None or reason:
        sign_in.record_refusal(login=login, reason=reason, by=actor_of(request))
        return None
    return login


def called(public_id: str) -> Login | None:
    found: Login | None = Login.objects.select_related("organisation", "contact").filter(public_id=public_id).first()
    return found


def reason_of(login: Login | None, state: dict[str, Any], answer: str) -> str:
    """Why the login may not come in by this answer; empty when it may."""
    if login is None:
        return "bad_passkey"
    try:
        factor_checks.check_passkey(login=login, state=state, answer=answer)
    except Refused as refusal:
        return refusal.code
    return reason_against(login)

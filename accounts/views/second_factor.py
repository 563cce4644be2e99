"""One's own second factors: setting up an authenticator app or a passkey, renaming, removing, recovery codes."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import confirmed_lately, signed_in, viewer_of
from accounts.actions import factors
from accounts.actor import actor_of
from accounts.exceptions import Refused, message
from accounts.factors import passkeys, totp
from accounts.factors.kept import PUBLIC_ID, Factor, codes_left, factors_of, in_words, passkeys_of, rows_of
from accounts.forms.factors import AddAppForm, AddPasskeyForm, PasskeyNameForm
from accounts.middleware import must_add_factor
from accounts.models import Login
from accounts.rules.factors import (
    against_adding_app,
    against_adding_passkey,
    against_making_codes,
    against_removing_factor,
)
from accounts.sealed_texts import Unreadable

page = require_http_methods(["GET", "POST"])


@signed_in
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """What one can set up. Where it is required, the only page until something is."""
    login = viewer_of(request)
    context = {
        "is_forced": must_add_factor(login),
        "against_app": message(against_adding_app(login)),
        "against_passkey": message(against_adding_passkey(login)),
        "passkeys": passkeys.are_possible(),
    }
    return render(request, "account/second_factor.html", context)


@signed_in
@confirmed_lately
@page
@never_cache
@sensitive_post_parameters("offer", "code")
def add_app(request: HttpRequest) -> HttpResponse:
    """The secret stands on the page and, sealed, in its form; it is kept once the app shows a right code of it."""
    login = viewer_of(request)
    reason = message(against_adding_app(login))
    form = AddAppForm(request.POST) if request.method == "POST" else None
    if form is None or reason or not form.is_valid():
        return show_app(request, login, form, reason=reason)
    offer = form.cleaned_data["offer"]
    try:
        secret = totp.offered_secret(login, offer)
        codes = factors.add_app(login=login, secret=secret, code=form.cleaned_data["code"], by=actor_of(request))
    except Unreadable:
        form.add_error(None, _("The page was open too long. Scan the new picture."))
        return show_app(request, login, form, offer=totp.new_offer(login))
    except Refused as refusal:
        form.add_error("code" if refusal.code == "bad_code" else None, refusal.message)
        return show_app(request, login, form, offer=offer)
    messages.success(request, _("The authenticator app is set up."))
    return shown_once(request, codes)


@sensitive_variables("secret")
def show_app(
    request: HttpRequest, login: Login, form: AddAppForm | None, *, offer: str = "", reason: str = ""
) -> HttpResponse:
    """The same secret again after a wrong code, so that the app need not be set up twice."""
    offer = offer or (form.data.get("offer", "") if form else "") or totp.new_offer(login)
    try:
        secret = totp.offered_secret(login, offer)
    except Unreadable:
        offer = totp.new_offer(login)
        secret = totp.offered_secret(login, offer)
    context = {
        "form": form or AddAppForm(),
        "offer": offer,
        "reason": reason,
        "drawing": totp.drawing_of(totp.address(login, secret)),
        "secret": totp.in_groups(secret),
        "is_forced": must_add_factor(login),
    }
    return render(request, "account/add_app.html", context, status=200 if form is None else 422)


@signed_in
@confirmed_lately
@page
@never_cache
@sensitive_post_parameters("answer")
def add_passkey(request: HttpRequest) -> HttpResponse:
    login = viewer_of(request)
    reason = message(against_adding_passkey(login))
    form = AddPasskeyForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or reason or not form.is_valid():
        return show_passkey(request, form, reason=reason)
    try:
        codes = factors.add_passkey(
            login=login,
            name=form.cleaned_data["name"],
            state=passkeys.take(request.session, passkeys.ADD, login),
            answer=form.cleaned_data["answer"],
            by=actor_of(request),
        )
    except passkeys.WrongAnswer:
        form.add_error(None, _("It took too long. Try again."))
        return show_passkey(request, form)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return show_passkey(request, form)
    messages.success(request, _("The passkey is set up."))
    return shown_once(request, codes)


def show_passkey(request: HttpRequest, form: AddPasskeyForm, *, reason: str = "") -> HttpResponse:
    context = {
        "form": form,
        "reason": reason,
        "passkeys": passkeys.are_possible(),
        "is_forced": must_add_factor(viewer_of(request)),
    }
    return render(request, "account/add_passkey.html", context, status=422 if form.is_bound else 200)


@signed_in
@confirmed_lately
@require_POST
@never_cache
def passkey_to_add(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey; the question stays in this session for its answer."""
    login = viewer_of(request)
    if refusal := against_adding_passkey(login):
        return JsonResponse({"refused": refusal.message}, status=422)
    return JsonResponse(passkeys.ask_to_add(request.session, login, list(passkeys_of(login))))


@signed_in
@confirmed_lately
@page
@never_cache
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Asks first, because the codes that are there end; the new ones stand in the answer to the form alone."""
    login = viewer_of(request)
    reason = message(against_making_codes(login))
    if request.method != "POST" or reason:
        context = {
            "left": codes_left(login),
            "reason": reason,
            "back_url": reverse("personal"),
            "deed": _("Make new codes"),
        }
        return render(request, "account/recovery_ask.html", context, status=422 if request.method == "POST" else 200)
    try:
        codes = factors.make_recovery_codes(login=login, by=actor_of(request))
    except Refused as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(reverse("personal"), status=303)
    return shown_once(request, codes)


@sensitive_variables("codes")
def shown_once(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Back to the Personal page, or first the recovery codes that were made."""
    if not codes:
        return HttpResponseRedirect(reverse("personal"), status=303)
    return render(request, "account/recovery_codes.html", {"codes": codes, "text": "\n".join(codes)})


@signed_in
@page
def rename_passkey(request: HttpRequest, public_id: str) -> HttpResponse:
    login = viewer_of(request)
    factor = own_factor(login, public_id)
    if not factor.is_passkey:
        raise Http404
    form = PasskeyNameForm(request.POST if request.method == "POST" else None, initial={"name": factor.name})
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "factor": factor, "back_url": reverse("personal"), "deed": _("Save")}
        status = 422 if request.method == "POST" else 200
        return render(request, "account/rename_passkey.html", context, status=status)
    try:
        name = form.cleaned_data["name"]
        factors.rename_passkey(login=login, factor_id=public_id, name=name, by=actor_of(request))
    except Refused as refusal:
        messages.info(request, refusal.message)
    return HttpResponseRedirect(reverse("personal"), status=303)


@signed_in
@confirmed_lately
@page
def remove_factor(request: HttpRequest, public_id: str) -> HttpResponse:
    """Says what signing in is like then; where a second factor is required, the last one stays."""
    login = viewer_of(request)
    factor = own_factor(login, public_id)
    reason = message(against_removing_factor(login))
    if request.method == "POST" and not reason:
        try:
            factors.remove_factor(login=login, factor_id=public_id, by=actor_of(request))
        except Refused as refusal:
            messages.info(request, refusal.message)
        else:
            messages.success(request, _("%(name)s is removed.") % {"name": factor.name})
        return HttpResponseRedirect(reverse("personal"), status=303)
    context = {
        "factor": factor,
        "reason": reason,
        "is_last": len(factors_of(login)) == 1,
        "back_url": reverse("personal"),
        "deed": _("Remove"),
        "danger": True,
    }
    return render(request, "account/remove_factor.html", context, status=422 if request.method == "POST" else 200)


def own_factor(login: Login, public_id: str) -> Factor:
    row = rows_of(login).filter(**{f"data__{PUBLIC_ID}": public_id}).first()
    if row is None:
        raise Http404
    return in_words(row)

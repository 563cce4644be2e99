"""Signing in at the organisation's identity provider, and confirming there that it is still the same person."""

import structlog
from allauth.account.adapter import get_adapter
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.access import public, signed_in, viewer_of
from accounts.actions.confirming import record_refused_confirmation
from accounts.actions.sign_on import count_flow, recognise
from accounts.actor import actor_of
from accounts.exceptions import Refused, TooManyAttempts
from accounts.forms.sign_on import OrganisationForm
from accounts.models import IdentityProvider, IdentityTie, Login
from accounts.sign_on import flow as flows
from accounts.sign_on import leaving
from accounts.sign_on.id_tokens import Identity
from accounts.sign_on.troubles import Trouble
from accounts.stages import WAY
from accounts.views.confirm import confirmed, next_page
from accounts.views.sign_in import page

SSO = "sso"  # the way of such a sign-in
TRY_AGAIN = frozenset({"away", "busy"})

log = structlog.get_logger("accounts.sign_on")


@public
@page
@never_cache
def sign_on(request: HttpRequest) -> HttpResponse:
    """Asks which organisation's provider, where there are several; the button goes there."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(next_page(request))
    providers = IdentityProvider.objects.select_related("organisation")
    only = providers.first() if providers.count() == 1 else None
    is_chosen = request.method == "POST" and (only is not None or "organisation" in request.POST)
    if request.method == "POST" and not is_chosen:
        return HttpResponseRedirect(f"{request.path}?{urlencode({'next': next_page(request)})}", status=303)
    form = OrganisationForm(request.POST if is_chosen else None, initial=request.GET.dict())
    provider = only or (form.provider if is_chosen and form.is_valid() else None)
    if is_chosen and provider:
        return _go(request, provider)
    context = {"form": form, "only": only, "is_possible": only or providers.exists(), "next": next_page(request)}
    return render(request, "account/sign_on.html", context, status=422 if is_chosen else 200)


@signed_in
@require_POST
@never_cache
def confirm_by_sign_on(request: HttpRequest) -> HttpResponse:
    """The provider asks its person again; see ``accounts.access.confirmed_lately``."""
    login = viewer_of(request)
    provider = IdentityProvider.objects.filter(organisation_id=login.organisation_id).first()
    if provider is None or not login.is_sso:
        return HttpResponseRedirect(f"{reverse('confirm')}?{urlencode({'next': next_page(request)})}", status=303)
    return _go(request, provider, login=login)


def _go(request: HttpRequest, provider: IdentityProvider, login: Login | None = None) -> HttpResponse:
    """A page that goes there by itself: browsers hold a form to this host, through redirects too (CSP form-action)."""
    next_address = next_page(request)
    try:
        count_flow(by=actor_of(request))
        address = flows.begin(
            provider,
            request.session,
            next_page=next_address,
            login=login.public_id if login else "",
            hint=login.user_name if login else "",
        )
    except TooManyAttempts as refusal:
        answer = _failed(request, refusal.message, status=429, next_address=next_address)
        answer["Retry-After"] = str(refusal.seconds)
        return answer
    except Trouble as trouble:
        return _troubled(request, trouble, next_address)
    return render(request, "account/sign_on_go.html", {"address": address, "provider": provider})


@public
@require_GET
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """Where the provider sends the browser back to."""
    flow = None
    try:
        flow = flows.taken_back(request.session, request.GET.get("state", ""))
        provider = _provider_of(flow)
        identity = flows.identify(flow, provider, request.GET.dict())
        if flow.login:
            return _confirmed(request, flow, provider, identity)
    except Trouble as trouble:
        if flow and flow.login and isinstance(request.user, Login):
            record_refused_confirmation(login=request.user, how=SSO, reason=trouble.code, by=actor_of(request))
        return _troubled(request, trouble, flow.next if flow else reverse("home"))
    if not request.user.is_authenticated:
        try:
            _begin_session(request, flow, provider, identity)
        except Refused as refusal:
            return _failed(request, refusal.message, status=403, next_address=flow.next)
    return HttpResponseRedirect(flow.next)


def _provider_of(flow: flows.Flow) -> IdentityProvider:
    """Raises ``Trouble`` when the operator set another one meanwhile."""
    rows = IdentityProvider.objects.select_related("organisation")
    if provider := rows.filter(pk=flow.provider).first():
        return provider
    raise Trouble("stale", "the provider is gone")


def _begin_session(request: HttpRequest, flow: flows.Flow, provider: IdentityProvider, identity: Identity) -> None:
    login = recognise(provider=provider, identity=identity, by=actor_of(request))
    setattr(request, WAY, SSO)
    get_adapter(request).login(request, login)
    leaving.remember(request.session, provider, flow.at.end_session)


def _confirmed(request: HttpRequest, flow: flows.Flow, provider: IdentityProvider, identity: Identity) -> HttpResponse:
    ties = IdentityTie.objects.filter(provider=provider, subject=identity.subject, login__public_id=flow.login)
    if not isinstance(request.user, Login) or request.user.public_id != flow.login or not ties.exists():
        raise Trouble("other_person")
    return confirmed(request, how=SSO, to=flow.next)


def _troubled(request: HttpRequest, trouble: Trouble, next_address: str) -> HttpResponse:
    log.warning("single sign-on failed", reason=trouble.code, about=trouble.about)
    status = 503 if trouble.code in TRY_AGAIN else 422
    return _failed(request, trouble.message, status=status, next_address=next_address)


def _failed(request: HttpRequest, message: str, *, status: int, next_address: str) -> HttpResponse:
    context = {"message": message, "next": next_address}
    return render(request, "account/sign_on_failed.html", context, status=status)

"""Confirm it is you, by a second factor: a passkey, or a code of the authenticator app or for recovery."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.access import signed_in, viewer_of
from accounts.actions.confirming import record_refused_confirmation
from accounts.actor import actor_of
from accounts.exceptions import Refused
from accounts.factors import passkeys
from accounts.forms.factors import PasskeyForm
from accounts.forms.sign_in import ConfirmForm
from accounts.views.confirm import confirmed, show_confirm
from accounts.views.second_step import factor_of


@signed_in
@require_POST
@never_cache
@sensitive_post_parameters("code", "answer")
def confirm_by_factor(request: HttpRequest) -> HttpResponse:
    """One factor is enough: the session began with what the login asks for, and is the person's already."""
    login = viewer_of(request)
    kind = "passkey" if PasskeyForm(request.POST).is_valid() else "code"
    if not login.has_factor:
        return show_confirm(request, ConfirmForm(), status=422, refusal=_("You have set up no second factor."))
    try:
        how = factor_of(request, login, passkeys.CONFIRM)
    except Refused as refusal:
        if refusal.code != "empty":
            record_refused_confirmation(login=login, how=kind, reason=refusal.code, by=actor_of(request))
        return show_confirm(request, ConfirmForm(), status=422, refusal=refusal.message)
    return confirmed(request, how=how)

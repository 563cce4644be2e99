"""What the addresses of OAuth share: parameters come in the body of a form alone, and nothing keeps an answer."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.request import Request

from tokens.api.bodies import form_body, is_form
from tokens.api.exceptions import Problem

NEVER_IN_THE_ADDRESS = {"grant_type", "client_id", "client_secret", "scope", "token", "token_type_hint"}
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749, 5.1


def parameters_of(request: Request) -> dict[str, str]:
    """The form's parameters; one without a value is left out (RFC 6749, 3.2).

    Raises ``Problem`` 400 ``invalid_request``, also for one in the address, 413 or 415.
    """
    if NEVER_IN_THE_ADDRESS & request._request.GET.keys():
        detail = _(
            "Send the parameters in the body. What stands in an address is logged on the way: change that "
            "password, or end that token."
        )
        raise Problem(400, detail, reason="invalid_request")
    return {name: value for name, value in form_body(request).items() if value}


def require_form(request: Request) -> None:
    """RFC 6749, 5.2 has no 415: another type of body is a 400 ``invalid_request``."""
    if not is_form(request):
        detail = _("Send the parameters as Content-Type: application/x-www-form-urlencoded.")
        raise Problem(400, detail, reason="invalid_request")

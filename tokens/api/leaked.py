"""Whoever finds a JWT can end it here, and learns nothing about it: one answer to everything."""

import time

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts import limits
from tokens.actions.leaks import report_leak
from tokens.api.actors import program_actor
from tokens.api.bodies import FORM_LIMIT, form_body, is_form, json_body
from tokens.api.exceptions import Problem
from tokens.api.views_base import PublicApiView, answer

REPORTS_LIMIT = 60  # of one address in a minute
ANSWER_SECONDS = 0.1  # before that no answer leaves: ending a token takes longer than finding none


class Leaked(PublicApiView):
    """Takes ``{"token": "<JWT>"}`` or the same as a form, from anyone."""

    def post(self, request: Request) -> HttpResponse:
        begun = time.monotonic()
        limit_reports(request)
        report_leak(jwt=reported(request), by=program_actor(request))
        time.sleep(max(0.0, begun + ANSWER_SECONDS - time.monotonic()))
        detail = _("Thank you. If this is a JWT of this console, no call with it is admitted from now on.")
        return answer({"status": "accepted", "detail": detail}, status=202)


def limit_reports(request: Request) -> None:
    """Raises ``Problem`` 429: what is reported here writes, and mails."""
    if limits.hit(limits.key_of_address("leaked", request.META["REMOTE_ADDR"]), limits.MINUTE) > REPORTS_LIMIT:
        seconds = str(limits.seconds_left(limits.MINUTE))
        detail = _("Too many reports from this address. The next minute has room again.")
        raise Problem(429, detail, reason="too_many_attempts", headers={"Retry-After": seconds})


def reported(request: Request) -> bytes:
    """The string that is reported. Raises ``Problem`` 413, 415, or 400 when none can be found in the body."""
    fields = form_body(request) if is_form(request) else json_body(request, limit=FORM_LIMIT)
    token = fields.get("token")
    if not isinstance(token, str) or not token.strip():
        detail = _('Send the JWT as {"token": "<JWT>"} in JSON, or as the form field token.')
        raise Problem(400, detail, reason="invalid_request")
    return token.strip().encode("utf-8", "replace")

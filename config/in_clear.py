"""Where the console is reached by https, nothing is served to whoever comes without.

A program is refused, never led on: it would go on sending its token in clear, and nobody would notice (BCP 195, and
RFC 6750, 5.3). A person who only looks is led to https.
"""

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from config import errors
from config.addresses import is_for_programs
from config.insiders import comes_from_this_machine

ASKED_BY_PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
USE_HTTPS = _(
    "Use https. Anybody between could read this call: if it had a token or a password in it, take that for leaked, "
    "revoke the token and choose another password."
)


def refuse_clear(request: HttpRequest) -> HttpResponse | None:
    """None for what came by TLS, here or at a trusted proxy, and for a probe that shows no secret."""
    if not settings.HTTPS_ONLY or request.is_secure() or is_probe(request):
        return None
    if is_for_programs(request.path_info):
        structlog.get_logger("config").warning("call in clear refused", path=request.path_info[:100])
        return errors.problem(request, 400, str(USE_HTTPS))
    if request.method in {"GET", "HEAD"}:
        return HttpResponse(
            status=308,
            headers={"Location": f"{settings.PUBLIC_URL}{request.get_full_path()}", "Cache-Control": "no-store"},
        )
    structlog.get_logger("config").warning("form in clear refused", path=request.path_info[:100])
    return errors.page(request, 400, {"reason": "clear", "console": settings.PUBLIC_URL})


def is_probe(request: HttpRequest) -> bool:
    """Balancers and Prometheus ask each machine by its number; with a token only on this very machine."""
    if request.path_info not in ASKED_BY_PROBES:
        return False
    return "Authorization" not in request.headers or comes_from_this_machine(request)

"""Who may see how the installation is: this machine itself, and whoever has ``METRICS_TOKEN``."""

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.crypto import constant_time_compare

from config.environment import LOOPBACK_NAMES

PASSED_ON = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Forwarded", "Via")
"""With one of these a request comes through a proxy: that the proxy is on this machine says nothing of the caller."""


def may_see_inside(request: HttpRequest) -> bool:
    return has_metrics_token(request) or comes_from_this_machine(request)


def has_metrics_token(request: HttpRequest) -> bool:
    scheme, _blank, given = request.headers.get("Authorization", "").partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and scheme.lower() == "bearer" and constant_time_compare(given.strip(), wanted)


def comes_from_this_machine(request: HttpRequest) -> bool:
    try:
        is_loopback = ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return is_loopback and is_asked_by_our_name(request) and not any(name in request.headers for name in PASSED_ON)


def is_asked_by_our_name(request: HttpRequest) -> bool:
    """Or by number. Any other name may be a page's in a browser on this machine, whose owner had it lead here (DNS
    rebinding), and who would read the answer.
    """
    asked = request.META.get("HTTP_HOST", "").lower()
    name, _port = split_domain_port(asked)
    return not asked or is_number(name.strip("[]")) or validate_host(name, [*LOOPBACK_NAMES, *settings.ALLOWED_HOSTS])


def is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True

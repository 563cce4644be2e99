"""The headers that protect every answer, also those which Django never sees (408)."""

from django.conf import settings

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Frame-Options": "DENY",
    # No default covers the last three (CSP 3, 6.3 and 6.4).
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"


def headers() -> dict[str, str]:
    """Behind https a browser never comes in clear again (RFC 6797)."""
    strict = {"Strict-Transport-Security": STRICT_TRANSPORT} if settings.PUBLIC_URL.startswith("https://") else {}
    return HEADERS | strict

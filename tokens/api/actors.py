"""Who acts in a call of the API, in the ledger's terms, where no access token says it."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import Login
from audit.actor import Actor


def program_actor(request: HttpRequest | Request, login: Login | None = None) -> Actor:
    """A program that acts for the login whose password it gave; nameless while nobody is known."""
    return Actor(
        id=login.public_id if login else "",
        label=login.label if login else "",
        organisation_id=login.organisation_id if login else None,
        channel="api",
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.META.get("HTTP_USER_AGENT", ""),
        request_id=getattr(request, "request_id", ""),
        method=request.method or "",
        path=request.path,
    )

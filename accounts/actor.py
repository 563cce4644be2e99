"""Who acts in a request, in the ledger's terms."""

from django.http import HttpRequest

from accounts.models import Login
from audit.actor import Actor


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in login of a console request as an actor; an anonymous request gives a nameless one."""
    return actor_in(request, request.user if isinstance(request.user, Login) else None, channel="console")


def actor_in(request: HttpRequest, login: Login | None, *, channel: str) -> Actor:
    """The login as an actor in the request; nameless while nobody is known."""
    return Actor(
        id=login.public_id if login else "",
        label=login.label if login else "",
        organisation_id=login.organisation_id if login else None,
        channel=channel,
        address=request.META.get("REMOTE_ADDR", ""),
        user_agent=request.headers.get("User-Agent", ""),
        request_id=getattr(request, "request_id", ""),
        method=request.method or "",
        path=request.path,
    )

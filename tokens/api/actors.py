"""Who acts in a call of the API, in the ledger's terms, where no access token says it."""

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.actor import actor_in
from accounts.models import Login
from audit.actor import Actor


def program_actor(request: HttpRequest | Request, login: Login | None = None) -> Actor:
    """A program that acts for the login whose password it gave; nameless while nobody is known."""
    return actor_in(request._request if isinstance(request, Request) else request, login, channel="api")

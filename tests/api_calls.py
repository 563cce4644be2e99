"""How tests make a token valid and call the API with it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request

from accounts.models import Login
from config.urls import urlpatterns as real
from tests.factories import AccessTokenFactory
from tokens import jwt
from tokens.api.views_base import ApiView, answer
from tokens.models import AccessToken
from tokens.scopes import Scope

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"


class Echo(ApiView):
    """Says what the call was admitted as."""

    required_scope = Scope.REPORT

    def get(self, request: Request) -> Any:
        admitted = request.auth
        return answer(
            {
                "principal": request.user.public_id,
                "entry": admitted.entry_id,
                "pairs": sorted(pair.encoded() for pair in admitted.pairs),
                "scopes": int(admitted.scopes),
            }
        )


class Manage(Echo):
    required_scope = Scope.TOKEN


urlpatterns = [path("api/echo", Echo.as_view()), path("api/manage", Manage.as_view()), *real]


def make_valid(token: AccessToken, *, expires_at: datetime | None = None, **current: Any) -> str:
    """Give the token a JWT that is saved, without the console's steps, and return it."""
    text = jwt.issue(
        token, scopes=token.scopes, pairs=token.owner.pairs, expires_at=expires_at, issued_at=timezone.now()
    )
    values = {
        "digest": jwt.digest(text),
        "current_scopes": token.scopes,
        "current_restriction": token.restriction,
        "expires_at": expires_at,
        "generated_at": timezone.now(),
        **current,
    }
    AccessToken.objects.filter(pk=token.pk).update(**values)
    return text


def valid_token(owner: Login, **values: Any) -> tuple[AccessToken, str]:
    token = AccessTokenFactory(owner=owner, **values)
    text = make_valid(token)
    token.refresh_from_db()
    return token, text


Call = Callable[..., Any]


@pytest.fixture
def call(settings: Any, client: Client) -> Call:
    """``call(jwt)`` gets an address of the API; headers may be given as they are."""
    settings.ROOT_URLCONF = "tests.api_calls"
    client.raise_request_exception = False

    def get(text: str | None = None, address: str = "/api/echo", **headers: Any) -> Any:
        if text is not None:
            headers["HTTP_AUTHORIZATION"] = f"Bearer {text}"
        return client.get(address, HTTP_USER_AGENT="Excel/16.0", **headers)

    return get


__all__ = ["call", "make_valid", "valid_token"]

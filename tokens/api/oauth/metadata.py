"""What standard clients find out by themselves: who issues the JWTs, which endpoints there are, what they take."""

from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import public
from tokens.admission.statement import API_NAME
from tokens.api.conditional import conditional
from tokens.keys import Ring, ring
from tokens.scopes import NAMES

MAX_AGE_SECONDS = 300
CLIENT_AUTHENTICATION = ("client_secret_basic", "client_secret_post")  # RFC 6749, 2.3.1
DOCUMENTATION = "/api/docs"


@public
@require_safe
def authorization_server(request: HttpRequest) -> HttpResponse:
    """RFC 8414, 2."""
    return document(request, authorization_server_metadata(ring()))


@public
@require_safe
def protected_resource(request: HttpRequest) -> HttpResponse:
    """RFC 9728, 2: there is one resource, so the address without its path gives the same."""
    return document(request, protected_resource_metadata(ring()))


@public
@require_safe
def access_tokens_issuer(request: HttpRequest) -> HttpResponse:
    """The two members that clients of ``/v1/access-tokens`` verify JWTs with."""
    keys = ring()
    return document(request, {"issuer": keys.issuer, **keys_at(keys, "access_tokens_jwks")})


def authorization_server_metadata(keys: Ring) -> dict[str, Any]:
    """No authorization endpoint: people get their tokens in the console, so no response type is supported."""
    return {
        "issuer": keys.issuer,
        "token_endpoint": address("oauth_token"),
        "token_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        "grant_types_supported": ["client_credentials"],
        "response_types_supported": [],
        "scopes_supported": list(NAMES.values()),
        "introspection_endpoint": address("oauth_introspect"),
        # RFC 8414 takes the token type here too, and only here.
        "introspection_endpoint_auth_methods_supported": [*CLIENT_AUTHENTICATION, "Bearer"],
        "revocation_endpoint": address("oauth_revoke"),
        "revocation_endpoint_auth_methods_supported": CLIENT_AUTHENTICATION,
        **keys_at(keys, "jwks"),
        "protected_resources": [keys.audience],
        "service_documentation": settings.PUBLIC_URL + DOCUMENTATION,
    }


def protected_resource_metadata(keys: Ring) -> dict[str, Any]:
    """``resource`` is what the JWTs name as their audience."""
    return {
        "resource": keys.audience,
        "resource_name": API_NAME,
        "authorization_servers": [keys.issuer],
        "scopes_supported": list(NAMES.values()),
        "bearer_methods_supported": ["header"],
        "resource_documentation": settings.PUBLIC_URL + DOCUMENTATION,
    }


def keys_at(keys: Ring, name: str) -> dict[str, str]:
    """Where the public keys are, if there are any: nobody else verifies with a shared secret."""
    return {"jwks_uri": address(name)} if keys.jwks["keys"] else {}


def address(name: str) -> str:
    return settings.PUBLIC_URL + reverse(name)


def document(request: HttpRequest, members: dict[str, Any]) -> HttpResponse:
    content = orjson.dumps(members)
    return conditional(request, content, content_type="application/json", max_age=MAX_AGE_SECONDS, shared=True)

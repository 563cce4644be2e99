"""What several addresses share: ways to give credentials, headers, and the shapes of errors and of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokens.api.schema.reasons import reasons
from tokens.api.schema.shapes import Schema, listing, number, ref, text, thing
from tokens.scopes import HINTS, LABELS, NAMES

CLIENT = "client"  # the name of a scheme: user name and password at the token endpoint and its neighbours

SCOPES = {name: f"{LABELS[scope]}: {str(HINTS[scope]).rstrip('.')}." for scope, name in NAMES.items()}

SECURITY: Mapping[str, Mapping[str, Any]] = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": (
            "The JWT of an access token, in the header `Authorization: Bearer <JWT>` (RFC 6750). All addresses that "
            "need a token take it so; it is never taken from the query or a cookie."
        ),
    },
    "oauth2": {
        "type": "oauth2",
        "description": (
            "The same header, with a JWT that the token endpoint gave for a user name and a password. It ends after "
            "an hour."
        ),
        "flows": {"clientCredentials": {"tokenUrl": "/oauth/token", "scopes": SCOPES}},
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": (
            "Report addresses alone: any user name, and the JWT as the password. For tools that keep a user name and "
            "a password but no header, such as Power BI. Where the organisation allows it, the user name and "
            "password of a login do as well."
        ),
    },
    "authToken": {
        "type": "apiKey",
        "in": "header",
        "name": "auth-token",
        "description": "Report addresses alone: the JWT in a header of its own, together with `auth-tenant-id`.",
    },
    "authTenantId": {
        "type": "apiKey",
        "in": "header",
        "name": "auth-tenant-id",
        "description": "The tenant id, which the token's page shows. Always together with `auth-token`.",
    },
    CLIENT: {
        "type": "http",
        "scheme": "basic",
        "description": (
            "User name and password of a login, at the addresses under `/oauth` and at `/apiops/auth/token`; the same "
            "two may be sent in the form as `client_id` and `client_secret` instead, never both ways."
        ),
    },
}

HEADERS: Mapping[str, Mapping[str, Any]] = {
    name: {"description": words, "schema": schema}
    for name, words, schema in (
        ("X-Request-ID", "Names this call in the token log and in what the operator sees.", text()),
        ("ETag", "Names this content: send it as If-None-Match and get 304 while it is true.", text()),
        ("Retry-After", "Seconds after which the call is worth trying again.", number(minimum=1)),
        ("WWW-Authenticate", "The ways in which the address takes credentials.", text()),
        ("RateLimit", "Where a limit is set: calls left (`r`) and seconds until there are more (`t`).", text()),
        ("RateLimit-Policy", "Where a limit is set: calls (`q`) in so many seconds (`w`).", text()),
    )
}

PROBLEM = thing(
    {
        "type": text("The reason's explanation on /api/docs, or about:blank.", format="uri-reference"),
        "title": text("The status in words."),
        "status": number("The HTTP status again."),
        "instance": text("The address that was called.", format="uri-reference"),
        "request_id": text("The same as the header X-Request-ID."),
    },
    {
        "detail": text("What is wrong and what to do, for people."),
        "reason": text("What is wrong, for programs.", enum=list(reasons())),
        "parameter": text("The parameter that is wrong."),
        "allowed": {"type": "array", "description": "What would do in its place.", "items": {}},
        "scope": text("The scope that is missing."),
        "names_at": text("The address that lists the names of all reports."),
    },
    description="An error by RFC 9457.",
    additionalProperties=True,
)

SCHEMAS: Mapping[str, Schema] = {
    "Problem": PROBLEM,
    "QmRefusal": thing(
        {
            "status": {"type": "boolean", "const": False},
            "message": text("The status in words."),
            "error": text("What is wrong."),
        },
        description="An error when the call came with the headers auth-token and auth-tenant-id.",
    ),
    "QmInvalid": thing(
        {
            "status": {"type": "boolean", "const": False},
            "message": text(),
            "errors": listing(
                thing(
                    {
                        "code": text(),
                        "paths": listing(text("The parameter that is wrong.")),
                        "messages": listing(thing({"locale": text(), "message": text(), "key": text("The reason.")})),
                    }
                )
            ),
        },
        description="A wrong parameter when the call came with the headers auth-token and auth-tenant-id.",
    ),
    "EpilotError": thing(
        {"status": number("The HTTP status again."), "error": text("What is wrong and what to do.")},
        description="An error under /v1.",
    ),
    "OAuthError": thing(
        {"error": text("The error's code."), "error_description": text("What is wrong and what to do.")},
        description="An error by RFC 6749, 5.2.",
    ),
    "Jwks": thing(
        {
            "keys": listing(
                thing(
                    {"kty": text(), "kid": text("A JWT's header names its key so."), "alg": text(), "use": text()},
                    additionalProperties=True,
                )
            )
        },
        description="A set of public keys (RFC 7517). With HS512, which has none, it is empty.",
    ),
    "Scope": text("What a JWT may call.", enum=list(SCOPES)),
}

__all__ = ["CLIENT", "HEADERS", "SCHEMAS", "SCOPES", "SECURITY", "ref"]

"""What is said of introspection and revocation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokens.api.schema.components import CLIENT
from tokens.api.schema.documents import HOST
from tokens.api.schema.errors import CHALLENGE, JSON, oauth, of_oauth
from tokens.api.schema.shapes import Answer, Content, Operation, Schema, number, ref, text, thing
from tokens.api.schema.tokens import EXAMPLE_ID, EXAMPLE_JWT, FORM
from tokens.verdicts import WAYS_OUT, Verdict

TAG = "Tokens by the standards"
MANAGE = "api:token:manage"

TEXTS: Mapping[str, Schema] = {
    "scope": text("What it may call now."),
    "token_type": text(enum=["Bearer"]),
    "username": text("The owner's user name."),
    "sub": text("The owner's id."),
    "aud": text("The resource."),
    "iss": text("The issuer."),
    "jti": text(),
    "client_id": text("The access token's id, or the mobile session's."),
    "token_name": text("The token's name, or the device's."),
}
SCHEMAS: Mapping[str, Schema] = {
    "AboutToken": thing(
        {"token": text("The JWT that this is about.", minLength=1)},
        {
            "token_type_hint": text("Ignored: the JWT says what it is."),
            "client_id": text("A login's user name, where there is no Authorization header."),
            "client_secret": text("Its password, likewise."),
        },
        additionalProperties=True,
    ),
    "Inactive": thing(
        {"active": {"type": "boolean", "const": False}},
        description="It admits nothing, or is none of the caller's business.",
    ),
    "Active": thing(
        {
            "active": {"type": "boolean", "const": True},
            **TEXTS,
            "iat": number("When it was issued, in seconds since 1970."),
            "org_id": number("The tenant id."),
            "read_only": {"type": "boolean"},
        },
        {"exp": number("When it ends, in seconds since 1970; absent when it never does.")},
        description="It admits calls at this moment.",
    ),
    "Introspection": {"oneOf": [ref("Active"), ref("Inactive")]},
}
ACTIVE: dict[str, Any] = {
    "active": True,
    "scope": "api:meta:read api:report:read",
    "token_type": "Bearer",
    "username": "olivia@demo.example",
    "exp": 1801383641,
    "iat": 1795335641,
    "sub": "lgn_4f90d13a42b1c7e5a9f02",
    "aud": f"{HOST}/api",
    "iss": HOST,
    "jti": "c9yHq1m0T0yYp2uXnq3mYv0r8sQH0m9jv4b5m8s1q6E",
    "client_id": EXAMPLE_ID,
    "token_name": "Power BI",
    "org_id": 1,
    "read_only": False,
}

BODY = (Content(FORM, ref("AboutToken"), {"with a token that manages": {"token": EXAMPLE_JWT}}),)


def callers(scope: str) -> tuple[Mapping[str, list[str]], ...]:
    """A token, or a user name and a password, in the header or in the form."""
    scopes = [scope] if scope else []
    return {"bearer": scopes}, {"oauth2": scopes}, {CLIENT: []}, {}


def errors(forbidden: Mapping[str, str]) -> tuple[Answer, ...]:
    forbidden = {**forbidden, "access_denied": str(WAYS_OUT[Verdict.NETWORK_REFUSED])}
    wrong = {"invalid_request": "The parameter token is missing: the JWT that this is about."}
    unknown = {
        "invalid_client": "Bad credentials",
        "invalid_token": str(WAYS_OUT[Verdict.REVOKED]),
    }
    return (
        oauth(400, "What is wrong with the request.", wrong),
        oauth(401, "The caller gave no credentials that admit it.", unknown, headers=CHALLENGE),
        oauth(403, "The calling token may not do this.", forbidden, headers=CHALLENGE),
        *of_oauth(),
    )


LACKS = "This JWT lacks the scope of this address. Edit the token's scopes and generate a new JWT."


def introspect() -> Operation:
    examples = {"active": ACTIVE, "anything else": {"active": False}}
    return Operation(
        id="introspectToken",
        summary="What a JWT is good for at this moment",
        description=(
            "By RFC 7662. The caller sees the tokens of its own login, with the Admin role those of the whole "
            "organisation; everything else is `active` false and no more: revoked, expired, replaced, unknown, "
            "somebody else's. Looking is no use of the token. The caller is a token with the scope "
            f"`{MANAGE}`, or a login by user name and password."
        ),
        tag=TAG,
        bodies=BODY,
        security=callers(MANAGE),
        answers=(
            Answer(200, "What it is good for.", (Content(JSON, ref("Introspection"), examples),)),
            *errors({"insufficient_scope": LACKS}),
        ),
    )


def revoke() -> Operation:
    nothing: Schema = {"type": "object", "additionalProperties": False}
    return Operation(
        id="revokeToken",
        summary="End a token by its JWT",
        description=(
            "By RFC 7009, for good and at once: an access token by its current JWT, a mobile session by any of its "
            "two. The caller reaches what it can introspect; a token of any scope may end itself. A token that is "
            "unknown or somebody else's is answered in the same way, and nothing is done."
        ),
        tag=TAG,
        bodies=BODY,
        security=callers(""),
        answers=(
            Answer(200, "Done, or there was nothing to do.", (Content(JSON, nothing, {"": {}}),)),
            *errors({"insufficient_scope": LACKS}),
        ),
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/oauth/introspect"): introspect(),
    ("POST", "/oauth/revoke"): revoke(),
}

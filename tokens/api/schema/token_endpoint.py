"""What is said of the two addresses that give a short-lived JWT for a user name and a password."""

from __future__ import annotations

from collections.abc import Mapping

from tokens.api.schema.components import CLIENT, SCOPES
from tokens.api.schema.errors import CHALLENGE, JSON, oauth, of_oauth
from tokens.api.schema.shapes import Answer, Content, Operation, Schema, number, ref, text, thing
from tokens.api.schema.tokens import EXAMPLE_JWT, FORM

TAG = "Tokens for programs"
PASSWORD_OR_FORM: tuple[Mapping[str, list[str]], ...] = ({CLIENT: []}, {})

SCHEMAS: Mapping[str, Schema] = {
    "TokenRequest": thing(
        {"grant_type": text("The one grant that there is.", enum=["client_credentials"])},
        {
            "client_id": text("The login's user name, where it is not in the Authorization header."),
            "client_secret": text("The login's password, likewise."),
            "scope": text(
                f"Scopes with blanks between them: {', '.join(SCOPES)}. Without any: those of meta and reports."
            ),
        },
        additionalProperties=True,
        description="Each parameter once; those with other names are ignored.",
    ),
    "TokenAnswer": thing(
        {
            "access_token": text("The JWT."),
            "token_type": text(enum=["Bearer"]),
            "expires_in": number("Seconds until it ends."),
            "scope": text("What it may call."),
        }
    ),
}

FORM_EXAMPLE = {
    "grant_type": "client_credentials",
    "client_id": "olivia@demo.example",
    "client_secret": "the password",
    "scope": "api:meta:read api:report:read",
}
GIVEN = {
    "access_token": EXAMPLE_JWT,
    "token_type": "Bearer",
    "expires_in": 3600,
    "scope": "api:meta:read api:report:read",
}
DESCRIPTION = (
    "The client credentials grant of RFC 6749, 4.4: the user name and the password of a login that holds the Personal "
    "role and may create tokens. The JWT ends after an hour, is admitted, recorded and revoked like any other, and "
    "does not appear in My API Access Tokens. Wrong passwords are counted and lock a name as when signing in. Refused "
    "just like a wrong password: logins with single sign-on, service and View Only logins, disabled, expired and "
    "locked ones, and those that have or must have a second factor."
)
MISSING = "This login lacks the Personal role for API tokens. A System Administrator can add it in Contacts & Logins."
UNKNOWN_SCOPE = f"Unknown scope: api:everything. There are: {' '.join(SCOPES)}."


def given() -> Answer:
    return Answer(200, "The JWT. It is shown this once.", (Content(JSON, ref("TokenAnswer"), {"an hour": GIVEN}),))


def body() -> tuple[Content, ...]:
    return (Content(FORM, ref("TokenRequest"), {"all in the form": FORM_EXAMPLE}),)


def by_the_standard() -> Operation:
    wrong = {
        "invalid_request": "grant_type is missing. It must be client_credentials.",
        "unsupported_grant_type": "grant_type must be client_credentials.",
        "unauthorized_client": MISSING,
        "invalid_scope": UNKNOWN_SCOPE,
    }
    return Operation(
        id="getToken",
        summary="A JWT for an hour, by OAuth 2",
        description=DESCRIPTION,
        tag=TAG,
        bodies=body(),
        security=PASSWORD_OR_FORM,
        answers=(
            given(),
            oauth(400, "What is wrong with the request, or with what the login may.", wrong),
            oauth(401, "The user name and the password let no program in.", {"": "Bad credentials"}, headers=CHALLENGE),
            *of_oauth(),
        ),
    )


def by_apinizer() -> Operation:
    wrong = {
        "unsupported_grant_type": "GrantType value must be client_credentials!",
        "invalid_request": "Each parameter may be given once.",
        "invalid_scope": UNKNOWN_SCOPE,
    }
    return Operation(
        id="getManagementToken",
        summary="The same where Apinizer's clients look",
        description=f"{DESCRIPTION}\n\nThe body is a form; the answers are those of Apinizer to the letter.",
        tag=TAG,
        bodies=body(),
        security=PASSWORD_OR_FORM,
        answers=(
            given(),
            oauth(400, "What is wrong with the request.", wrong),
            oauth(
                401, "The user name and the password let no program in, or not this one.",
                {"unauthorized_client": "Bad credentials"}, headers=CHALLENGE,
            ),
            oauth(415, "The body is no form.", {"": f"Send the body as Content-Type: {FORM}."}),
            *of_oauth(),
        ),
    )  # fmt: skip


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/oauth/token"): by_the_standard(),
    ("POST", "/apiops/auth/token"): by_apinizer(),
}

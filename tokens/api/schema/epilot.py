"""What is said of the addresses that make, list and revoke access tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokens.api.epilot_wishes import OTHER_TYPES, TOKEN_TYPE
from tokens.api.schema.errors import CHALLENGE, JSON, LENGTH_UNKNOWN, SAY_LENGTH, epilot, of_epilot
from tokens.api.schema.reasons import reasons
from tokens.api.schema.shapes import (
    Answer,
    Content,
    Operation,
    Schema,
    in_header,
    in_path,
    in_query,
    listing,
    moment,
    ref,
    text,
    thing,
)
from tokens.api.schema.tokens import EXAMPLE_ID, EXAMPLE_JWT

TAG = "Access tokens"
ROLE: Schema = text("A role's id, `<tenant id>:<slug>`.", pattern="^[0-9]+:[a-z0-9-]+$")
LIMITS = ("RateLimit", "RateLimit-Policy")

ITEM: Mapping[str, Schema] = {
    "id": text("The id in addresses and in the token log.", pattern="^api_[A-Za-z0-9_-]{21}$"),
    "created_at": moment("When it was made."),
    "name": text(),
    "token_type": text(enum=[TOKEN_TYPE]),
    "assignments": listing(ROLE),
    "read_only": {"type": "boolean", "description": "Whether it only reads, whatever its owner may."},
}
ENDS: Mapping[str, Schema] = {
    "expires_at": moment("When it ends; absent when it never does."),
    "last_used": text("The day of its last use; absent before the first.", format="date"),
}
SCHEMAS: Mapping[str, Schema] = {
    "AccessToken": thing(ITEM, ENDS),
    "NewAccessToken": thing({**ITEM, "token": text("The JWT. It is shown this once.")}, ENDS),
    "AccessTokenRequest": thing(
        {"name": text("Unique among the owner's tokens.", minLength=1, maxLength=100)},
        {
            "token_type": text("The one kind that there is here.", enum=[TOKEN_TYPE]),
            "assignments": {
                "type": "array",
                "items": ROLE,
                "description": "Roles to limit it to, of those that the calling token has. Without: as that one.",
            },
            "assume_roles": {"type": "array", "items": ROLE, "description": "The same by its other name."},
            "expires_in": {
                "description": (
                    "Seconds, or a text such as `10h`, `7d`, `2 days`: 30 seconds to 365 days, or to the "
                    "organisation's limit. Without: never, where the organisation allows it."
                ),
                "oneOf": [
                    {"type": "integer", "minimum": 30, "maximum": 31_536_000},
                    text(pattern="^[0-9]+ ?(ms|s|m|h|d|w|y|(millisecond|second|minute|hour|day|week|year)s?)?$"),
                ],
            },
            "read_only": {"type": "boolean", "description": "Whether it only reads, whatever its owner may."},
            "anonymize": {"type": "boolean", "const": False, "description": "There is nothing that masks reports."},
        },
    ),
}

CREATED: dict[str, Any] = {
    "id": EXAMPLE_ID,
    "created_at": "2026-11-22T09:12:44Z",
    "name": "Nightly export",
    "token_type": TOKEN_TYPE,
    "assignments": ["1:general-user"],
    "read_only": False,
    "expires_at": "2026-11-29T09:12:44Z",
}
REQUEST = {"name": "Nightly export", "assume_roles": ["1:general-user"], "expires_in": "7d"}
ORGANISATION = in_header(
    "x-epilot-org-id", "The tenant id of the token's own organisation; any other is refused.", text(), example="1"
)
TOKEN_ID = in_path("public_id", "The access token's id.", text(pattern="^api_[A-Za-z0-9_-]{21}$"), EXAMPLE_ID)


def forbidden(*further: tuple[str, str]) -> Answer:
    examples = {
        "scope_missing": reasons()["scope_missing"].way_out,
        "network_refused": reasons()["network_refused"].way_out,
        "wrong_tenant": "An access token acts in its own organisation alone. Leave the header x-epilot-org-id out.",
        **dict(further),
    }
    return epilot(403, "The access token may not do this.", examples, headers=CHALLENGE)


READ_ONLY = ("read_only", "This access token may only read.")


UNREADABLE = {"header": "The Authorization header must be: Bearer, one blank, and one JWT."}


def create() -> Operation:
    faults = {
        **UNREADABLE,
        "unknown field": "there is no field roles.",
        "another type": (
            "token_type: journey is not supported, only api is: there are no journeys, portals, apps or assumed users "
            "here."
        ),
        "two faults": "name: must be a text; anonymize: must be true or false.",
    }
    taken = f"You have a token of this name already. DELETE /v1/access-tokens/{EXAMPLE_ID} revokes that one."
    return Operation(
        id="createAccessToken",
        summary="Make an access token with its JWT",
        description=(
            "Makes an access token of the caller's with the scopes of meta and reports, valid at once. It never gets "
            "more than the token has that asks for it: no role, no department and no scope. `read_only` leaves it the "
            "permissions to view. Its owner must hold the Personal role and the permission `token:create`, and gets a "
            "mail."
        ),
        tag=TAG,
        parameters=(ORGANISATION,),
        bodies=(Content(JSON, ref("AccessTokenRequest"), {"for a week": REQUEST}),),
        answers=(
            Answer(
                201,
                "The token. `token` is shown this once.",
                (Content(JSON, ref("NewAccessToken"), {"for a week": {**CREATED, "token": EXAMPLE_JWT}}),),
                LIMITS,
            ),
            epilot(400, "What is wrong with the body, all of it at once.", faults),
            forbidden(READ_ONLY),
            epilot(409, "A token has this name, or the owner has as many as there may be.", {"name_taken": taken}),
            epilot(411, LENGTH_UNKNOWN, {"": SAY_LENGTH}),
            epilot(413, "The body is too long.", {"": "The body may have 65536 bytes at most."}),
            epilot(415, "The body is no JSON.", {"": "Send the body as Content-Type: application/json."}),
            *of_epilot(),
        ),
    )


def list_all() -> Operation:
    kinds = text(enum=[TOKEN_TYPE, *OTHER_TYPES])
    unknown = f"token_type: everything is none of {', '.join([TOKEN_TYPE, *OTHER_TYPES])}."
    return Operation(
        id="listAccessTokens",
        summary="List your access tokens",
        description=(
            "A bare array of the access tokens of the caller's owner, newest first: those that are valid, and those "
            "that wait for their first JWT. Expired and revoked ones have left it, and so have those of the token "
            "endpoint."
        ),
        tag=TAG,
        parameters=(
            in_query("token_type", "Only this type; there are none but `api` here.", kinds),
            in_query("token_type[]", "The same for several.", listing(kinds), style="form", explode=True),
            ORGANISATION,
        ),
        answers=(
            Answer(
                200,
                "The access tokens.",
                (Content(JSON, listing(ref("AccessToken")), {"one": [{**CREATED, "last_used": "2026-11-22"}]}),),
                LIMITS,
            ),
            epilot(
                400, "The type is none that there is, or the request cannot be read.", {"type": unknown, **UNREADABLE}
            ),
            forbidden(),
            *of_epilot(),
        ),
    )


def revoke() -> Operation:
    return Operation(
        id="revokeAccessToken",
        summary="Revoke an access token",
        description=(
            "Ends one of the owner's tokens at once and for good, also the calling one. Its answer is the token as it "
            "was; calls with it are refused from then on."
        ),
        tag=TAG,
        parameters=(TOKEN_ID, ORGANISATION),
        answers=(
            Answer(200, "The revoked access token.", (Content(JSON, ref("AccessToken"), {"": CREATED}),), LIMITS),
            epilot(
                400, "The request cannot be read.",
                UNREADABLE, headers=CHALLENGE,
            ),
            forbidden(READ_ONLY),
            epilot(
                404, "The owner has no such access token, or it was revoked before.",
                {"": "You have no access token with this id that could be revoked."},
            ),
            *of_epilot(),
        ),
    )  # fmt: skip


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("GET", "/v1/access-tokens"): list_all(),
    ("POST", "/v1/access-tokens"): create(),
    ("DELETE", "/v1/access-tokens/{public_id}"): revoke(),
}

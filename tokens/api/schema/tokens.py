"""What is said of the addresses about the presented token itself: what it is, and how to end a leaked one."""

from __future__ import annotations

from collections.abc import Mapping

from tokens.api.schema import errors
from tokens.api.schema.errors import JSON, RETRY
from tokens.api.schema.shapes import (
    Answer,
    Content,
    Operation,
    Schema,
    listing,
    moment,
    number,
    ref,
    text,
    thing,
)

TAG = "This token"
EXAMPLE_ID = "api_V1StGXR8_Z5jdHi6B-myT"
FORM = "application/x-www-form-urlencoded"
EXAMPLE_JWT = "eyJhbGciOiJFUzI1NiIsImtpZCI6InQzSnYwV2I3eHE0IiwidHlwIjoiYXQrand0In0.eyJpZCI6IuKApiJ9.c2lnbmF0dXJl"

SCHEMAS: Mapping[str, Schema] = {
    "WhoAmI": thing(
        {
            "token": thing(
                {
                    "id": text("The access token's id, or the mobile session's."),
                    "name": text("The token's name, or the device's."),
                    "kind": text(enum=["api", "client_credentials", "mobile"]),
                    "read_only": {"type": "boolean", "description": "Whether it only reads, whatever its owner may."},
                    "created_at": moment("When it was made."),
                }
            ),
            "expires": thing(
                {
                    "at": {"type": ["string", "null"], "format": "date-time", "description": "When it ends."},
                    "never": {"type": "boolean"},
                    "seconds_left": {"type": ["integer", "null"], "minimum": 0},
                }
            ),
            "scopes": listing(ref("Scope")),
            "owner": thing({"id": text(), "user_name": text(), "name": text()}),
            "organisation": thing({"tenant_id": number("What auth-tenant-id takes."), "name": text()}),
            "assignments": listing(ref("EffectiveAssignment")),
            "permissions": listing(text("What the assignments permit, somewhere.")),
            "may_call": listing(thing({"path": text(), "methods": listing(text())})),
            "calls": {
                "description": "The limit of calls a minute, where one is set.",
                "oneOf": [
                    {"type": "null"},
                    thing({"a_minute": number(), "left": number(), "seconds_until_next_minute": number()}),
                ],
            },
        }
    ),
    "EffectiveAssignment": thing(
        {
            "user_type": thing({"id": text("The role's id, `<tenant id>:<slug>`."), "name": text()}),
            "department": {
                "description": "With those below it; null is the whole organisation.",
                "oneOf": [{"type": "null"}, thing({"id": text(), "name": text()})],
            },
            "permissions": listing(text()),
        }
    ),
    "LeakReported": thing({"status": text(enum=["accepted"]), "detail": text()}),
    "LeakedToken": thing({"token": text("The JWT that was found.", minLength=1)}, additionalProperties=True),
}


def who_am_i() -> Operation:
    example = {
        "token": {
            "id": EXAMPLE_ID,
            "name": "Power BI",
            "kind": "api",
            "read_only": False,
            "created_at": "2026-11-02T08:15:00Z",
        },
        "expires": {"at": "2027-01-31T08:20:41Z", "never": False, "seconds_left": 6048000},
        "scopes": ["api:meta:read", "api:report:read"],
        "owner": {"id": "lgn_4f90d13a42b1c7e5a9f02", "user_name": "olivia@demo.example", "name": "Olivia Reyes"},
        "organisation": {"tenant_id": 1, "name": "Demo Organisation"},
        "assignments": [
            {
                "user_type": {"id": "1:general-user", "name": "General User"},
                "department": {"id": "dep_2b7c9d1e5f3a4068b1c2d", "name": "Energy > South"},
                "permissions": ["report:read", "token:create"],
            }
        ],
        "permissions": ["report:read", "token:create"],
        "may_call": [{"path": "/api/meta", "methods": ["GET", "HEAD"]}],
        "calls": None,
    }
    return Operation(
        id="whoAmI",
        summary="What this token is and may do",
        description=(
            "For any valid access token, whatever its scopes: what it is, whose, what it and its owner may do together "
            "now, which addresses take it, and when it ends."
        ),
        tag=TAG,
        answers=(
            Answer(
                200,
                "What the token is.",
                (Content(JSON, ref("WhoAmI"), {"a token": example}),),
                ("RateLimit", "RateLimit-Policy"),
            ),
            errors.unreadable("/api/whoami").but(shared="TokenUnreadable"),
            *errors.of_any_token("/api/whoami", "Token"),
            errors.from_elsewhere("/api/whoami", "Token"),
        ),
    )


def report_leak() -> Operation:
    path = "/api/tokens/leaked"
    thanks = "Thank you. If this is a JWT of this console, no call with it is admitted from now on."
    taken_in = {"status": "accepted", "detail": thanks}
    many = "Too many reports from this address. The next minute has room again."
    missing = 'Send the JWT as {"token": "<JWT>"} in JSON, or as the form field token.'
    bodies = tuple(Content(kind, ref("LeakedToken"), {"a JWT": {"token": EXAMPLE_JWT}}) for kind in (JSON, FORM))
    return Operation(
        id="reportLeakedToken",
        summary="End a JWT that leaked",
        description=(
            "Whoever finds a JWT ends it here, without credentials: its access token is revoked for good, or its "
            "mobile session ends. The owner and the administrators get a mail. The answer is the same whatever was "
            "sent, so it tells nothing about a token."
        ),
        tag=TAG,
        bodies=bodies,
        answers=(
            Answer(202, "Taken in.", (Content(JSON, ref("LeakReported"), {"": taken_in}),)),
            errors.problem(
                400, "No JWT can be found in the body.", "invalid_request", path=path, said={"invalid_request": missing}
            ),
            *errors.wrong_bodies(path, "Token"),
            errors.problem(
                429,
                "Too many reports from this address.",
                "too_many_attempts",
                path=path,
                headers=RETRY,
                said={"too_many_attempts": many},
            ),
            *errors.of_the_server("/api/whoami", "Token"),
        ),
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("GET", "/api/whoami"): who_am_i(),
    ("POST", "/api/tokens/leaked"): report_leak(),
}

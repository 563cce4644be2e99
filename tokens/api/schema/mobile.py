"""What is said of the addresses where mobile apps sign in, refresh and sign out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tokens.api.mobile_sign_in import DEVICE_LENGTH
from tokens.api.schema import errors
from tokens.api.schema.errors import CHALLENGE, JSON, RETRY
from tokens.api.schema.shapes import Answer, Content, Operation, Schema, listing, moment, number, ref, text, thing
from tokens.api.schema.tokens import EXAMPLE_JWT

TAG = "Mobile sessions"
SESSION_ID = "mob_8sKq0ZtVwY3xPn5LrD2cB"
NAMED: Schema = thing({"id": text(), "name": text()})
NAMED_OR_NULL: Schema = {"oneOf": [{"type": "null"}, NAMED]}
OPENED: Mapping[str, Schema] = {
    "access": text("The JWT to call reports with, as any other: a quarter of an hour."),
    "refresh": text("The JWT for the next two, at /api/mobile/refresh. It works once."),
    "token_type": text(enum=["Bearer"]),
    "expires_in": number("Seconds until `access` ends."),
    "refresh_expires_at": moment(
        "When the session ends, whatever is done with it: 30 days after signing in, or sooner by policy."
    ),
    "session": ref("MobileSession"),
}
SCHEMAS: Mapping[str, Schema] = {
    "MobileChoice": thing(
        {"user_type": NAMED, "department": {"description": "null is the whole organisation.", **NAMED_OR_NULL}}
    ),
    "MobileSession": thing(
        {
            "id": text("The session's id."),
            "device": text("The name that the device gave."),
            "user_type": {"description": "What was chosen; null: nothing, and reports are empty.", **NAMED_OR_NULL},
            "department": {"description": "null with a user type is the whole organisation.", **NAMED_OR_NULL},
            "expires_at": moment("When it ends."),
        }
    ),
    "MobileOpened": thing(OPENED),
    "MobileSignedIn": thing({**OPENED, "choices": listing(ref("MobileChoice"))}),
    "MobileSignIn": thing(
        {
            "username": text("The user name of a login that signs in with a password.", minLength=1),
            "password": text(minLength=1),
            "device": text(f"What the device is called, 1 to {DEVICE_LENGTH} visible characters.", minLength=1),
        },
        {
            "user_type": {"type": ["string", "null"], "description": "A role's id, `<tenant id>:<slug>`."},
            "department": {"type": ["string", "null"], "description": "A department's id, together with a user type."},
        },
    ),
    "MobileRefresh": thing({"refresh": text("The newest refresh JWT of the session.")}),
    "MobileSignedOut": thing({"session": thing({"id": text(), "ended_at": moment("When it ended.")})}),
}

SESSION = {
    "id": SESSION_ID,
    "device": "Olivia's phone",
    "user_type": {"id": "1:general-user", "name": "General User"},
    "department": {"id": "dep_2b7c9d1e5f3a4068b1c2d", "name": "Energy > South"},
    "expires_at": "2026-12-22T09:12:44Z",
}
OPENED_EXAMPLE: dict[str, Any] = {
    "access": EXAMPLE_JWT,
    "refresh": EXAMPLE_JWT,
    "token_type": "Bearer",
    "expires_in": 900,
    "refresh_expires_at": SESSION["expires_at"],
    "session": SESSION,
}
CHOICE = {"user_type": SESSION["user_type"], "department": SESSION["department"]}
SIGN_IN = {
    "username": "olivia@demo.example",
    "password": "the password",
    "device": "Olivia's phone",
    "user_type": "1:general-user",
    "department": "dep_2b7c9d1e5f3a4068b1c2d",
}


def wrong(path: str, detail: str, *codes: str, **members: Any) -> Answer:
    description, said = "What is wrong with the body.", {"invalid_request": detail}
    return errors.problem(400, description, "invalid_request", *codes, path=path, said=said, members=members)


def slow_down(path: str) -> Answer:
    return errors.problem(
        429, "Too many failures from this address.", "too_many_attempts", path=path, headers=RETRY
    ).but(shared="MobileTooMany")


def rest(path: str) -> tuple[Answer, ...]:
    bodies = errors.wrong_bodies("/api/tokens/leaked", "Token")
    return (*bodies, slow_down("/api/mobile/login"), *errors.of_the_server("/api/whoami", "Token"))


def sign_in() -> Operation:
    path = "/api/mobile/login"
    refused = errors.problem(
        401, "The user name and the password let no device in; why is on record and told to nobody.",
        "bad_credentials", path=path, headers=CHALLENGE,
    )  # fmt: skip
    return Operation(
        id="mobileSignIn",
        summary="Sign in from a device",
        description=(
            "Begins a mobile session of 30 days, or of the organisation's longest life where that is shorter. It reads "
            "reports with the one user type and department that are chosen, of those in `choices`; without a choice "
            "its reports are empty. Wrong passwords are counted and lock a name as in the console. Who may not sign in "
            "with a password alone is refused like a wrong one."
        ),
        tag=TAG,
        security=(),
        bodies=(Content(JSON, ref("MobileSignIn"), {"with a choice": SIGN_IN}),),
        answers=(
            Answer(
                200, "The session and its two JWTs.",
                (Content(JSON, ref("MobileSignedIn"), {"": {**OPENED_EXAMPLE, "choices": [CHOICE]}}),),
            ),
            wrong(path, "device must be a text that is not empty.", "wrong_pair", allowed=[CHOICE]),
            refused,
            *rest(path),
        ),
    )  # fmt: skip


def refresh() -> Operation:
    path = "/api/mobile/refresh"
    dead = (
        "session_ended",
        "reused",
        "sign_in_refused",
        "password_changed",
        "login_disabled",
        "organisation_suspended",
    )
    return Operation(
        id="mobileRefresh",
        summary="Get the session's next JWTs",
        description=(
            "Gives a new access JWT and a new refresh JWT; those before are dead at once. The session's end stays. A "
            "refresh JWT that comes a second time ends the session, for somebody else may have it."
        ),
        tag=TAG,
        security=(),
        bodies=(Content(JSON, ref("MobileRefresh"), {"": {"refresh": EXAMPLE_JWT}}),),
        answers=(
            Answer(200, "The session and its next JWTs.", (Content(JSON, ref("MobileOpened"), {"": OPENED_EXAMPLE}),)),
            wrong(path, 'Send {"refresh": "<JWT>"} and nothing else.'),
            errors.problem(
                401, "The refresh JWT is none, or none any more.", *dead, path=path, headers=CHALLENGE,
                detail="The refresh JWT is not valid. Sign in again.",
            ),
            errors.from_elsewhere(path, "Mobile"),
            *rest(path),
        ),
    )  # fmt: skip


def sign_out() -> Operation:
    path = "/api/mobile/logout"
    example = {"session": {"id": SESSION_ID, "ended_at": "2026-11-22T09:30:02Z"}}
    either = 'Give the access JWT in the header Authorization: Bearer <JWT>, or the body {"refresh": "<JWT>"}.'
    return Operation(
        id="mobileSignOut",
        summary="Sign out on a device",
        description=(
            "Ends the session of the access JWT in the Authorization header, or of the refresh JWT in the body; also "
            "of one that has expired or was replaced. A second time answers the same."
        ),
        tag=TAG,
        security=({"bearer": []}, {}),
        bodies=(Content(JSON, ref("MobileRefresh"), {"": {"refresh": EXAMPLE_JWT}}),),
        body_required=False,
        answers=(
            Answer(200, "The session has ended.", (Content(JSON, ref("MobileSignedOut"), {"": example}),)),
            wrong(path, either),
            errors.problem(
                401, "This is no JWT of a mobile session.", path=path, headers=CHALLENGE,
                detail="This is no JWT of a mobile session. The session may have been over for long.",
            ),
            *rest(path),
        ),
    )  # fmt: skip


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("POST", "/api/mobile/login"): sign_in(),
    ("POST", "/api/mobile/refresh"): refresh(),
    ("POST", "/api/mobile/logout"): sign_out(),
}

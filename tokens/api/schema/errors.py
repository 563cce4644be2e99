"""The error answers of each dialect (tokens/api/dialects.py), with an example for every reason."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from tokens.api.dialects import OAUTH_ERRORS, QM_STATUS_WORDS
from tokens.api.schema.reasons import EXAMPLE_HOST, TOKEN_REASONS, reasons
from tokens.api.schema.shapes import Answer, Content, ref

PROBLEM_TYPE = "application/problem+json"
JSON = "application/json"
REQUEST_ID = "k3v7qzq5d2mx4rty"
CHALLENGE = ("WWW-Authenticate",)
RETRY = ("Retry-After",)
DATABASE_AWAY = "The database is out of reach, which says nothing about the access token. Try again in a few seconds."
FAULT = "The fault is ours. Tell whoever runs this console the request id."
Body = dict[str, Any]


def problem_body(status: int, path: str, detail: str, reason: str = "", **members: Any) -> Body:
    return {
        "type": f"{EXAMPLE_HOST}/api/docs#{reason}" if reason else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        **({"detail": detail} if detail else {}),
        **({"reason": reason} if reason else {}),
        "instance": path,
        "request_id": REQUEST_ID,
        **members,
    }


def problem(
    status: int,
    description: str,
    *codes: str,
    path: str,
    detail: str = "",
    said: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
    headers: tuple[str, ...] = (),
) -> Answer:
    """An error by RFC 9457. ``detail`` is an example that has no reason; each of ``codes`` is one with.

    ``said`` are details of codes where this address has its own.
    """
    details = {code: reason.detail for code, reason in reasons().items()} | {**(said or {})}
    examples = {} if codes and not detail else {"without a reason": problem_body(status, path, detail)}
    examples |= {code: problem_body(status, path, details[code], code, **(members or {})) for code in codes}
    return Answer(status, description, (Content(PROBLEM_TYPE, ref("Problem"), examples),), headers, codes)


ELSEWHERE = "network_refused"


def from_elsewhere(path: str, area: str) -> Answer:
    """403 where no scope is asked for."""
    answer = problem(403, "Not from this address.", ELSEWHERE, path=path, headers=CHALLENGE)
    return answer.but(shared=f"{area}Elsewhere")


def forbidden(path: str, scope: str, *further: str) -> Answer:
    """403 for a missing scope, for a call from elsewhere, and for the ``further`` reasons."""
    missing = problem_body(403, path, reasons()["scope_missing"].detail, "scope_missing", scope=scope)
    answer = problem(
        403,
        f"The JWT lacks the scope `{scope}`, or the access token may not do this, or not from this address.",
        ELSEWHERE,
        *further,
        path=path,
        headers=CHALLENGE,
    )
    examples = {"scope_missing": missing, **answer.contents[0].examples}
    contents = (Content(PROBLEM_TYPE, ref("Problem"), examples),)
    return answer.but(contents=contents, reasons=("scope_missing", ELSEWHERE, *further))


def unreadable(path: str, *further: str) -> Answer:
    return problem(400, "The request is not one that this address understands.", "invalid_request", *further, path=path)


NOTHING_GIVEN = "Give an access token in the header Authorization: Bearer <JWT>."
NOT_OURS = "The access token is not valid."


def unauthorised(path: str, area: str, *further: str, said: Mapping[str, str] | None = None) -> Answer:
    answer = problem(
        401,
        "There is no access token, or it admits nothing now. The reason is told to who holds a genuine JWT alone.",
        *TOKEN_REASONS,
        *further,
        path=path,
        detail=NOTHING_GIVEN,
        said=said,
        headers=CHALLENGE,
    )
    [content] = answer.contents
    examples = {**content.examples, "none of this console": problem_body(401, path, NOT_OURS)}
    return answer.but(shared=f"{area}Unauthorised", contents=(Content(content.type, content.schema, examples),))


def too_many(path: str, area: str) -> Answer:
    answer = problem(
        429,
        "Too many failures from this address, or more calls of this access token than its limit allows.",
        "too_many_calls",
        "too_many_attempts",
        path=path,
        headers=RETRY,
    )
    return answer.but(shared=f"{area}TooMany")


LENGTH_UNKNOWN = "The body came in pieces, without its length."
SAY_LENGTH = "Send the body with its Content-Length."


def wrong_bodies(path: str, area: str) -> tuple[Answer, Answer, Answer]:
    unknown = problem(411, LENGTH_UNKNOWN, path=path, detail=SAY_LENGTH)
    long = problem(413, "The body is too long.", path=path, detail="The body may have 16384 bytes at most.")
    detail = "Send the body as Content-Type: application/json."
    kind = problem(415, "The body is of another type.", path=path, detail=detail)
    return unknown.but(shared=f"{area}NoLength"), long.but(shared=f"{area}TooLong"), kind.but(shared=f"{area}WrongType")


def changed(path: str, area: str) -> Answer:
    """RFC 9110, 13.1.1."""
    answer = problem(412, "The request asked for another version with If-Match.", path=path)
    return answer.but(shared=f"{area}Changed")


def of_the_server(path: str, area: str) -> tuple[Answer, Answer]:
    fault = problem(500, "A fault of this console.", path=path, detail=FAULT)
    away = problem(503, "The database is away for now.", path=path, detail=DATABASE_AWAY, headers=RETRY)
    return fault.but(shared=f"{area}Fault"), away.but(shared=f"{area}Away")


def of_any_token(path: str, area: str) -> tuple[Answer, ...]:
    """What every address of the area answers that needs an access token; the area's examples name one path."""
    return unauthorised(path, area), *but_for_the_token(path, area)


def but_for_the_token(path: str, area: str) -> tuple[Answer, Answer, Answer]:
    return too_many(path, area), *of_the_server(path, area)


# --- QM+: the same refusals, when the call came with its two headers ----------------------------------------------

QM_ERRORS = {
    401: {
        "missing header": "Missing required authentication headers: auth-tenant-id, auth-token",
        "token": "Invalid or expired auth-token",
        "tenant": "Invalid tenant ID",
    },
    403: {"scope": "Missing required role: api:report:read"},
    429: {"calls": "The limit of calls a minute is reached. The next minute has room again."},
    500: {"fault": FAULT},
    503: {"database": DATABASE_AWAY},
}


def in_both_words(answer: Answer) -> Answer:
    """The answer of a report address: as a problem, and as QM+ has it when the call came with QM+'s headers."""
    return answer.but(contents=(*answer.contents, qm(answer)))


def qm(answer: Answer) -> Content:
    status = answer.status
    message = QM_STATUS_WORDS.get(status, HTTPStatus(status).phrase)
    if status == HTTPStatus.BAD_REQUEST:
        text = {"locale": "US", "message": "Period does not take the value “5”.", "key": "wrong_parameter"}
        error = {"code": "VALIDATION", "paths": ["Period"], "messages": [text]}
        return Content(JSON, ref("QmInvalid"), {"QM+": {"status": False, "message": message, "errors": [error]}})
    first = next(iter(answer.contents[0].examples.values()))
    told = QM_ERRORS.get(status) or {"": first.get("detail", first["title"])}
    examples = {
        f"QM+ {name}".strip(): {"status": False, "message": message, "error": error} for name, error in told.items()
    }
    return Content(JSON, ref("QmRefusal"), examples)


# --- epilot and OAuth ------------------------------------------------------------------------------------------------


def epilot(
    status: int, description: str, examples: Mapping[str, str], *, headers: tuple[str, ...] = (), shared: str = ""
) -> Answer:
    """``examples`` are the words of the error by the name of the example."""
    bodies = {name: {"status": status, "error": words} for name, words in examples.items()}
    return Answer(status, description, (Content(JSON, ref("EpilotError"), bodies),), headers, shared=shared)


def of_epilot() -> tuple[Answer, ...]:
    """What every address under /v1/access-tokens answers that needs an access token."""
    known = reasons()
    without = {"without a token": NOTHING_GIVEN, "none of this console": NOT_OURS}
    dead = {code: known[code].detail for code in TOKEN_REASONS}
    fast = {"too_many_calls": known["too_many_calls"].detail}
    return (
        epilot(
            401, "There is no access token, or it admits nothing now.", {**without, **dead}, headers=CHALLENGE,
            shared="EpilotUnauthorised",
        ),
        epilot(
            429, "Too many failures from this address, or more calls of this access token than its limit allows.", fast,
            headers=RETRY, shared="EpilotTooMany",
        ),
        epilot(500, "A fault of this console.", {"fault": FAULT}, shared="EpilotFault"),
        epilot(503, "The database is away for now.", {"away": DATABASE_AWAY}, headers=RETRY, shared="EpilotAway"),
    )  # fmt: skip


def oauth(
    status: int,
    description: str,
    examples: Mapping[str, str],
    *,
    headers: tuple[str, ...] = (),
    shared: str = "",
) -> Answer:
    """RFC 6749, 5.2. ``examples`` are descriptions by error code, "" for the one that the status stands for."""
    bodies = {}
    for code, words in examples.items():
        error = code or OAUTH_ERRORS.get(status, "temporarily_unavailable")
        bodies[error] = {"error": error, "error_description": words}
    return Answer(status, description, (Content(JSON, ref("OAuthError"), bodies),), headers, shared=shared)


def of_oauth() -> tuple[Answer, ...]:
    """What every address answers that speaks the errors of OAuth."""
    attempts = "Too many failed attempts from this address. Try again in 240 seconds."
    return (
        oauth(411, LENGTH_UNKNOWN, {"": SAY_LENGTH}, shared="OAuthNoLength"),
        oauth(413, "The body is too long.", {"": "The body may have 16384 bytes at most."}, shared="OAuthTooLong"),
        oauth(429, "Too many failures from this address.", {"": attempts}, headers=RETRY, shared="OAuthTooMany"),
        oauth(500, "A fault of this console.", {"": FAULT}, shared="OAuthFault"),
        oauth(503, "The database is away for now.", {"": DATABASE_AWAY}, headers=RETRY, shared="OAuthAway"),
    )

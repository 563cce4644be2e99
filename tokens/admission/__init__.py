"""Decides on every call of the API, and writes it down, in one statement: no record, no answer.

This is the ledger's one other writer beside ``audit.actions``. Nothing about a token's validity is kept between calls.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson
import structlog
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from prometheus_client import Counter

from accounts.limits import hit, seconds_left, window_second
from accounts.networks import peer_of
from tokens.admission import floods, mobile
from tokens.admission.calls import Admitted, Call, Calls, NotAdmitted
from tokens.admission.execution import InOpenTransaction, run
from tokens.admission.notices import Notices
from tokens.admission.statement import STATEMENTS, Statements
from tokens.jwt import NotOurs, verified
from tokens.scopes import Scope
from tokens.verdicts import ADMITTED, Verdict

CALLS_WINDOW_SECONDS = 60

log = structlog.get_logger(__name__)
lines = Notices(a_second=20)
strings_refused = Counter("api_strings_refused", "Strings given as tokens that belong to no record", ["kind"])


def admit(jwt: bytes, *, scope: Scope, call: Call, tenant: int | None = None) -> Admitted:
    """Admit and record a call that needs ``scope``; when this returns, its entry is durable.

    ``tenant`` is the id of the organisation that the caller named, if one was named: it must be the token's.
    Raises ``NotOurs`` for a string that is no JWT of this console or whose record is gone, ``NotAdmitted`` (recorded as
    Fail) for a genuine one, ``InOpenTransaction``, and the database's own errors when it cannot be asked.
    """
    digest = hashlib.sha256(jwt).digest()
    try:
        claims = verified(jwt, digest)
    except NotOurs:
        _note("not_ours", call)
        raise
    of = connections[DEFAULT_DB_ALIAS]
    parameters = {
        "token": claims.token_id,
        "digest": digest,
        "expires": claims.expires,
        "tenant": tenant,
        "window": _window(window_second(CALLS_WINDOW_SECONDS), of.vendor),
        "scope": int(scope),
        "scheme": call.scheme,
        "address": _clean(call.address, 45),
        "peer": peer_of(call.address),
        "request_id": call.request_id,
        "method": _clean(call.method, 8),
        "path": _clean(call.path, 200),
        "user_agent": _clean(call.user_agent, 200),
    }
    statements = statements_for(claims.token_id, of.vendor)
    row = run(statements.admit, parameters, of)
    if row is None:
        verdict = _refuse(claims.token_id, statements, parameters)
        if verdict is None:
            _note("unknown_token", call)
            raise NotOurs
        if verdict != ADMITTED:
            raise NotAdmitted(Verdict(verdict), statements.kind)
        # What stood in the way was removed between the two statements: the call is decided on anew.
        row = run(statements.admit, parameters, of)
        if row is None:
            raise NotAdmitted(Verdict.REPLACED, statements.kind)
    return _admitted(row, claims.token_id, statements, parameters, call)


def statements_for(token_id: str, vendor: str = "") -> Statements:
    """Those that decide on the JWTs of a token, or of a mobile session: its id says which."""
    return (mobile.STATEMENTS if token_id.startswith("mob_") else STATEMENTS)[vendor or connection.vendor]


def _admitted(
    row: tuple[Any, ...], token_id: str, statements: Statements, parameters: dict[str, Any], call: Call
) -> Admitted:
    entry_id, organisation_id, owner_public_id, owner_label, token_name, brought = row
    token_key, owner_id, time_zone, language, scopes, restriction, touch, read_only, limit = orjson.loads(brought)
    calls = None if limit is None else _counted(token_id, limit, statements, parameters)
    if touch:
        _touch(statements, parameters)
    return Admitted(
        entry_id=entry_id,
        organisation_id=organisation_id,
        owner_id=owner_id,
        owner_public_id=owner_public_id,
        owner_label=owner_label,
        time_zone=time_zone,
        language=language,
        token_key=token_key,
        token_id=token_id,
        token_name=token_name,
        scopes=Scope(scopes),
        restriction=restriction,
        call=call,
        read_only=bool(read_only),
        calls=calls,
        kind=statements.kind,
    )


def _touch(statements: Statements, parameters: dict[str, Any]) -> None:
    """Mark first and last use. The call is on record already, so a failure here only leaves it to the next call."""
    try:
        run(statements.touch, parameters)
    except (OperationalError, InterfaceError) as error:
        log.warning("use not marked", token=parameters["token"], error=str(error).partition("\n")[0])


def _counted(token_id: str, limit: int, statements: Statements, parameters: dict[str, Any]) -> Calls:
    """Count the call exactly. The statement refuses what comes after the limit; this, what came at the same moment."""
    count = hit(f"calls:{token_id}", CALLS_WINDOW_SECONDS)
    if count > limit:
        _refuse(token_id, statements, parameters)
        raise NotAdmitted(Verdict.TOO_MANY_CALLS, statements.kind)
    return Calls(limit, limit - count, seconds_left(CALLS_WINDOW_SECONDS))


def _refuse(token_id: str, statements: Statements, parameters: dict[str, Any]) -> str | None:
    """Record Fail and return the reason; None: no such token.

    A flood leaves 60 entries and one that says so; the rest is counted, and summed up when the minute is over.
    """
    count = floods.count_refusal(token_id)
    if count > floods.RECORDED + 1:
        row = run(statements.look, parameters)
        if row and row[0] != ADMITTED:
            floods.note_unrecorded(token_id, row[0], parameters["address"], count)
        return row[0] if row else None
    summary = {"summary": True, "recorded": floods.RECORDED, "seconds": floods.SECONDS}
    details = orjson.dumps(summary).decode() if count > floods.RECORDED else None
    row = run(statements.refuse, {**parameters, "details": details}) or run(statements.look, parameters)
    return row[0] if row else None


def _note(kind: str, call: Call) -> None:
    """Count and log a string that is nobody's token: where it came from, never the string."""
    strings_refused.labels(kind).inc()
    more = lines.take()
    if more is not None:
        about = {"address": call.address, "path": call.path[:200], "request_id": call.request_id}
        log.info("api string refused", kind=kind, **about, **more)


@lru_cache(maxsize=4)
def _window(second: int, vendor: str) -> Any:
    """When the window of counted calls began, as the database takes it: the same for all calls of a minute."""
    return connection.ops.adapt_datetimefield_value(datetime.fromtimestamp(second, UTC))


def _clean(text: str, limit: int) -> str:
    """Text as the ledger's columns take it: PostgreSQL has no NUL."""
    return text[:limit].replace("\x00", "\ufffd")


__all__ = ["Admitted", "Call", "Calls", "InOpenTransaction", "NotAdmitted", "NotOurs", "admit"]

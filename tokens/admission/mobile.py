"""The statements that decide on a call, and on a refresh, of a mobile session, in the shape of those for tokens."""

from __future__ import annotations

from django.db import connection

from accounts.networks import peer_of
from accounts.permissions import VIEW_ONLY
from tokens.admission.execution import read
from tokens.admission.statement import (
    DIALECTS,
    ORGANISATIONS_NETWORKS,
    PAIR,
    for_engine,
    statements,
    without_more,
)
from tokens.scopes import DEFAULT
from tokens.verdicts import ADMITTED, Verdict

SCOPES = DEFAULT  # reports and their descriptions: a mobile session never manages tokens
NO_PAIR = "|"  # an encoded list without any: nothing was chosen at sign-in

EFFECTIVE = f"""FROM accounts_assignment a WHERE a.login_id = m.login_id
    AND {{position}}(m.restriction, {PAIR}) > 0"""
MORE_THAN_VIEW_ONLY = f"""FROM accounts_assignment a JOIN accounts_usertype u ON u.id = a.user_type_id
    WHERE a.login_id = m.login_id AND NOT (u.built_in AND u.slug = '{VIEW_ONLY}')"""

# What is asked of a call besides what holds for the session as a whole.
OF_ACCESS = f"""WHEN m.access_digest <> %(digest)s THEN '{Verdict.REPLACED}'
    WHEN o.id <> CAST(%(tenant)s AS BIGINT) THEN '{Verdict.WRONG_TENANT}'
    WHEN m.access_expires_at <= {{by_now}} OR CAST(%(expires)s AS BIGINT) <= {{seconds}} THEN '{Verdict.EXPIRED}'"""
OF_CALL = f"""WHEN ({int(SCOPES)} & CAST(%(scope)s AS INTEGER)) <> CAST(%(scope)s AS INTEGER)
        THEN '{Verdict.SCOPE_MISSING}'
    WHEN o.token_calls_per_minute IS NOT NULL
        AND COALESCE((SELECT c.count FROM accounts_attempts c WHERE c.key = 'calls:' || m.public_id
            AND c.window_start = CAST(%(window)s AS {{moment}})), 0) >= o.token_calls_per_minute
        THEN '{Verdict.TOO_MANY_CALLS}'"""  # noqa: S608
# A genuine refresh JWT of another digest is one that was used before.
OF_REFRESH = f"WHEN m.refresh_digest <> %(digest)s THEN '{Verdict.REUSED}'"


def decision(of_jwt: str, of_call: str = "") -> str:
    """Every condition of a session's use, in the order in which a caller can mend them.

    It needs no Personal role: a person signed in. It began with the password that the login had then; one chosen
    later, even in the same moment, ends it.
    """
    return f"""
SELECT m.public_id AS token_id, m.device AS token_name, l.public_id AS owner_id, l.user_name AS owner_label,
    l.organisation_id AS organisation_id, {{brought}}
    CASE
    WHEN m.ended_at IS NOT NULL OR m.expires_at <= {{by_now}} THEN '{Verdict.SESSION_ENDED}'
    {of_jwt}
    WHEN o.suspended_at IS NOT NULL THEN '{Verdict.ORGANISATION_SUSPENDED}'
    WHEN o.tokens_stopped_at IS NOT NULL THEN '{Verdict.TOKENS_STOPPED}'
    WHEN l.tokens_stopped_at IS NOT NULL THEN '{Verdict.LOGIN_STOPPED}'
    WHEN NOT l.enabled THEN '{Verdict.LOGIN_DISABLED}'
    WHEN l.expires_at <= {{by_now}} THEN '{Verdict.LOGIN_EXPIRED}'
    WHEN l.password_changed_at >= m.created_at THEN '{Verdict.PASSWORD_CHANGED}'
    WHEN NOT EXISTS (SELECT 1 {MORE_THAN_VIEW_ONLY}) THEN '{Verdict.VIEW_ONLY}'
    {ORGANISATIONS_NETWORKS}
    WHEN m.restriction <> '{NO_PAIR}' AND NOT EXISTS (SELECT 1 {EFFECTIVE}) THEN '{Verdict.NO_ASSIGNMENT}'
    {of_call}
    ELSE '{ADMITTED}' END AS verdict
FROM tokens_mobilesession m
JOIN accounts_login l ON l.id = m.login_id
JOIN accounts_organisation o ON o.id = l.organisation_id
WHERE m.public_id = %(token)s
"""  # noqa: S608  # made of this module's constants; what a caller sends is always a parameter


# In the order in which a token's are brought.
BROUGHT = f"""m.id, l.id, l.time_zone, l.language, {int(SCOPES)},
    COALESCE((SELECT {{joined}}({PAIR}, '') {EFFECTIVE}), '{NO_PAIR}'),
    m.last_active_at < {{a_minute_ago}}, 0, o.token_calls_per_minute"""

TOUCH = """
UPDATE tokens_mobilesession SET last_active_at = {now}
WHERE public_id = %(token)s AND access_digest = %(digest)s AND last_active_at < {a_minute_ago}
"""

STATEMENTS = statements("mobile", decision=decision(OF_ACCESS, OF_CALL), brought=BROUGHT, touch=TOUCH)
REFRESH = {vendor: for_engine(without_more(decision(OF_REFRESH)), vendor) for vendor in DIALECTS}


def verdict_on_refresh(session_id: str, sha256: bytes, address: str) -> str | None:
    """What is to be said to a genuine refresh JWT now; ``ADMITTED`` when it may be used, None without its session.

    May stand in a transaction: what the caller has locked does not change before it is acted on.
    """
    parameters = {"token": session_id, "digest": sha256, "peer": peer_of(address)}
    row = read(REFRESH[connection.vendor], parameters)
    return row[-1] if row else None


__all__ = ["NO_PAIR", "SCOPES", "STATEMENTS", "verdict_on_refresh"]

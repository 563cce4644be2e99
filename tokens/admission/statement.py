"""The statements that decide on a call and record it: one text per engine, one CASE for all of them.

On both engines RETURNING sees only the new entry's own columns. What else the view needs is looked up once, with the
verdict, and brought from there by a scalar subquery (docs/decisions/0031).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from audit.verbs import Result, Verb
from tokens.verdicts import ADMITTED, Verdict

API_NAME = "Reports API"
WITHIN = "address_within"
"""The function by which SQLite, which knows no networks, asks ``accounts.networks`` (tokens/admission/execution.py)."""


def lists(within: str) -> Mapping[str, str]:
    """Whether the address is in the list of a token's own, and in that of its organisation (accounts/networks.py)."""
    return {"in_own": within.format("t.allowed_networks"), "in_organisations": within.format("o.allowed_networks")}


# What differs between the engines. SQLite keeps moments as text that sorts as time does; its clock tells milliseconds
# alone, so that ``by_now``, to which ends are compared, is the last moment of this one: nothing is used after its end.
WORDS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {
        "now": "STATEMENT_TIMESTAMP()",
        "by_now": "STATEMENT_TIMESTAMP()",
        "a_minute_ago": "(STATEMENT_TIMESTAMP() - INTERVAL '1 minute')",
        "seconds": "EXTRACT(EPOCH FROM STATEMENT_TIMESTAMP())",
        "position": "STRPOS",
        "joined": "STRING_AGG",
        "array": "JSON_BUILD_ARRAY",
        "json": "JSONB",
        "moment": "TIMESTAMPTZ",
        **lists("COALESCE(CAST(%(peer)s AS INET) <<= ANY(CAST({} AS INET[])), FALSE)"),
    },
    "sqlite": {
        "now": "STRFTIME('%Y-%m-%d %H:%M:%f', 'now')",
        "by_now": "STRFTIME('%Y-%m-%d %H:%M:%f999', 'now')",
        "a_minute_ago": "STRFTIME('%Y-%m-%d %H:%M:%f', 'now', '-1 minute')",
        "seconds": "CAST(STRFTIME('%s', 'now') AS INTEGER)",
        "position": "INSTR",
        "joined": "GROUP_CONCAT",
        "array": "JSON_ARRAY",
        "json": "TEXT",
        "moment": "TEXT",
        **lists(f"{WITHIN}(%(peer)s, {{}})"),
    },
}

PAIR = "'|' || a.user_type_id || ':' || COALESCE(a.department_id, 0) || '|'"  # as accounts/pairs.py writes it
# The pairs that are effective, in one text; null: none.
EFFECTIVE = f"""SELECT {{joined}}({PAIR}, '') AS pairs FROM accounts_assignment a WHERE a.login_id = t.owner_id
    AND (t.current_restriction IS NULL OR {{position}}(t.current_restriction, {PAIR}) > 0)"""  # noqa: S608

# PostgreSQL looks them up once; SQLite knows no LATERAL, and does it where they are needed.
DIALECTS: Mapping[str, Mapping[str, str]] = {
    "postgresql": {
        **WORDS["postgresql"],
        "pairs": "e.pairs",
        "beside": f"CROSS JOIN LATERAL ({EFFECTIVE.format(**WORDS['postgresql'])}) e",
    },
    "sqlite": {**WORDS["sqlite"], "pairs": f"({EFFECTIVE.format(**WORDS['sqlite'])})", "beside": ""},
}

# The narrower of the token's own limit of calls a minute and its organisation's; null: none.
CALLS_LIMIT = """CASE WHEN t.calls_per_minute IS NULL THEN o.token_calls_per_minute
    WHEN o.token_calls_per_minute < t.calls_per_minute THEN o.token_calls_per_minute ELSE t.calls_per_minute END"""

# Both lists hold; null allows any, and then nothing is looked for.
OWN_NETWORKS = f"WHEN t.allowed_networks IS NOT NULL AND NOT {{in_own}} THEN '{Verdict.NETWORK_REFUSED}'"
ORGANISATIONS_NETWORKS = (
    f"WHEN o.allowed_networks IS NOT NULL AND NOT {{in_organisations}} THEN '{Verdict.NETWORK_REFUSED}'"
)

# What the view needs of an admitted call, in the order in which ``_admitted`` takes it.
BROUGHT = f"""t.id, l.id, l.time_zone, l.language, t.current_scopes, {{pairs}},
    t.first_used_at IS NULL OR t.last_used_at IS NULL OR t.last_used_at < {{a_minute_ago}},
    t.read_only, {CALLS_LIMIT}"""

# Every condition of a token's use, in the order in which a caller can mend them. Nothing of it is ever cached.
DECISION = f"""
SELECT t.public_id AS token_id, t.name AS token_name, l.public_id AS owner_id, l.user_name AS owner_label,
    l.organisation_id AS organisation_id, {{brought}}
    CASE
    WHEN t.revoked_at IS NOT NULL THEN '{Verdict.REVOKED}'
    WHEN t.pending_digest = %(digest)s AND (t.digest IS NULL OR t.digest <> %(digest)s) THEN '{Verdict.NOT_SAVED}'
    WHEN t.digest IS NULL THEN '{Verdict.NOT_GENERATED}'
    WHEN t.digest <> %(digest)s THEN '{Verdict.REPLACED}'
    WHEN o.id <> CAST(%(tenant)s AS BIGINT) THEN '{Verdict.WRONG_TENANT}'
    WHEN t.expires_at <= {{by_now}} OR CAST(%(expires)s AS BIGINT) <= {{seconds}} THEN '{Verdict.EXPIRED}'
    WHEN o.suspended_at IS NOT NULL THEN '{Verdict.ORGANISATION_SUSPENDED}'
    WHEN o.tokens_stopped_at IS NOT NULL THEN '{Verdict.TOKENS_STOPPED}'
    WHEN l.tokens_stopped_at IS NOT NULL THEN '{Verdict.LOGIN_STOPPED}'
    WHEN NOT l.enabled THEN '{Verdict.LOGIN_DISABLED}'
    WHEN l.expires_at <= {{by_now}} THEN '{Verdict.LOGIN_EXPIRED}'
    WHEN NOT l.has_personal_role THEN '{Verdict.ROLE_MISSING}'
    {OWN_NETWORKS}
    {ORGANISATIONS_NETWORKS}
    WHEN (t.current_scopes & CAST(%(scope)s AS INTEGER)) <> CAST(%(scope)s AS INTEGER) THEN '{Verdict.SCOPE_MISSING}'
    WHEN {{pairs}} IS NULL THEN '{Verdict.NO_ASSIGNMENT}'
    WHEN COALESCE(t.calls_per_minute, o.token_calls_per_minute) IS NOT NULL
        AND COALESCE((SELECT c.count FROM accounts_attempts c WHERE c.key = 'calls:' || t.public_id
            AND c.window_start = CAST(%(window)s AS {{moment}})), 0) >= {CALLS_LIMIT} THEN '{Verdict.TOO_MANY_CALLS}'
    ELSE '{ADMITTED}' END AS verdict
FROM tokens_accesstoken t
JOIN accounts_login l ON l.id = t.owner_id
JOIN accounts_organisation o ON o.id = l.organisation_id {{beside}}
WHERE t.public_id = %(token)s
"""  # noqa: S608  # made of this module's constants; what a caller sends is always a parameter

ENTRY = """
WITH d AS MATERIALIZED ({decision})
INSERT INTO audit_entry (verb, result, reason, organisation_id, actor_id, actor_label, channel, scheme, address,
    subject_kind, subject_id, subject_label, owner_id, owner_label, token_id, token_name, request_id, method, path,
    user_agent, details)
SELECT '{verb}', '{result}', {reason}, d.organisation_id, '', '{api}', 'api', CAST(%(scheme)s AS VARCHAR),
    CAST(%(address)s AS VARCHAR), '', '', NULL, d.owner_id, d.owner_label, d.token_id, d.token_name,
    CAST(%(request_id)s AS VARCHAR), CAST(%(method)s AS VARCHAR), CAST(%(path)s AS VARCHAR),
    CAST(%(user_agent)s AS VARCHAR), {details}
FROM d WHERE d.verdict {condition} '{admitted}'
RETURNING {returning}
"""

# Only the JWT that was used counts: one that was saved in the meantime stays unused.
TOUCH = """
UPDATE tokens_accesstoken SET first_used_at = COALESCE(first_used_at, {now}), last_used_at = {now}
WHERE public_id = %(token)s AND digest = %(digest)s
    AND (first_used_at IS NULL OR last_used_at IS NULL OR last_used_at < {a_minute_ago})
"""


@dataclass(frozen=True, slots=True)
class Statements:
    """``admit`` records OK or gives no row; ``refuse`` records Fail; ``look`` only reads; ``touch`` marks the use.

    ``look_anywhere`` is ``look`` where there is no call, and so no address to judge. ``kind`` is what they decide
    about: "token", or "mobile" (tokens/admission/mobile.py).
    """

    kind: str
    admit: str
    refuse: str
    look: str
    look_anywhere: str
    touch: str


def statements(kind: str, *, decision: str, brought: str, touch: str) -> Mapping[str, Statements]:
    """The texts about one kind, for each engine. ``brought`` is decided on and brought with the verdict."""
    bringing = decision.replace("{brought}", f"CAST({{array}}({brought}) AS TEXT) AS brought,")
    decision = without_more(decision)
    admit = _entry(
        bringing,
        result=Result.OK,
        condition="=",
        reason="''",
        details="NULL",
        returning="id, organisation_id, owner_id, owner_label, token_name, (SELECT d.brought FROM d)",
    )
    refuse = _entry(
        decision,
        result=Result.FAIL,
        condition="<>",
        reason="d.verdict",
        details="CAST(%(details)s AS {json})",
        returning="reason",
    )
    look, look_anywhere = (f"SELECT d.verdict FROM ({text}) d" for text in (decision, anywhere(decision)))  # noqa: S608
    texts = admit, refuse, look, look_anywhere, touch
    return {vendor: Statements(kind, *(for_engine(text, vendor) for text in texts)) for vendor in DIALECTS}


def without_more(decision: str) -> str:
    """The decision alone: whom it is about, and the verdict."""
    return decision.replace("{brought}", "")


def anywhere(decision: str) -> str:
    return decision.replace(OWN_NETWORKS, "").replace(ORGANISATIONS_NETWORKS, "")


def for_engine(text: str, vendor: str) -> str:
    text = text.format(**DIALECTS[vendor])
    return re.sub(r"%\((\w+)\)s", r":\1", text) if vendor == "sqlite" else text


def _entry(decision: str, *, result: Result, condition: str, reason: str, details: str, returning: str) -> str:
    return ENTRY.format(
        verb=Verb.TOKEN_AUTHENTICATE.value, result=result.value, api=API_NAME, admitted=ADMITTED, decision=decision,
        condition=condition, reason=reason, details=details, returning=returning,
    )  # fmt: skip


STATEMENTS = statements("token", decision=DECISION, brought=BROUGHT, touch=TOUCH)

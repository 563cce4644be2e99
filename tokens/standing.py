"""What stands in the way of a token's JWT although it is valid: what a call with it would be told at this moment.

Pages say it beforehand; the decision itself is admission's alone (tokens/admission/statement.py), in the same order.
"""

from accounts.pairs import decode
from tokens.models import AccessToken
from tokens.reach import effective_pairs
from tokens.statuses import Status
from tokens.verdicts import Verdict

WITH_JWT = frozenset({Status.INACTIVE, Status.ACTIVE})


def obstacle(token: AccessToken) -> Verdict | None:
    """Of its owner, the organisation or an edit; None where there is none, and where the status itself says it."""
    if token.status not in WITH_JWT:
        return None
    owner, organisation = token.owner, token.owner.organisation
    conditions = {
        Verdict.ORGANISATION_SUSPENDED: organisation.suspended_at is not None,
        Verdict.TOKENS_STOPPED: organisation.tokens_stopped_at is not None,
        Verdict.LOGIN_STOPPED: owner.tokens_stopped_at is not None,
        Verdict.LOGIN_DISABLED: not owner.enabled,
        Verdict.LOGIN_EXPIRED: owner.is_expired,
        Verdict.ROLE_MISSING: not owner.has_personal_role,
        Verdict.SCOPE_MISSING: not token.current_scopes,
        Verdict.NO_ASSIGNMENT: not effective_pairs(owner, decode(token.current_restriction)),
    }
    return next((verdict for verdict, holds in conditions.items() if holds), None)

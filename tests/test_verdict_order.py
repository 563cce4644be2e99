"""Of several things that stand in the way of a call, the one is told that must be mended first."""

from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Login
from tests import test_admission, test_mobile_admission
from tests.api_calls import valid_token
from tests.test_admission import admitted, change_token, refusal
from tests.test_mobile_admission import begun
from tokens import jwt
from tokens.scopes import Scope
from tokens.verdicts import Verdict

pytestmark = pytest.mark.django_db(transaction=True)

OF_OWNER_AND_ORGANISATION = [
    Verdict.ORGANISATION_SUSPENDED, Verdict.TOKENS_STOPPED, Verdict.LOGIN_STOPPED, Verdict.LOGIN_DISABLED,
    Verdict.LOGIN_EXPIRED,
]  # fmt: skip
OF_TOKEN = [
    Verdict.REVOKED, Verdict.NOT_SAVED, Verdict.REPLACED, Verdict.WRONG_TENANT, Verdict.EXPIRED,
    *OF_OWNER_AND_ORGANISATION, Verdict.ROLE_MISSING, Verdict.NETWORK_REFUSED, Verdict.SCOPE_MISSING,
    Verdict.NO_ASSIGNMENT, Verdict.TOO_MANY_CALLS,
]  # fmt: skip
OF_SESSION = [
    Verdict.SESSION_ENDED, Verdict.REPLACED, Verdict.WRONG_TENANT, Verdict.EXPIRED, *OF_OWNER_AND_ORGANISATION,
    Verdict.PASSWORD_CHANGED, Verdict.VIEW_ONLY, Verdict.NETWORK_REFUSED, Verdict.NO_ASSIGNMENT, Verdict.SCOPE_MISSING,
    Verdict.TOO_MANY_CALLS,
]  # fmt: skip
# What is wrong with the call and not with a record.
OF_CALL: dict[Verdict, dict[str, Any]] = {
    Verdict.WRONG_TENANT: {"tenant": 0},
    Verdict.SCOPE_MISSING: {"scope": Scope.META | Scope.REPORT | Scope.TOKEN},
}


def told(text: str, record: Any, order: list[Verdict], effects: dict[Verdict, Any]) -> list[str]:
    """What is told while one fault after the other is added, the last one to be mended first."""
    found, call = [], {}
    for verdict in reversed(order):
        if verdict in OF_CALL:
            call |= OF_CALL[verdict]
        else:
            effects[verdict](record)
        found.append(refusal(text, **call))
    return found


def test_of_a_token(olivia: Login) -> None:
    token, text = valid_token(olivia)
    admitted(text)
    shown = change_token(pending_digest=jwt.digest(text), pending_dialog="d", pending_made_at=timezone.now())
    effects = {**test_admission.EFFECTS, Verdict.NOT_SAVED: shown}
    assert told(text, token, OF_TOKEN, effects) == [*reversed(OF_TOKEN)]


def test_of_a_mobile_session(olivia: Login) -> None:
    opened = begun(olivia, olivia.assignments.first().pair)
    admitted(opened.access)
    order = [*reversed(OF_SESSION)]
    assert told(opened.access, opened.session, OF_SESSION, test_mobile_admission.EFFECTS) == order


def test_every_verdict_on_a_call_has_its_place() -> None:
    of_no_call = {Verdict.REUSED, Verdict.SIGN_IN_REFUSED}  # a refresh is told these
    assert {*OF_TOKEN, *OF_SESSION} == {*Verdict} - of_no_call - {Verdict.NOT_GENERATED}  # that one has no digest

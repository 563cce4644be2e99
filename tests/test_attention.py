"""Which tokens want attention: ending, failing, never used, never expiring, idle; each exactly, and nobody else's."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Login
from audit.actions import record_demonstration
from audit.models import Entry
from audit.verbs import Verb
from tests.token_story import created, generated
from tokens.attention import Attention
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db


@pytest.fixture
def tokens(olivia: Login) -> dict[str, AccessToken]:
    """One token for each case, made without a trace in the ledger: entries come only from ``calls``."""
    now = timezone.now()
    base = {"generated_at": now - timedelta(days=200), "digest": b"x" * 32, "first_used_at": now, "last_used_at": now}
    cases = {
        "plain": {"expires_at": now + timedelta(days=31)},
        "soon": {"expires_at": now + timedelta(days=29)},
        "over": {"expires_at": now - timedelta(seconds=1), "first_used_at": None, "last_used_at": None},
        "endless": {"expires_at": None},
        "unused": {"expires_at": now + timedelta(days=31), "first_used_at": None, "last_used_at": None},
        "idle": {"expires_at": now + timedelta(days=31), "last_used_at": now - timedelta(days=91)},
        "revoked": {"expires_at": None, "first_used_at": None, "revoked_at": now},
        "record": {"generated_at": None, "digest": None, "first_used_at": None, "last_used_at": None},
    }
    return {
        name: AccessToken.objects.create(
            owner=olivia, name=name, name_key=name, expiry_choice="30", created_by_label="", **{**base, **values}
        )
        for name, values in cases.items()
    }


def wanting(attention: Attention) -> set[str]:
    return set(AccessToken.objects.wanting(attention).values_list("name", flat=True))


@pytest.mark.parametrize(
    ("attention", "expected"),
    [
        (Attention.ENDS_SOON, {"soon"}),
        (Attention.NEVER_USED, {"unused"}),
        (Attention.NEVER_EXPIRES, {"endless"}),
        (Attention.IDLE, {"idle"}),
    ],
)
def test_what_the_row_says(tokens: dict[str, AccessToken], attention: Attention, expected: set[str]) -> None:
    assert wanting(attention) == expected


def call(token: AccessToken, result: str, hours: float, verb: Verb = Verb.TOKEN_AUTHENTICATE) -> Entry:
    at, organisation = timezone.now() - timedelta(hours=hours), token.owner.organisation_id
    return Entry(at=at, verb=verb, result=result, organisation_id=organisation, token_id=token.public_id)


def test_failing_is_what_the_newest_call_says(tokens: dict[str, AccessToken]) -> None:
    record_demonstration(
        [
            call(tokens["plain"], "fail", 3),
            call(tokens["plain"], "fail", 2),
            call(tokens["plain"], "ok", 1, Verb.REPORT_READ),  # the end of an earlier call
            call(tokens["soon"], "fail", 2),
            call(tokens["soon"], "ok", 1),
            call(tokens["idle"], "fail", 25),
            call(tokens["endless"], "ok", 2),
            call(tokens["endless"], "fail", 1),
            call(tokens["over"], "fail", 1),
            call(tokens["revoked"], "fail", 1),
        ]
    )
    assert wanting(Attention.FAILING) == {"plain", "endless", "over"}


def test_generating_makes_a_token_unused(olivia: Login) -> None:
    token = created(olivia, expiry_choice="7")
    assert wanting(Attention.NEVER_USED) == set()
    generated(token)
    assert wanting(Attention.NEVER_USED) == wanting(Attention.ENDS_SOON) == {"LabTest"}

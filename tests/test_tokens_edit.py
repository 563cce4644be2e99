"""Editing and revoking: what acts at once, what waits for the next JWT, what is on record."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from accounts.exceptions import Conflict, Refused
from accounts.models import Login
from accounts.pairs import decode
from audit.models import Entry
from audit.verbs import Verb
from tests.token_story import actor, created, edited, generated, used, verbs
from tokens import actions
from tokens.models import AccessToken
from tokens.statuses import Status

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    token = created(olivia, "Board pack", expiry_choice="30")
    generated(token)
    return token


def test_name_and_description_keep_the_jwt(token: AccessToken) -> None:
    used(token)
    before = bytes(token.digest), token.expires_at, token.current_scopes, token.first_used_at
    assert edited(token, name="Board", description="d").changed == {"name", "description"}
    token.refresh_from_db()
    assert (bytes(token.digest), token.expires_at, token.current_scopes, token.first_used_at) == before
    assert (token.name, token.name_key) == ("Board", "board")
    entry = Entry.objects.get(verb=Verb.TOKEN_UPDATE)
    assert entry.details == {
        "before": {"name": "Board pack", "description": ""},
        "after": {"name": "Board", "description": "d"},
    }


def test_nothing_changed_is_not_recorded(token: AccessToken) -> None:
    assert edited(token).changed == frozenset()
    assert Verb.TOKEN_UPDATE not in verbs(token)


def test_taking_a_scope_acts_at_once_and_giving_one_waits(token: AccessToken) -> None:
    result = edited(token, scopes=1 | 4)
    token.refresh_from_db()
    assert (token.scopes, token.current_scopes) == (5, 1)
    assert result.lost_scopes == 2
    edited(token, scopes=7)
    token.refresh_from_db()
    assert (token.scopes, token.current_scopes) == (7, 1)
    generated(token)
    assert token.current_scopes == 7


def test_a_jwt_may_be_left_with_no_scope(token: AccessToken) -> None:
    edited(token, scopes=4)
    token.refresh_from_db()
    assert (token.scopes, token.current_scopes) == (4, 0)


def test_a_shorter_expiry_acts_at_once_and_a_longer_one_waits(token: AccessToken) -> None:
    end = token.generated_at + timedelta(days=7)
    edited(token, expiry_choice="7")
    token.refresh_from_db()
    assert token.expires_at == end.replace(microsecond=0)
    edited(token, expiry_choice="never")
    token.refresh_from_db()
    assert token.expires_at == end.replace(microsecond=0)
    generated(token)
    assert token.expires_at is None
    day = (timezone.now() + timedelta(days=3)).date()
    edited(token, expiry_choice="date", expiry_date=day)
    token.refresh_from_db()
    assert token.expires_at is not None
    assert token.expires_at.date() == day + timedelta(days=1)


def test_a_shorter_expiry_may_end_the_jwt(token: AccessToken) -> None:
    AccessToken.objects.update(generated_at=timezone.now() - timedelta(days=2))
    result = edited(token, expiry_choice="1")
    assert result.changed == {"expires_on", "jwt_expires_at"}
    assert result.token.status is Status.EXPIRED


def test_narrowing_the_rows_acts_at_once_and_widening_waits(token: AccessToken, olivia: Login) -> None:
    one, other = sorted(olivia.pairs)
    edited(token, pairs=frozenset({one}))
    token.refresh_from_db()
    assert decode(token.current_restriction) == token.pairs == {one}
    edited(token, pairs=frozenset({one, other}))
    token.refresh_from_db()
    assert (decode(token.current_restriction), token.pairs) == ({one}, {one, other})
    edited(token, pairs=frozenset({other}))
    token.refresh_from_db()
    assert (decode(token.current_restriction), token.pairs) == (frozenset(), {other})
    edited(token, pairs=None)
    token.refresh_from_db()
    assert (token.current_restriction, token.restriction) == ("|", None)
    generated(token)
    assert token.current_restriction is None


def test_a_pair_that_was_lost_may_stay_but_not_alone(token: AccessToken, olivia: Login) -> None:
    one, other = sorted(olivia.pairs)
    edited(token, pairs=frozenset({one, other}))
    olivia.assignments.filter(department_id=one.department_id).delete()
    token.refresh_from_db()
    edited(token, name="renamed")
    edited(token, pairs=frozenset({one, other}))
    token.refresh_from_db()
    with pytest.raises(Refused) as caught:
        edited(token, pairs=frozenset({one}))
    assert caught.value.code == "no_assignment"


def test_before_generation_there_is_nothing_to_cut(olivia: Login) -> None:
    token = created(olivia)
    edited(token, scopes=1, expiry_choice="1")
    token.refresh_from_db()
    assert (token.current_scopes, token.expires_at, token.status) == (0, None, Status.NOT_GENERATED)


def test_refusals(token: AccessToken, olivia: Login) -> None:
    created(olivia, "Taken")
    for changes, code in (
        ({"name": " taken "}, "name_taken"),
        ({"name": " "}, "name"),
        ({"scopes": 0}, "scopes"),
        ({"expiry_choice": "date", "expiry_date": date(2020, 1, 1)}, "expiry_date"),
    ):
        with pytest.raises(Refused) as caught:
            edited(token, **changes)
        assert caught.value.code == code
    assert Verb.TOKEN_UPDATE not in verbs(token)


def test_settings_against_a_newer_policy_stay_until_they_change(token: AccessToken) -> None:
    organisation = token.owner.organisation
    organisation.token_days_limit = 7
    organisation.save()
    edited(token, name="renamed")
    with pytest.raises(Refused):
        edited(token, expiry_choice="60")


def test_a_passed_date_does_not_hinder_renaming(olivia: Login) -> None:
    token = created(olivia, expiry_choice="date", expiry_date=timezone.now().date() + timedelta(days=1))
    AccessToken.objects.update(expiry_date=date(2026, 1, 1))
    token.refresh_from_db()
    edited(token, name="renamed")


def test_revoke_is_at_once_and_for_good(token: AccessToken, olivia: Login) -> None:
    actions.revoke(token=token, why=" moved on ", by=actor(olivia))
    token.refresh_from_db()
    assert token.status is Status.REVOKED
    assert list(AccessToken.objects.listed()) == []
    entry = Entry.objects.get(verb=Verb.TOKEN_REVOKE)
    assert entry.details == {"why": "moved on"}
    for again in (
        lambda: actions.revoke(token=token, by=actor(olivia)),
        lambda: edited(token, name="x"),
    ):
        with pytest.raises(Conflict):
            again()
    assert verbs(token).count(Verb.TOKEN_REVOKE) == 1

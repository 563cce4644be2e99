"""Lengths of time: the texts that programs may send, and what the console shows of a token that has one."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.exceptions import Refused
from accounts.models import Login
from tests.token_story import actor, edited, generated, signed_in, used
from tokens import actions
from tokens.durations import in_words, seconds_of
from tokens.models import AccessToken
from tokens.statuses import Status
from tokens.words import choice_text, expiring_text, length_text


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("3600", 3600), ("30", 30), ("30s", 30), ("30 s", 30), ("45 seconds", 45), ("1 second", 1),
        ("90m", 5400), ("1 minute", 60), ("10h", 36_000), ("2 hours", 7200), ("7d", 604_800), ("2 days", 172_800),
        ("1w", 604_800), ("2 weeks", 1_209_600), ("1y", 31_536_000), ("1 year", 31_536_000), ("007d", 604_800),
        ("30000ms", 30), ("30999 milliseconds", 30), ("0", 0), ("10 ", 10),
    ],
)  # fmt: skip
def test_what_is_read(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "h", "-1h", "+1h", "1.5h", "1,5h", "1e3", " 10h", "10h ", "10  h", "10H", "10 Days", "10 fortnights",
        "10h30m", "10h 30m", "\u0661\u0660h", "10\u00a0h", "10h\n", "10\x00h", "0x10", "ten days", "1" * 101, "P1D",
    ],
)  # fmt: skip
def test_what_is_not(text: str) -> None:
    with pytest.raises(ValueError, match=r"^" + re.escape(text[:100])):
        seconds_of(text)


def test_a_number_of_a_hundred_digits_is_only_a_large_one() -> None:
    assert seconds_of("9" * 99 + "y") > 10**99


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (30, "30 seconds"), (90, "90 seconds"), (60, "1 minute"), (5400, "90 minutes"), (3600, "1 hour"),
        (36_000, "10 hours"), (86_400, "1 day"), (604_800, "7 days"), (31_536_000, "365 days"),
        (86_401, "86401 seconds"),
    ],
)  # fmt: skip
def test_words(seconds: int, words: str) -> None:
    assert in_words(seconds) == words


@pytest.mark.django_db
class TestInTheConsole:
    """A token with a length of its own looks like any other, and keeps that length."""

    @pytest.fixture
    def token(self, olivia: Login) -> AccessToken:
        minted = actions.mint(owner=olivia, name="Nightly load", seconds=36_000, scopes=3, pairs=None, by=actor(olivia))
        return minted.token

    def test_its_length_in_words(self, token: AccessToken) -> None:
        assert choice_text(token) == "10 hours"
        assert length_text(token) == "10 hours from now"
        assert expiring_text(token) == "in 9 hours"

    def test_the_edit_page_offers_it_chosen(self, token: AccessToken, olivia: Login) -> None:
        page = signed_in(olivia).get(f"/tokens/{token.public_id}/edit").content.decode()
        assert "10 hours" in page
        chosen = page[page.index('value="seconds"') :]
        assert "checked" in chosen[: chosen.index(">")]

    def test_other_tokens_are_not_offered_it(self, token: AccessToken, olivia: Login) -> None:
        assert 'value="seconds"' not in signed_in(olivia).get("/tokens/new").content.decode()
        form = {"name": "Mine", "expires_on": "seconds", "scopes": ["1"]}
        assert signed_in(olivia).post("/tokens/new", form).status_code == 422
        with pytest.raises(Refused):
            actions.create(owner=olivia, name="Mine", expiry_choice="seconds", scopes=1, by=actor(olivia))

    def test_edited_it_keeps_the_length(self, token: AccessToken, olivia: Login) -> None:
        form = {"name": "Renamed", "expires_on": "seconds", "scopes": ["1", "2"]}
        end = token.expires_at
        assert signed_in(olivia).post(f"/tokens/{token.public_id}/edit", form).status_code == 303
        token.refresh_from_db()
        assert (token.name, token.expiry_choice, token.expiry_seconds) == ("Renamed", "seconds", 36_000)
        assert token.expires_at == end

    def test_another_choice_replaces_it_for_good(self, token: AccessToken) -> None:
        end = token.expires_at
        result = edited(token, expiry_choice="30")
        token.refresh_from_db()
        assert (token.expiry_choice, token.expiry_seconds) == ("30", None)
        assert token.expires_at == end  # a longer life comes with the next JWT
        assert result.waits
        with pytest.raises(Refused) as refusal:
            edited(token, expiry_choice="seconds")
        assert refusal.value.code == "expiry"

    def test_generated_anew_it_gets_the_same_length(self, token: AccessToken) -> None:
        AccessToken.objects.update(expires_at=timezone.now() - timedelta(days=2))
        token.refresh_from_db()
        assert token.status is Status.EXPIRED
        generated(token)
        assert 35_990 <= (token.expires_at - timezone.now()).total_seconds() <= 36_000
        assert token.status is Status.INACTIVE

    def test_the_next_jwt_is_not_told_to_be_longer(self, token: AccessToken) -> None:
        used(token)
        assert not edited(token, description="Loads at night").waits

    def test_a_tightened_policy_stops_the_next_jwt(self, olivia: Login) -> None:
        by = actor(olivia)
        token = actions.mint(owner=olivia, name="Year", seconds=365 * 86_400, scopes=3, pairs=None, by=by).token
        olivia.organisation.token_days_limit = 30
        olivia.organisation.save()
        with pytest.raises(Refused) as refusal:
            actions.generate(token=token, by=by)
        assert refusal.value.code == "expiry"

    @pytest.mark.parametrize("read_only", [True, False])
    def test_read_only_is_told_wherever_its_settings_are(self, olivia: Login, *, read_only: bool) -> None:
        by = actor(olivia)
        token = actions.mint(
            owner=olivia, name="Viewer", seconds=None, scopes=3, pairs=None, read_only=read_only, by=by
        ).token
        client = signed_in(olivia)
        for page in (
            "/tokens",
            "/tokens?export=csv",
            f"/tokens/{token.public_id}/edit",
            f"/tokens/{token.public_id}/generate",
        ):
            response = client.get(page)
            content = b"".join(response.streaming_content) if response.streaming else response.content
            assert (b"Read only" in content) is read_only, page

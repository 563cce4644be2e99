"""A tightened policy and the tokens that do not keep to it: left, shortened or stopped, as was decided beforehand."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.actions.policies import state_of
from accounts.exceptions import Conflict, Refused
from accounts.models import Login, Organisation, OutboxMail
from accounts.versions import version_of
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import make_valid
from tests.factories import AccessTokenFactory
from tests.test_organisation_page import change, fresh, typed
from tests.token_story import actor, signed_in
from tokens import actions
from tokens.actions.locks import locked_owner
from tokens.actions.mobile import begin
from tokens.actions.tightening import Tightened, tighten
from tokens.in_use import LEAVE, SHORTEN, STOP
from tokens.models import AccessToken
from tokens.statuses import Status
from tokens.views.organisation import TOKENS

pytestmark = pytest.mark.django_db

DAYS = 60


def in_days(days: float) -> Any:
    return timezone.now().replace(microsecond=0) + timedelta(days=days)


@pytest.fixture
def tokens(olivia: Login, olga: Login) -> dict[str, AccessToken]:
    """By name: what each is with a limit of 60 days, of which the first three have a longer Expires On."""
    made = {
        name: AccessTokenFactory(owner=owner, name=name, expiry_choice=choice, scopes=scopes)
        for name, owner, choice, scopes in (
            ("year", olivia, "365", 7),
            ("never", olivia, "never", 3),
            ("nearly over", olivia, "365", 3),
            ("short", olivia, "30", 4),
            ("no jwt", olivia, "never", 3),
            ("foreign", olga, "never", 7),
        )
    }
    ends = {"year": in_days(300), "never": None, "nearly over": in_days(10), "short": in_days(20), "foreign": None}
    for name, end in ends.items():
        make_valid(made[name], expires_at=end)
    AccessToken.objects.filter(name="year").update(
        pending_dialog="d", pending_digest=b"d" * 32, pending_made_at=timezone.now()
    )
    return made


def now(tokens: dict[str, AccessToken], name: str) -> AccessToken:
    return AccessToken.objects.get(pk=tokens[name].pk)


def decide(
    ada: Login, *, days: int | None = DAYS, never: bool = False, scopes_allowed: int = 7, **decided: str
) -> Tightened:
    organisation = fresh(ada.organisation)
    wanted = {"token_days_limit": days, "token_never_allowed": never, "token_scopes_allowed": scopes_allowed}
    version = version_of(state_of(organisation, wanted))
    return tighten(organisation=organisation, settings=wanted, version=version, by=actor(ada), **decided)


def updates() -> dict[str, dict[str, Any]]:
    """The details of what was done to tokens, by their names."""
    entries = Entry.objects.filter(verb=Verb.TOKEN_UPDATE)
    return {entry.token_name: entry.details for entry in entries}


def test_left_as_they_are(ada: Login, tokens: dict[str, AccessToken]) -> None:
    before = list(AccessToken.objects.order_by("pk").values())
    assert decide(ada, scopes_allowed=3).limited == 0
    assert list(AccessToken.objects.order_by("pk").values()) == before
    assert not updates()
    assert not OutboxMail.objects.exists()


def test_shortened_to_the_new_limit(ada: Login, olivia: Login, tokens: dict[str, AccessToken]) -> None:
    done = decide(ada, lives=SHORTEN)
    assert (done.limited, done.stopped) == (4, 0)
    for name in ("year", "never"):
        token = now(tokens, name)
        assert abs(token.expires_at - in_days(DAYS)) < timedelta(seconds=5), name
        assert token.expiry_choice == "60"
    assert not now(tokens, "year").has_pending, "what was shown with the longer life cannot be saved"
    nearly = now(tokens, "nearly over")
    assert nearly.expiry_choice == "60"
    assert nearly.expires_at < in_days(11), "no JWT gets longer"
    assert (now(tokens, "no jwt").expiry_choice, now(tokens, "no jwt").expires_at) == ("60", None)
    for name in ("short", "foreign"):
        assert now(tokens, name).expiry_choice == tokens[name].expiry_choice, name
    assert updates().keys() == {"year", "never", "nearly over", "no jwt"}
    assert updates()["never"]["before"] == {
        "expires_on": "never", "jwt": {"expires_at": None, "scopes": ["api:meta:read", "api:report:read"]},
    }  # fmt: skip
    assert updates()["never"]["after"]["expires_on"] == "60"
    assert updates()["no jwt"] == {"before": {"expires_on": "never"}, "after": {"expires_on": "60"}}
    entry = Entry.objects.filter(verb=Verb.TOKEN_UPDATE).first()
    assert (entry.actor_id, entry.owner_id) == (ada.public_id, olivia.public_id)


def test_where_only_never_is_taken_away(ada: Login, tokens: dict[str, AccessToken]) -> None:
    decide(ada, days=None, lives=SHORTEN)
    assert now(tokens, "never").expiry_choice == "365"
    assert abs(now(tokens, "never").expires_at - in_days(365)) < timedelta(seconds=5)
    assert now(tokens, "year").expires_at > in_days(299)
    assert updates().keys() == {"never", "no jwt"}


def test_stopped_are_those_that_last_longer(ada: Login, tokens: dict[str, AccessToken]) -> None:
    done = decide(ada, lives=STOP)
    assert (done.limited, done.stopped) == (2, 2)
    for name in ("year", "never"):
        token = now(tokens, name)
        assert token.status is Status.EXPIRED, name
        assert token.expiry_choice == tokens[name].expiry_choice, "its owner chooses anew"
        assert token.revoked_at is None
    assert {name for name in tokens if now(tokens, name).status is Status.EXPIRED} == {"year", "never"}
    assert updates().keys() == {"year", "never"}


def test_a_scope_is_taken_away(ada: Login, tokens: dict[str, AccessToken]) -> None:
    decide(ada, days=None, never=True, scopes_allowed=3, scopes=SHORTEN)
    year, short = now(tokens, "year"), now(tokens, "short")
    assert (year.scopes, year.current_scopes) == (3, 3)
    assert (short.scopes, short.current_scopes) == (4, 0), "without another scope it is its owner's to change"
    assert now(tokens, "foreign").current_scopes == 7
    assert updates()["year"]["after"]["scopes"] == ["api:meta:read", "api:report:read"]
    assert year.expires_at > in_days(299)


def test_a_jwt_with_the_scope_is_stopped(ada: Login, tokens: dict[str, AccessToken]) -> None:
    done = decide(ada, days=None, never=True, scopes_allowed=3, scopes=STOP)
    assert (done.limited, done.stopped) == (2, 2)
    assert {name for name in tokens if now(tokens, name).status is Status.EXPIRED} == {"year", "short"}


def test_short_lived_ones_of_the_token_endpoint_lose_it_too(ada: Login, olivia: Login) -> None:
    short = AccessTokenFactory(
        owner=olivia, name="client_credentials", kind="client_credentials", scopes=7, expiry_choice="seconds",
        expiry_seconds=3600,
    )  # fmt: skip
    make_valid(short, expires_at=in_days(0.03))
    decide(ada, days=None, never=True, scopes_allowed=3, scopes=SHORTEN)
    assert AccessToken.objects.get().current_scopes == 3


def test_both_at_once_are_one_entry_and_one_mail(ada: Login, olivia: Login, tokens: dict[str, AccessToken]) -> None:
    decide(ada, scopes_allowed=3, lives=SHORTEN, scopes=STOP)
    assert Entry.objects.filter(verb=Verb.TOKEN_UPDATE, token_name="year").count() == 1
    year = now(tokens, "year")
    assert (year.status, year.expiry_choice) == (Status.EXPIRED, "60")
    mail = OutboxMail.objects.get()
    assert mail.to == olivia.email
    assert "Ada Byron tightened the policies on tokens of Demo Organisation." in mail.body
    assert "- year (Meta Record, Report Record, Token Record): its JWT no longer works" in mail.body
    assert "foreign" not in mail.body


def test_nothing_of_it_without_the_policy(ada: Login, tokens: dict[str, AccessToken]) -> None:
    organisation = fresh(ada.organisation)
    wanted = {"token_days_limit": 1, "token_never_allowed": False, "token_scopes_allowed": 7}
    version = version_of(state_of(organisation, wanted))
    change(ada, token_days_limit=90)
    with pytest.raises(Conflict):
        tighten(organisation=organisation, settings=wanted, version=version, lives=STOP, by=actor(ada))
    assert not updates()
    assert now(tokens, "year").status is not Status.EXPIRED
    assert not OutboxMail.objects.exists()


# --- The page --------------------------------------------------------------------------------------------------------


@pytest.fixture
def client(ada: Login) -> Client:
    return signed_in(ada)


def wanted(organisation: Organisation, **more: Any) -> dict[str, Any]:
    return typed(organisation, TOKENS, token_days_limit=DAYS, token_scopes_allowed=[1, 2], **more)


def test_the_choices_name_exact_numbers(client: Client, ada: Login, tokens: dict[str, AccessToken]) -> None:
    text = " ".join(client.post(TOKENS.url, wanted(ada.organisation)).content.decode().split())
    assert "4 tokens have a longer Expires On." in text
    assert "2 tokens have a scope that is no longer allowed." in text
    assert "Shorten: Expires On becomes 60 days. 2 JWTs that last longer end on" in text
    assert "Take it away: the scope leaves the tokens, and 2 JWTs lose it at once." in text
    assert text.count("Stop: 2 JWTs are refused from now on.") == 2
    assert text.count('value="leave"') == text.count('value="leave" id="id_') == 2
    assert text.count(" checked") == 2, "left as they are, unless something else is chosen"


def test_what_was_chosen_is_done(client: Client, ada: Login, tokens: dict[str, AccessToken]) -> None:
    data = {**wanted(ada.organisation), "confirmed": "1", "lives": SHORTEN, "scopes": STOP}
    answer = client.post(TOKENS.url, data, follow=True)
    text = answer.content.decode()
    assert "The settings are saved. 3 tokens were limited to them. 2 JWTs were stopped" in text
    assert now(tokens, "never").expiry_choice == "60"
    assert now(tokens, "short").status is Status.EXPIRED


def test_nothing_chosen_leaves_them(client: Client, ada: Login, tokens: dict[str, AccessToken]) -> None:
    assert client.post(TOKENS.url, {**wanted(ada.organisation), "confirmed": "1"}).status_code == 303
    assert fresh(ada.organisation).token_days_limit == DAYS
    assert not updates()


def test_another_choice_is_none(client: Client, ada: Login, tokens: dict[str, AccessToken]) -> None:
    for strange in ({"lives": "revoke"}, {"scopes": "LEAVE"}):
        answer = client.post(TOKENS.url, {**wanted(ada.organisation), "confirmed": "1", LEAVE: "1", **strange})
        assert answer.status_code == 422
    assert fresh(ada.organisation).token_days_limit is None
    assert not updates()


@pytest.mark.parametrize(("days", "life"), [(None, 30), (365, 30), (30, 30), (7, 7)])
def test_a_mobile_session_lasts_no_longer_than_a_jwt_may(
    ada: Login, olivia: Login, days: int | None, life: int
) -> None:
    if days is not None:
        change(ada, token_days_limit=days)
    opened = begin(login=olivia, device="Phone", pair=None, by=actor(olivia))
    assert abs(opened.session.expires_at - in_days(life)) < timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_who_waits_for_the_change_keeps_to_it(ada: Login, olivia: Login) -> None:
    token = AccessTokenFactory(owner=olivia, expiry_choice="365")

    def generate() -> str:
        try:
            return actions.generate(token=token, by=actor(olivia)).jwt
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            locked_owner(olivia.pk)
            change(ada, token_days_limit=DAYS)
            shown = pool.submit(generate)
            with pytest.raises(TimeoutError):
                shown.result(0.3)
        assert shown.result(30) == "expiry"

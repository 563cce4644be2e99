"""A program gets a token and its valid JWT in one step: by all the rules of the console, recorded and mailed."""

import pytest

from accounts.exceptions import Refused
from accounts.models import Login, OutboxMail
from accounts.pairs import Pair
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tokens import actions
from tokens.actions import Minted
from tokens.jwt import digest
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db


def by(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="api")


def minted(owner: Login, **more: object) -> Minted:
    wanted = {"name": "Nightly load", "seconds": 36_000, "scopes": 3, "pairs": None, "by": by(owner), **more}
    return actions.mint(owner=owner, **wanted)


def test_a_record_and_its_valid_jwt(olivia: Login) -> None:
    made = minted(olivia)
    token = AccessToken.objects.get()
    assert (token.name, token.kind, token.expiry_choice, token.expiry_seconds) == (
        "Nightly load", "api", "seconds", 36_000,
    )  # fmt: skip
    assert bytes(token.digest) == digest(made.jwt)
    assert token.expires_at == made.expires_at
    assert 36_000 - 1 <= (token.expires_at - token.generated_at).total_seconds() <= 36_000
    assert token.status.value == "inactive"
    assert made.jwt not in repr(made)


def test_without_seconds_it_never_ends(olivia: Login) -> None:
    made = minted(olivia, seconds=None)
    assert (made.token.expiry_choice, made.expires_at) == ("never", None)


def test_both_steps_are_on_record_and_the_owner_is_told(olivia: Login) -> None:
    made = minted(olivia, read_only=True)
    create, generate = Entry.objects.order_by("pk")
    assert (create.verb, generate.verb) == (Verb.TOKEN_CREATE, Verb.TOKEN_GENERATE)
    assert create.details["after"]["expires_on"] == "36000 s"
    assert create.details["after"]["read_only"] is True
    assert generate.details["jwt"]["expires_at"] == made.expires_at.isoformat()
    mail = OutboxMail.objects.get()
    assert mail.to == olivia.email
    assert "Nightly load" in mail.subject
    assert made.jwt not in mail.body


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"seconds": 29}, "expiry"),
        ({"seconds": 365 * 86_400 + 1}, "expiry"),
        ({"scopes": 0}, "scopes"),
        ({"pairs": frozenset({Pair(999_999, None)})}, "pairs"),
        ({"pairs": frozenset()}, "no_assignment"),
    ],
)
def test_what_the_console_refuses_is_refused(olivia: Login, wanted: dict[str, object], code: str) -> None:
    with pytest.raises(Refused) as refusal:
        minted(olivia, **wanted)
    assert refusal.value.code == code
    assert not AccessToken.objects.exists()
    assert not Entry.objects.exists()
    assert not OutboxMail.objects.exists()


@pytest.mark.parametrize("seconds", [30, 365 * 86_400])
def test_the_shortest_and_the_longest_life(olivia: Login, seconds: int) -> None:
    assert minted(olivia, seconds=seconds).token.expiry_seconds == seconds


def test_the_organisations_policies_bind(olivia: Login) -> None:
    organisation = olivia.organisation
    organisation.token_days_limit, organisation.token_scopes_allowed, organisation.tokens_per_login = 7, 1, 1
    organisation.save()
    for wanted, code in [
        ({"seconds": 7 * 86_400 + 60, "scopes": 1}, "expiry"),
        ({"seconds": None, "scopes": 1}, "expiry"),
        ({"scopes": 3}, "scopes"),
    ]:
        with pytest.raises(Refused) as refusal:
            minted(olivia, **wanted)
        assert refusal.value.code == code
    minted(olivia, seconds=7 * 86_400, scopes=1)
    with pytest.raises(Refused) as refusal:
        minted(olivia, name="Another", scopes=1)
    assert refusal.value.code == "too_many"


def test_a_name_is_given_once(olivia: Login) -> None:
    minted(olivia)
    with pytest.raises(Refused) as refusal:
        minted(olivia, name=" NIGHTLY  load ")
    assert refusal.value.code == "name_taken"


@pytest.mark.parametrize("who", ["peter", "vera"])
def test_only_for_who_could_use_it(who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(Refused):
        minted(request.getfixturevalue(who))
    assert not AccessToken.objects.exists()


class TestMadeWithAnother:
    """The token whose JWT asks is asked again, under the owner's lock."""

    def test_its_name_is_on_record(self, olivia: Login) -> None:
        maker, _jwt = valid_token(olivia, scopes=4, name="Deployment")
        minted(olivia, made_with=maker)
        details = Entry.objects.get(verb=Verb.TOKEN_CREATE).details
        assert details["made_with"] == {"id": maker.public_id, "name": "Deployment"}

    def test_revoked_meanwhile(self, olivia: Login) -> None:
        maker, _jwt = valid_token(olivia, scopes=4)
        actions.revoke(token=maker, by=by(olivia))
        with pytest.raises(Refused) as refusal:
            minted(olivia, made_with=maker)
        assert refusal.value.code == "revoked"

    def test_read_only(self, olivia: Login) -> None:
        maker, _jwt = valid_token(olivia, scopes=4, read_only=True)
        with pytest.raises(Refused) as refusal:
            minted(olivia, made_with=maker)
        assert refusal.value.code == "read_only"

    def test_limited_it_cannot_leave_the_limit_out(self, olivia: Login) -> None:
        finance, south = sorted(olivia.pairs, key=lambda pair: pair.department_id)
        maker, _jwt = valid_token(olivia, scopes=4, restriction=f"|{finance.encoded()}|")
        for pairs in (None, frozenset({south}), frozenset({finance, south})):
            with pytest.raises(Refused) as refusal:
                minted(olivia, made_with=maker, pairs=pairs)
            assert refusal.value.code == "pairs"
        assert minted(olivia, made_with=maker, pairs=frozenset({finance})).token.pairs == {finance}

    def test_without_the_rules_it_would_get_more(self, olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
        """That the refusals above are theirs."""
        finance, _south = sorted(olivia.pairs, key=lambda pair: pair.department_id)
        maker, _jwt = valid_token(olivia, scopes=4, restriction=f"|{finance.encoded()}|")
        for rule in ("against_making_with", "against_giving"):
            monkeypatch.setattr(f"tokens.actions.creation.{rule}", lambda *_asked: None)
        assert minted(olivia, made_with=maker).token.pairs is None
        AccessToken.objects.filter(pk=maker.pk).update(revoked_at=maker.created_at)
        assert minted(olivia, made_with=maker, name="Another")

    def test_limited_to_what_may_not_create(self, olivia: Login) -> None:
        viewing = olivia.organisation.user_types.get(slug="view-only")
        olivia.assignments.create(user_type=viewing)
        maker, _jwt = valid_token(olivia, scopes=4, restriction=f"|{viewing.pk}:0|")
        with pytest.raises(Refused) as refusal:
            minted(olivia, made_with=maker, pairs=frozenset({Pair(viewing.pk, None)}))
        assert refusal.value.code == "not_allowed"


class TestClientCredentials:
    def test_an_hour_and_no_mail(self, olivia: Login) -> None:
        made = actions.mint_client_credentials(owner=olivia, scopes=3, by=by(olivia))
        assert (made.token.kind, made.token.name, made.token.expiry_seconds) == (
            "client_credentials", "client_credentials", 3600,
        )  # fmt: skip
        assert not OutboxMail.objects.exists()
        assert [entry.verb for entry in Entry.objects.order_by("pk")] == [Verb.TOKEN_CREATE, Verb.TOKEN_GENERATE]
        assert not AccessToken.objects.listed().exists()

    def test_many_at_a_time(self, olivia: Login) -> None:
        jwts = {actions.mint_client_credentials(owner=olivia, scopes=3, by=by(olivia)).jwt for _ in range(3)}
        assert len(jwts) == 3

    def test_scopes_within_the_organisations(self, olivia: Login) -> None:
        olivia.organisation.token_scopes_allowed = 3
        olivia.organisation.save()
        with pytest.raises(Refused) as refusal:
            actions.mint_client_credentials(owner=olivia, scopes=7, by=by(olivia))
        assert refusal.value.code == "scopes"

    @pytest.mark.parametrize("who", ["peter", "vera"])
    def test_only_for_who_may_create_tokens(self, who: str, request: pytest.FixtureRequest) -> None:
        login = request.getfixturevalue(who)
        with pytest.raises(Refused):
            actions.mint_client_credentials(owner=login, scopes=3, by=by(login))
        assert not AccessToken.objects.exists()

"""The organisation's settings: what each says, whom a tightened policy concerns, and when it acts."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.actions.policies import CHANGEABLE, state_of, update_settings
from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from accounts.rules.organisations import RANGES
from accounts.versions import version_of
from audit.models import Entry
from tests.factories import PASSWORD, AccessTokenFactory, OrganisationFactory
from tests.test_roles import by
from tests.test_roles_pages import signed_in
from tokens.expiry import Expiry
from tokens.forms.policies import TokenPolicyForm
from tokens.models import AccessToken
from tokens.policy_effects import too_long
from tokens.rules import against_expiry
from tokens.views.organisation import GENERAL, LOG, NETWORKS, PASSWORDS, SIGN_IN, TOKENS, Part

pytestmark = pytest.mark.django_db


PARTS = (GENERAL, TOKENS, NETWORKS, PASSWORDS, SIGN_IN, LOG)


def fresh(organisation: Organisation) -> Organisation:
    return Organisation.objects.get(pk=organisation.pk)


def typed(organisation: Organisation, part: Part, **changes: Any) -> dict[str, Any]:
    """What a browser sends of the part's form: the settings as they are, but for the changes."""
    form = part.form(None, organisation=fresh(organisation))
    values = {**form.initial, **changes}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def change(ada: Login, **settings: Any) -> list[str]:
    organisation = fresh(ada.organisation)
    version = version_of(state_of(organisation, settings))
    return update_settings(organisation=organisation, settings=settings, version=version, by=by(ada))


def test_the_page_says_what_each_setting_does(ada: Login) -> None:
    text = signed_in(ada).get("/configuration/organisation").content.decode()
    assert "Tenant Id" in text
    assert f'data-copy="{ada.organisation_id}"' in text
    for part in PARTS:
        assert part.url in text
        form = part.form(None, organisation=ada.organisation)
        assert all(line["sentence"] and str(line["text"]) for line in form.lines)
    assert "No limit" in text
    assert "Meta Record (api:meta:read), Report Record (api:report:read), Token Record (api:token:manage)" in text


def test_every_changeable_setting_has_its_field() -> None:
    fields = {name for part in PARTS for name in part.form.base_fields} - {"version"}
    assert fields == CHANGEABLE
    assert {*RANGES} < CHANGEABLE


def test_a_change_is_saved_on_record(ada: Login) -> None:
    data = typed(ada.organisation, GENERAL, name="  Demo   Works ", language="de", time_zone="Europe/Berlin")
    answer = signed_in(ada).post(GENERAL.url, data)
    assert (answer.status_code, answer["Location"]) == (303, "/configuration/organisation")
    organisation = fresh(ada.organisation)
    assert (organisation.name, organisation.language, organisation.time_zone) == ("Demo Works", "de", "Europe/Berlin")
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject_id) == ("organisation.update", str(organisation.pk))
    assert entry.details == {
        "before": {"language": "en", "name": "Demo Organisation", "time_zone": "UTC"},
        "after": {"language": "de", "name": "Demo Works", "time_zone": "Europe/Berlin"},
    }
    answer = signed_in(ada).post(GENERAL.url, typed(organisation, GENERAL), follow=True)
    assert "Nothing was changed." in answer.content.decode()
    assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        (GENERAL, {"name": " "}),
        (GENERAL, {"name": "OTHER organisation"}),
        (GENERAL, {"language": "xx"}),
        (GENERAL, {"time_zone": "Mars/Olympus"}),
        (SIGN_IN, {"password_attempts_limit": 4}),
        (PASSWORDS, {"password_length_minimum": 11}),
        (PASSWORDS, {"password_days_limit": 29}),
        (SIGN_IN, {"session_idle_minutes": 1441}),
        (SIGN_IN, {"session_hours_limit": 0}),
        (TOKENS, {"token_days_limit": 0}),
        (TOKENS, {"tokens_per_login": None}),
        (TOKENS, {"token_calls_per_minute": 100_001}),
        (TOKENS, {"token_scopes_allowed": None}),
    ],
    ids=str,
)
def test_what_cannot_be_is_refused_by_page_and_action(ada: Login, part: Part, wrong: dict[str, Any]) -> None:
    OrganisationFactory(name="Other Organisation")
    before = state_of(ada.organisation, CHANGEABLE)
    answer = signed_in(ada).post(part.url, {**typed(ada.organisation, part, **wrong), "confirmed": "1"})
    assert answer.status_code == 422
    with pytest.raises(Refused) as refused:
        change(ada, **{name: "" if value == " " else value for name, value in wrong.items()})
    assert refused.value.code == next(iter(wrong))
    assert state_of(fresh(ada.organisation), CHANGEABLE) == before


def test_what_is_the_operators_is_no_setting(ada: Login) -> None:
    for name in ("suspended_at", "tokens_stopped_at"):
        with pytest.raises(ValueError, match=name):
            change(ada, **{name: None})


def test_two_editors_do_not_lose_each_others_change(ada: Login) -> None:
    seen = typed(ada.organisation, SIGN_IN, session_idle_minutes=20)
    change(ada, session_hours_limit=8)
    answer = signed_in(ada).post(SIGN_IN.url, seen)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Ada Byron changed this after you opened it" in text
    assert "<dt>Hours after signing in now</dt><dd>8</dd>" in text
    assert fresh(ada.organisation).session_idle_minutes == 30
    assert signed_in(ada).post(GENERAL.url, typed(ada.organisation, GENERAL, language="fr")).status_code == 303


def test_a_shorter_session_acts_at_once(ada: Login) -> None:
    client = signed_in(ada)
    assert client.get("/configuration/organisation").status_code == 200
    session = client.session
    session["began"] = session["seen"] = int(timezone.now().timestamp()) - 20 * 60
    session.save()
    change(ada, session_idle_minutes=15)
    assert client.get("/configuration/organisation").status_code == 302


def test_fewer_attempts_act_at_once(ada: Login, peter: Login) -> None:
    change(ada, password_attempts_limit=5)
    client = Client()
    for _attempt in range(5):
        client.post("/sign-in", {"login": peter.user_name, "password": "not this one"})
    answer = client.post("/sign-in", {"login": peter.user_name, "password": PASSWORD})
    assert answer.status_code != 302


# --- Whom a tightened policy concerns ---------------------------------------------------------------------------------


@pytest.fixture
def tokens(olivia: Login) -> dict[str, AccessToken]:
    day = timezone.localdate()
    made = {
        "month": AccessTokenFactory(owner=olivia, name="month", expiry_choice="30"),
        "year": AccessTokenFactory(owner=olivia, name="year", expiry_choice="365", scopes=7),
        "never": AccessTokenFactory(owner=olivia, name="never", expiry_choice="never"),
        "soon": AccessTokenFactory(
            owner=olivia, name="soon", expiry_choice="date", expiry_date=day + timedelta(days=89)
        ),
        "late": AccessTokenFactory(
            owner=olivia, name="late", expiry_choice="date", expiry_date=day + timedelta(days=90)
        ),
        "short": AccessTokenFactory(owner=olivia, name="short", expiry_choice="seconds", expiry_seconds=3600),
        "long": AccessTokenFactory(owner=olivia, name="long", expiry_choice="seconds", expiry_seconds=90 * 86400 + 1),
    }
    AccessTokenFactory(owner=olivia, name="revoked", expiry_choice="never", revoked_at=timezone.now())
    return made


@pytest.mark.parametrize(("days", "never"), [(90, True), (30, False), (365, True), (None, False), (None, True)])
def test_the_words_before_are_the_rule_after(
    olivia: Login, tokens: dict[str, AccessToken], days: int | None, never: bool
) -> None:
    """Whom the page names is whom ``against_expiry`` refuses at the next Generate."""
    organisation = olivia.organisation
    organisation.token_days_limit, organisation.token_never_allowed = days, never
    told = AccessToken.objects.listed().filter(too_long(days, never_allowed=never)).values_list("name", flat=True)
    refused = [
        token.name
        for token in tokens.values()
        if against_expiry(olivia, token.expiry_choice, token.expiry_date, seconds=token.expiry_seconds)
    ]
    assert sorted(told) == sorted(refused)


def test_a_tightened_policy_says_whom_it_concerns_and_saves_then(
    ada: Login, olivia: Login, olga: Login, tokens: dict[str, AccessToken]
) -> None:
    AccessTokenFactory(owner=olga, name="foreign", expiry_choice=Expiry.NEVER)
    client = signed_in(ada)
    data = typed(
        ada.organisation, TOKENS, token_days_limit=90, token_scopes_allowed=[1, 2], tokens_per_login=3,
        token_calls_per_minute=600,
    )  # fmt: skip
    answer = client.post(TOKENS.url, data)
    text = " ".join(answer.content.decode().split())
    assert answer.status_code == 200
    assert "4 tokens have a longer Expires On." in text
    assert "late, long, never, year" in text
    assert "1 token has a scope that is no longer allowed." in text
    assert "1 login has more tokens." in text
    assert "olivia@demo.example" in text
    assert "refused after 600 calls in the same minute (429)" in text
    assert "foreign" not in text
    assert "revoked" not in text
    assert fresh(ada.organisation).token_days_limit is None

    assert client.post(TOKENS.url, {**data, "confirmed": "1"}).status_code == 303
    organisation = fresh(ada.organisation)
    assert (organisation.token_days_limit, organisation.token_scopes_allowed) == (90, 3)
    assert client.post(TOKENS.url, typed(organisation, TOKENS)).status_code == 303, "whom it concerned is told once"


def test_a_loosened_policy_is_saved_at_once(ada: Login, tokens: dict[str, AccessToken]) -> None:
    change(ada, token_days_limit=30, token_never_allowed=False, tokens_per_login=5)
    loosened = typed(ada.organisation, TOKENS, token_days_limit=365, tokens_per_login=50)
    assert signed_in(ada).post(TOKENS.url, loosened).status_code == 303


def test_passwords_of_programs_are_allowed_with_a_warning(ada: Login) -> None:
    client = signed_in(ada)
    data = typed(ada.organisation, TOKENS, basic_allowed="on")
    assert "Access tokens are safer." in client.post(TOKENS.url, data).content.decode()
    assert client.post(TOKENS.url, {**data, "confirmed": "1"}).status_code == 303
    assert fresh(ada.organisation).basic_allowed
    off = typed(ada.organisation, TOKENS, basic_allowed=False)
    assert "programs that send user name and password are refused" in client.post(TOKENS.url, off).content.decode()


def test_limits_without_a_value_are_none(ada: Login) -> None:
    change(ada, token_days_limit=30, token_calls_per_minute=100)
    data = typed(ada.organisation, TOKENS, token_days_limit="", token_calls_per_minute="")
    assert signed_in(ada).post(TOKENS.url, {**data, "confirmed": "1"}).status_code == 303
    organisation = fresh(ada.organisation)
    assert (organisation.token_days_limit, organisation.token_calls_per_minute) == (None, None)
    assert TokenPolicyForm(None, organisation=organisation).lines[0]["text"] == "No limit"


@pytest.mark.parametrize("name", ["organisation", "organisation_general", "organisation_tokens"])
def test_only_who_manages_the_organisation_opens_it(olivia: Login, vera: Login, olga: Login, name: str) -> None:
    for login in (olivia, vera):
        assert signed_in(login).get(reverse(f"tokens:{name}")).status_code == 403
    assert olivia.organisation.name not in signed_in(olga).get(reverse(f"tokens:{name}")).content.decode()

"""Single sign-on: who comes in by the identity provider, as which login, and what is on record."""

import re
from typing import Any

import pytest
import requests
import time_machine
from django.test import Client
from django.utils import timezone

from accounts.models import IdentityProvider as Stored
from accounts.models import IdentityTie, Login, Organisation
from audit.actor import Actor
from audit.models import Entry
from tests import identity_provider
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider
from tests.signing_on import (
    address_in,
    back,
    entries,
    is_signed_in,
    provider,  # noqa: F401
    set_up,
    sign_on,
    sso_login,
    stored,  # noqa: F401
    sven,  # noqa: F401
    there,
)

pytestmark = pytest.mark.django_db
NOT_HERE = "This account may not sign in here. Ask a System Administrator."


def test_works_and_is_recorded(client: Client, sven: Login, provider: IdentityProvider, settings: Any) -> None:
    answer = sign_on(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_signed_in(client)
    asked = provider.asked[0]
    assert asked["redirect_uri"] == f"{settings.PUBLIC_URL}/sign-in/sso/callback"
    assert len(asked["state"]) >= 43
    assert len(asked["nonce"]) >= 43
    assert "prompt" not in asked
    assert provider.redeemed[0].keys() >= {"code", "code_verifier", "redirect_uri"}
    assert "client_secret" not in provider.redeemed[0]
    link, sign_in = entries("login.link", "login.sign_in")
    assert (link.subject_id, link.organisation_id) == (sven.public_id, sven.organisation_id)
    assert link.details == {"identity_provider": "Company sign-in", "issuer": provider.issuer}
    assert (sign_in.actor_id, sign_in.details["way"]) == (sven.public_id, "sso")
    assert IdentityTie.objects.get().subject == "person-1"


def test_the_second_time_it_is_the_tie_that_counts(client: Client, sven: Login, provider: IdentityProvider) -> None:
    sign_on(client)
    provider.person |= {"preferred_username": "renamed", "email": "ada@demo.example"}
    again = Client()
    sign_on(again)
    assert again.get("/personal").wsgi_request.user == sven
    assert len(entries("login.link")) == 1


@pytest.mark.parametrize(
    ("said", "is_let_in"),
    [
        ({"preferred_username": "SVEN@Demo.Example", "email_verified": False}, True),
        ({"preferred_username": "slindqvist"}, True),  # by the verified mail address
        ({"preferred_username": "slindqvist", "email_verified": "true"}, True),
        ({"preferred_username": "slindqvist", "email_verified": False}, False),
        ({"preferred_username": "slindqvist", "email_verified": None}, False),
        ({"preferred_username": "slindqvist", "email_verified": ["x"]}, False),
        ({"preferred_username": "slindqvist", "email_verified": 1}, False),
        ({"preferred_username": "slındqvist", "email": "sven@demo.example\u200b"}, False),
        ({"preferred_username": "ſven@demo.example", "email": ""}, False),
        ({"preferred_username": "sven@demo.example\x00", "email": "\ud800"}, False),
        ({"preferred_username": ["sven@demo.example"], "email": None}, False),
        ({"preferred_username": "%", "email": ""}, False),
        ({"preferred_username": "", "email": ""}, False),
    ],
)
def test_the_first_time_by_user_name_or_verified_mail(
    client: Client, sven: Login, provider: IdentityProvider, said: dict[str, Any], is_let_in: bool
) -> None:
    provider.person |= said
    answer = sign_on(client)
    assert answer.status_code == (302 if is_let_in else 403)
    assert is_signed_in(client) == is_let_in
    assert IdentityTie.objects.exists() == is_let_in


def test_where_the_operator_wants_it_a_verified_mail_address_alone(
    client: Client, organisation: Organisation, provider: IdentityProvider
) -> None:
    set_up(organisation, provider, mail_only=True)
    sso_login(organisation)
    provider.person["email_verified"] = False
    assert sign_on(client).status_code == 403
    provider.person["email_verified"] = True
    assert sign_on(client).status_code == 302


def refused(kind: str, sven: Login) -> None:
    match kind:
        case "disabled":
            sven.enabled = False
        case "expired":
            sven.expires_at = timezone.now()
        case "suspended":
            sven.organisation.suspended_at = timezone.now()
            sven.organisation.save()
        case "no_login":
            sven.user_name = sven.email = "somebody@demo.example"
        case "password":
            sven.is_sso = False
            sven.set_password("a password of its own")
        case "several_logins":
            sso_login(sven.organisation, "second@demo.example", email=sven.user_name)
        case "tied_otherwise":
            IdentityTie.objects.create(provider=Stored.objects.get(), login=sven, subject="person-2")
    sven.save()


@pytest.mark.parametrize("kind", ["disabled", "expired", "suspended"])
def test_a_tied_login_that_is_shut_out_stays_out(client: Client, sven: Login, kind: str) -> None:
    sign_on(Client())
    refused(kind, sven)
    assert NOT_HERE in sign_on(client).content.decode()
    assert not is_signed_in(client)
    assert [(e.subject_id, e.reason) for e in entries("login.sign_in_fail")] == [(sven.public_id, kind)]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("disabled", "disabled"),
        ("expired", "expired"),
        ("suspended", "suspended"),
        ("tied_otherwise", "tied_otherwise"),
        ("no_login", "no_login"),
        ("password", "no_login"),
        ("several_logins", "several_logins"),
    ],
)
def test_every_refusal_looks_alike_and_is_on_record(client: Client, sven: Login, kind: str, reason: str) -> None:
    refused(kind, sven)
    answer = sign_on(client)
    assert answer.status_code == 403
    assert NOT_HERE in answer.content.decode()
    assert not is_signed_in(client)
    assert IdentityTie.objects.filter(subject="person-1").count() == 0
    entry = entries("login.sign_in_fail")[0]
    assert (entry.reason, entry.result, entry.organisation_id) == (reason, "fail", sven.organisation_id)
    assert (entry.subject_id == sven.public_id) == (reason not in {"no_login", "several_logins"})


def test_a_flood_of_refusals_leaves_ten_entries(client: Client, sven: Login) -> None:
    refused("disabled", sven)
    for _ in range(13):
        sign_on(client)
    assert len(entries("login.sign_in_fail")) == 10


def test_never_a_login_of_another_organisation(
    client: Client, organisation: Organisation, olga: Login, stored: Stored, provider: IdentityProvider
) -> None:
    olga.is_sso = True
    olga.save()
    provider.person |= {"preferred_username": olga.user_name, "email": olga.email or olga.user_name}
    assert sign_on(client).status_code == 403
    assert entries("login.sign_in_fail")[0].organisation_id == organisation.pk


def test_one_person_at_the_provider_is_one_login_in_each_organisation(
    organisation: Organisation, olga: Login, sven: Login, provider: IdentityProvider
) -> None:
    other = set_up(olga.organisation, provider)
    name = provider.person["preferred_username"]
    theirs = sso_login(olga.organisation, "sven@other.example", email=name)
    here, at_theirs = Client(), Client()
    sign_on(here, organisation=str(organisation.pk))
    sign_on(at_theirs, organisation=str(olga.organisation_id))
    assert [c.get("/personal").wsgi_request.user for c in (here, at_theirs)] == [sven, theirs]
    assert other.ties.get().login == theirs


def test_the_tie_ends_with_what_it_stood_for(client: Client, ada: Login, sven: Login) -> None:
    from accounts.actions.sign_in_ways import set_sso

    sign_on(client)
    by = Actor(id=ada.public_id, label="Ada", channel="console", organisation_id=ada.organisation_id)
    set_sso(login=sven, sso=False, by=by)
    assert not IdentityTie.objects.exists()
    assert not is_signed_in(client)
    assert sign_on(client).status_code == 403


def test_another_user_name_is_tied_anew(client: Client, ada: Login, sven: Login, provider: IdentityProvider) -> None:
    admin = Client()
    admin.force_login(ada)
    page = f"/contacts/{sven.contact.public_id}/logins"
    assert "sven@demo.example, not signed in yet" in admin.get(page).content.decode()
    sign_on(client)
    assert "sven@demo.example, tied to the identity provider since" in admin.get(page).content.decode()
    session = admin.session
    session["confirmed"] = int(timezone.now().timestamp())
    session.save()
    address = f"/logins/{sven.public_id}/edit"
    form = admin.get(address).context["form"]
    assert "With another user name" in admin.get(address).content.decode()
    given = {bound.name: bound.value() for bound in form if bound.value() is not None}
    changed = admin.post(address, given | {"user_name": "stranger@demo.example", "version": form["version"].value()})
    assert changed.status_code == 303, changed.content.decode()
    assert not IdentityTie.objects.exists()
    assert sign_on(Client()).status_code == 302  # by the mail address, which is still the same
    assert len(entries("login.link")) == 2


def test_nobody_is_set_as_sso_unaware_that_there_is_no_provider(
    ada: Login, olivia: Login, organisation: Organisation, provider: IdentityProvider
) -> None:
    admin, words = Client(), "Your organisation has no identity provider yet"
    admin.force_login(ada)
    address = f"/logins/{olivia.public_id}/sso/set"
    session = admin.session
    session["confirmed"] = int(timezone.now().timestamp())
    session.save()
    assert words in admin.get(address).content.decode()
    set_up(organisation, provider)
    page = admin.get(address)
    assert page.status_code == 200
    assert words not in page.content.decode()


def test_another_issuer_knows_nobody(client: Client, organisation: Organisation, sven: Login) -> None:
    sign_on(client)
    with identity_provider.running() as other:
        set_up(organisation, other)
        assert not IdentityTie.objects.exists()
        assert not is_signed_in(client)


def test_another_secret_of_the_same_issuer_leaves_the_ties(
    client: Client, organisation: Organisation, sven: Login, provider: IdentityProvider
) -> None:
    sign_on(client)
    set_up(organisation, provider, secret="another")
    assert IdentityTie.objects.count() == 1
    assert is_signed_in(client)


def test_a_page_that_was_asked_for_comes_after(client: Client, sven: Login) -> None:
    assert sign_on(client, next="/personal?tab=1")["Location"] == "/personal?tab=1"


@pytest.mark.parametrize("next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x"])
def test_another_host_never_comes_after(client: Client, sven: Login, next_page: str) -> None:
    assert sign_on(client, next=next_page)["Location"] == "/"


def test_the_session_has_another_key_than_before(client: Client, sven: Login) -> None:
    address = there(client)
    before = client.session.session_key
    back(client, address)
    assert client.session.session_key != before
    assert Client(headers={"cookie": f"session={before}"}).get("/personal").status_code == 302


def test_what_the_id_token_leaves_out_is_asked_for(client: Client, sven: Login, provider: IdentityProvider) -> None:
    """As a provider does that keeps its ID tokens short when it gives an access token too."""
    short = {"sub", "iss", "aud", "iat", "exp", "nonce", "auth_time"}
    provider.bend_claims = lambda claims: {name: claims[name] for name in claims if name in short}
    assert sign_on(client).status_code == 302
    assert "userinfo" in provider.paths
    provider.paths.clear()
    assert sign_on(Client()).status_code == 302
    assert "userinfo" not in provider.paths  # whom the tie names is known


def test_without_a_secret_the_client_is_public(
    client: Client, organisation: Organisation, provider: IdentityProvider, monkeypatch: Any
) -> None:
    monkeypatch.setattr(identity_provider, "CLIENT_SECRET", "")
    set_up(organisation, provider, secret="")
    sso_login(organisation)
    assert sign_on(client).status_code == 302
    assert provider.redeemed[0]["client_id"] == CLIENT_ID


def test_a_provider_that_takes_the_secret_in_the_form_alone(
    client: Client, sven: Login, provider: IdentityProvider
) -> None:
    methods = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    provider.bend_discovery = lambda said: said | methods
    assert sign_on(client).status_code == 302
    assert provider.redeemed[0]["client_secret"] == CLIENT_SECRET


def test_the_secret_is_sealed(stored: Stored) -> None:
    assert CLIENT_SECRET not in stored.sealed_secret
    assert CLIENT_SECRET not in str([entry.details for entry in Entry.objects.all()])


def test_a_changed_secret_key_is_said_in_words(client: Client, sven: Login, settings: Any) -> None:
    address = there(client)
    Stored.objects.update(sealed_secret="gAAAAA-not-ours")
    answer = back(client, address)
    assert answer.status_code == 422
    assert "Single sign-on is not set up rightly" in answer.content.decode()


def test_the_sign_in_page_offers_it_where_somebody_can_use_it(client: Client, organisation: Organisation) -> None:
    assert "/sign-in/sso" not in client.get("/sign-in").content.decode()
    assert "No organisation here has an identity provider" in client.get("/sign-in/sso").content.decode()
    with identity_provider.running() as provider:
        set_up(organisation, provider)
    assert 'action="/sign-in/sso"' in client.get("/sign-in").content.decode()
    assert "Go on to Company sign-in" in client.get("/sign-in/sso").content.decode()


def test_of_several_organisations_the_page_asks_for_one(
    client: Client, organisation: Organisation, olga: Login, sven: Login, provider: IdentityProvider
) -> None:
    set_up(olga.organisation, provider, name="Theirs")
    asked = client.post("/sign-in/sso", {"next": "/personal"})
    assert (asked.status_code, asked["Location"]) == (303, "/sign-in/sso?next=%2Fpersonal")
    page = client.get(asked["Location"]).content.decode()
    assert 'name="organisation"' in page
    assert "Company sign-in" not in page
    for name in (str(organisation.pk), organisation.name, organisation.name.upper()):
        assert sign_on(Client(), organisation=name).status_code == 302


def test_unknown_organisations_and_those_without_are_answered_alike(
    client: Client, organisation: Organisation, olga: Login, stored: Stored, provider: IdentityProvider
) -> None:
    set_up(Organisation.objects.create(name="Third"), provider)

    def answer(name: str) -> tuple[int, str]:
        response = client.post("/sign-in/sso", {"organisation": name})
        text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
        return response.status_code, text.replace(response["X-Request-ID"], "").replace(f'value="{name}"', "")

    assert answer("Nobody Ltd.") == answer(olga.organisation.name) == answer(str(olga.organisation_id))
    assert answer("Nobody Ltd.")[0] == 422


def test_log_out_says_that_the_provider_goes_on(client: Client, sven: Login, provider: IdentityProvider) -> None:
    sign_on(client)
    assert "You stay signed in at Company sign-in" in client.get("/sign-out").content.decode()
    page = client.post("/sign-out", follow=True).content.decode()
    assert "At Company sign-in you stay signed in." in page
    assert f'<a href="{provider.issuer}/logout?client_id=console%3Aone">' in page
    assert not is_signed_in(client)


def test_whoever_is_signed_in_begins_no_flow(client: Client, olivia: Login, sven: Login) -> None:
    client.force_login(olivia)
    assert client.post("/sign-in/sso")["Location"] == "/"
    assert client.get("/sign-in/sso").status_code == 302


def test_signed_in_meanwhile_the_answer_changes_nobody(client: Client, olivia: Login, sven: Login) -> None:
    address = there(client)
    client.post("/sign-in", {"login": "olivia@demo.example", "password": "correct horse battery staple"})
    client.force_login(olivia)
    session = client.session
    back(client, address)
    assert client.get("/personal").wsgi_request.user == olivia
    assert session.session_key == client.session.session_key


# --- Confirming that it is still the same person ---------------------------------------------------------------------


@pytest.fixture
def signed_on(client: Client, sven: Login) -> Client:
    sven.assignments.all().delete()
    owner = sven.organisation.user_types.get(slug="owner")
    sven.assignments.create(user_type=owner)
    sign_on(client)
    return client


def confirm(client: Client, provider: IdentityProvider, next_page: str = "/contacts/new-user") -> Any:
    page = client.post("/confirm/sso", {"next": next_page})
    answer = requests.get(address_in(page), allow_redirects=False, timeout=5)
    return back(client, answer.headers["Location"])


def test_the_provider_asks_again(signed_on: Client, sven: Login, provider: IdentityProvider) -> None:
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=29), tick=True):
        signed_on.get("/personal")
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=45), tick=True):
        asked = signed_on.get("/contacts/new-user")
        assert asked["Location"].startswith("/confirm?next=")
        assert 'action="/confirm/sso"' in signed_on.get(asked["Location"]).content.decode()
        answer = confirm(signed_on, provider)
        assert (answer.status_code, answer["Location"]) == (303, "/contacts/new-user")
        assert signed_on.get("/contacts/new-user").status_code == 200
    asked_there = provider.asked[-1]
    assert (asked_there["prompt"], asked_there["max_age"]) == ("login", "0")
    entry = entries("login.confirm")[0]
    assert (entry.result, entry.actor_id, entry.details["how"]) == ("ok", sven.public_id, "sso")


@pytest.mark.parametrize(
    ("bent", "reason"),
    [
        ({"auth_time": 1}, "not_now"),
        ({"auth_time": None}, "not_now"),
        ({"auth_time": True}, "not_now"),
        ({"auth_time": 9_999_999_999}, "not_now"),
        ({"sub": "person-2"}, "other_person"),
    ],
)
def test_an_old_session_over_there_or_somebody_else_confirms_nothing(
    signed_on: Client, sven: Login, provider: IdentityProvider, bent: dict[str, Any], reason: str
) -> None:
    before = signed_on.session["confirmed"], signed_on.session.session_key
    provider.bend_claims = lambda claims: claims | bent
    answer = confirm(signed_on, provider)
    assert answer.status_code == 422
    assert "You are signed in as before." in answer.content.decode()
    assert (signed_on.session["confirmed"], signed_on.session.session_key) == before
    assert [(e.result, e.reason) for e in entries("login.confirm")] == [("fail", reason)]


def test_an_answer_to_a_sign_in_confirms_nothing(signed_on: Client, provider: IdentityProvider) -> None:
    """The flow says what it is for; a browser that signed out in between is asked to begin again."""
    page = signed_on.post("/confirm/sso", {"next": "/"})
    address = requests.get(address_in(page), allow_redirects=False, timeout=5).headers["Location"]
    kept = dict(signed_on.session["sign_on"])
    signed_on.post("/sign-out")
    session = signed_on.session
    session["sign_on"] = kept
    session.save()
    assert back(signed_on, address).status_code == 422
    assert not is_signed_in(signed_on)


def test_a_login_with_a_password_confirms_with_that(client: Client, olivia: Login, stored: Stored) -> None:
    client.force_login(olivia)
    assert client.post("/confirm/sso", {"next": "/tokens"})["Location"] == "/confirm?next=%2Ftokens"

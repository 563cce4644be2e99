"""Signing in and out: who may, what is answered to everybody else, and what is on record."""

import logging
import re

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts import limits
from accounts.actions.sign_in import limit_of_nobody
from accounts.models import Attempts, Login, Organisation
from audit.models import Entry
from tests.factories import PASSWORD

ADDRESS = "/sign-in"
WRONG = "not the right password"
REFUSED = "The user name or the password is not right."


def sign_in(client: Client, user_name: str, password: str = PASSWORD, **more: str):
    return client.post(ADDRESS, {"login": user_name, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    """A person who is signed in gets the password page; anybody else is sent to sign in."""
    return client.get("/password").status_code == 200


def refusals() -> list[tuple[str, str]]:
    entries = Entry.objects.filter(verb="login.sign_in_fail", result="fail").order_by("id")
    return list(entries.values_list("subject_id", "reason"))


def answer_of(response) -> tuple[int, str]:
    """Status and page, without what differs between any two answers."""
    page = re.sub(r'(name="csrfmiddlewaretoken" value=)"[^"]+"', r"\1", response.content.decode())
    return response.status_code, page.replace(f'value="{response.wsgi_request.POST["login"]}"', "")


def test_works_and_is_recorded(client: Client, olivia: Login) -> None:
    response = sign_in(client, "olivia@demo.example")
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)
    entry = Entry.objects.get()
    assert (entry.verb, entry.result, entry.actor_id, entry.subject_id, entry.organisation_id) == (
        "login.sign_in", "ok", olivia.public_id, olivia.public_id, olivia.organisation_id,
    )  # fmt: skip
    assert (entry.channel, entry.address, entry.method, entry.path) == ("console", "127.0.0.1", "POST", ADDRESS)
    olivia.refresh_from_db()
    assert olivia.last_login is not None


@pytest.mark.parametrize("typed", ["OLIVIA@Demo.Example", "  olivia@demo.example "])
def test_case_and_blanks_around_do_not_matter(client: Client, olivia: Login, typed: str) -> None:
    sign_in(client, typed)
    assert is_signed_in(client)


def test_letters_that_only_fold_into_ours_are_another_name(client: Client, olivia: Login) -> None:
    assert sign_in(client, "olıvia@demo.example").status_code == 422
    assert sign_in(client, "olivia@demo.example\u200b").status_code == 422


def refused_login(kind: str, login: Login) -> None:
    match kind:
        case "disabled":
            login.enabled = False
        case "expired":
            login.expires_at = timezone.now()
        case "service":
            login.is_service = True
        case "sso":
            login.is_sso = True
        case "suspended":
            login.organisation.suspended_at = timezone.now()
            login.organisation.save()
        case "bad_password":
            login.set_password("another password than this")
    login.save()


@pytest.mark.parametrize("reason", ["bad_password", "disabled", "expired", "service", "sso", "suspended"])
def test_every_refusal_looks_like_an_unknown_name(client: Client, olivia: Login, reason: str) -> None:
    refused_login(reason, olivia)
    unknown = sign_in(client, "nobody@demo.example")
    refused = sign_in(client, "olivia@demo.example")
    assert REFUSED in refused.content.decode()
    assert answer_of(refused) == answer_of(unknown)
    assert (refused.status_code, set(refused.cookies), set(refused.headers)) == (
        422, set(unknown.cookies), set(unknown.headers),
    )  # fmt: skip
    assert not is_signed_in(client)
    assert refusals() == [(olivia.public_id, reason)]


def test_every_refusal_costs_one_hash(client: Client, olivia: Login, robot: Login, monkeypatch) -> None:
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda self, password, salt: hashed.append("x") or encode(self, password, salt)
    )
    costs = []
    for user_name in ("olivia@demo.example", "robot@demo.example", "nobody@demo.example"):
        hashed.clear()
        sign_in(client, user_name, WRONG)
        costs.append(len(hashed))
    assert costs == [1, 1, 1]


def test_an_unknown_name_leaves_no_entry_and_is_not_logged(client: Client, organisation, caplog) -> None:
    with caplog.at_level(logging.DEBUG):
        sign_in(client, "secret-typed-into-the-wrong-field")
    assert not Entry.objects.exists()
    assert "secret-typed" not in caplog.text
    assert not any("secret-typed" in key for key in Attempts.objects.values_list("key", flat=True))


def test_bad_input(client: Client, olivia: Login) -> None:
    assert client.post(ADDRESS, {}).status_code == 422
    assert client.post(ADDRESS, {"login": "olivia@demo.example\x00", "password": PASSWORD}).status_code == 422
    assert client.post(ADDRESS, {"login": "olivia@demo.example", "password": "x" * 1001}).status_code == 422
    assert not Attempts.objects.exists()


def test_json_is_no_other_door(client: Client, olivia: Login) -> None:
    response = client.post(
        ADDRESS, {"login": "olivia@demo.example", "password": PASSWORD}, content_type="application/json"
    )
    assert response.status_code == 422
    assert not is_signed_in(client)


def test_wrong_method(client: Client) -> None:
    assert client.put(ADDRESS).status_code == 405
    assert client.delete("/sign-out").status_code == 405


def test_a_form_of_another_site_is_refused(olivia: Login) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client, "olivia@demo.example").status_code == 403


@pytest.mark.parametrize(
    "address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///evil"]
)
def test_no_redirect_to_elsewhere(client: Client, olivia: Login, address: str) -> None:
    assert sign_in(client, "olivia@demo.example", next=address)["Location"] == "/"
    assert client.get(ADDRESS, {"next": address})["Location"] == "/"


def test_redirect_to_where_one_wanted_to_go(client: Client, olivia: Login) -> None:
    sent = client.get("/password")
    assert sent["Location"] == "/sign-in?next=/password"
    assert client.post(sent["Location"], {"login": olivia.user_name, "password": PASSWORD})["Location"] == "/password"


def test_the_session_key_changes(client: Client, olivia: Login) -> None:
    session = client.session
    session["planted"] = True
    session.save()
    before = session.session_key
    sign_in(client, "olivia@demo.example")
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_signing_out(client: Client, olivia: Login) -> None:
    sign_in(client, "olivia@demo.example")
    assert client.get("/sign-out").status_code == 200
    assert is_signed_in(client)
    assert client.post("/sign-out")["Location"] == ADDRESS
    assert not is_signed_in(client)
    entry = Entry.objects.order_by("id").last()
    assert entry is not None
    assert (entry.verb, entry.actor_id, entry.subject_id) == ("login.sign_out", olivia.public_id, olivia.public_id)


def test_signing_out_twice_is_recorded_once(client: Client, olivia: Login) -> None:
    client.post("/sign-out")
    assert client.get("/sign-out")["Location"] == ADDRESS
    assert not Entry.objects.exists()


@pytest.mark.parametrize("reason", ["disabled", "expired", "service", "suspended", "bad_password"])
def test_a_session_ends_on_the_next_request(client: Client, olivia: Login, reason: str) -> None:
    sign_in(client, "olivia@demo.example")
    assert is_signed_in(client)
    refused_login(reason, olivia)
    response = client.get("/password")
    assert (response.status_code, response["Location"]) == (302, "/sign-in?next=/password")


def test_the_person_of_a_session_is_one_query(client: Client, olivia: Login, django_assert_num_queries) -> None:
    sign_in(client, "olivia@demo.example")
    request = client.get("/password").wsgi_request
    del request._cached_user
    with django_assert_num_queries(1):
        person = get_user(request)
        assert isinstance(person, Login)
        assert (person.organisation.name, person.label) == ("Demo Organisation", "Olivia Novak")


@pytest.mark.parametrize(
    "address",
    [
        "/signup", "/signup/", "/sign-up", "/accounts/signup/", "/accounts/login/", "/login", "/login/", "/email/",
        "/confirm-email/", "/login/code/", "/reauthenticate/", "/inactive/", "/password/set", "/password/set/",
        "/accounts/", "/social/", "/admin/",
    ],
)  # fmt: skip
def test_nothing_else_is_mounted(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


class TestLockout:
    def test_the_right_password_is_not_looked_at_beyond_the_limit(self, client: Client, olivia: Login) -> None:
        for _ in range(olivia.organisation.password_attempts_limit):
            assert REFUSED in sign_in(client, "olivia@demo.example", WRONG).content.decode()
        locked = sign_in(client, "olivia@demo.example")
        assert locked.status_code == 422
        assert "Too many attempts. Try again in" in locked.content.decode()
        assert not is_signed_in(client)

    def test_locked_names_look_alike_known_or_not(self, client: Client, olivia: Login) -> None:
        answers = []
        with time_machine.travel("2026-11-21 12:00:30Z", tick=False):
            for user_name in ("olivia@demo.example", "nobody@demo.example"):
                for _ in range(11):
                    response = sign_in(client, user_name, WRONG)
                answers.append(answer_of(response))
        assert answers[0] == answers[1]
        assert "Try again in 15 minutes" in answers[0][1]

    def test_is_recorded_once(self, client: Client, olivia: Login) -> None:
        for _ in range(15):
            sign_in(client, "olivia@demo.example", WRONG)
        assert refusals() == [(olivia.public_id, "bad_password")] * 10 + [(olivia.public_id, "locked")]

    def test_ends_with_its_window(self, client: Client, olivia: Login) -> None:
        with time_machine.travel("2026-11-21 12:14:30Z", tick=False) as clock:
            for _ in range(11):
                sign_in(client, "olivia@demo.example", WRONG)
            clock.shift(31)
            sign_in(client, "olivia@demo.example")
            assert is_signed_in(client)

    def test_the_organisation_says_how_many(self, client: Client, olivia: Login) -> None:
        olivia.organisation.password_attempts_limit = 3
        olivia.organisation.save()
        for _ in range(3):
            sign_in(client, "olivia@demo.example", WRONG)
        assert "Too many attempts" in sign_in(client, "olivia@demo.example").content.decode()

    def test_a_success_starts_anew(self, client: Client, olivia: Login) -> None:
        for _ in range(9):
            sign_in(client, "olivia@demo.example", WRONG)
        sign_in(client, "olivia@demo.example")
        client.post("/sign-out")
        for _ in range(9):
            sign_in(client, "olivia@demo.example", WRONG)
        sign_in(client, "olivia@demo.example")
        assert is_signed_in(client)

    @pytest.mark.parametrize("disguise", ["OLIVIA@demo.example", " olivia@demo.example ", "Olivia@DEMO.example"])
    def test_no_disguise_of_the_name_helps(self, client: Client, olivia: Login, disguise: str) -> None:
        for _ in range(10):
            sign_in(client, "olivia@demo.example", WRONG)
        assert "Too many attempts" in sign_in(client, disguise).content.decode()

    def test_no_header_makes_another_address(self, client: Client, olivia: Login) -> None:
        for number in range(101):
            client.post(
                ADDRESS, {"login": f"name{number}", "password": WRONG}, headers={"X-Forwarded-For": f"10.0.0.{number}"}
            )
        assert "Too many attempts" in sign_in(client, "olivia@demo.example").content.decode()

    def test_an_address_that_is_locked_locks_no_further_name(self, client: Client, olivia: Login) -> None:
        for number in range(100):
            sign_in(client, f"name{number}", WRONG)
        for _ in range(11):
            sign_in(client, "olivia@demo.example", WRONG)
        elsewhere = Client(REMOTE_ADDR="192.0.2.7")
        sign_in(elsewhere, "olivia@demo.example")
        assert is_signed_in(elsewhere)

    def test_an_office_behind_one_address_may_sign_in(self, client: Client, olivia: Login) -> None:
        for _ in range(101):
            sign_in(client, "olivia@demo.example")
            client.post("/sign-out")
        sign_in(client, "olivia@demo.example")
        assert is_signed_in(client)


@pytest.mark.parametrize(
    ("one", "other", "count_together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("", "192.0.2.1", False),
    ],
)
def test_which_addresses_count_together(one: str, other: str, count_together: bool) -> None:
    assert (limits.key_of_address("a", one) == limits.key_of_address("a", other)) == count_together


def test_old_counts_are_forgotten(db: None) -> None:
    with time_machine.travel("2026-11-20 12:00:00Z", tick=False):
        limits.hit("old", 900)
    with time_machine.travel("2026-11-21 12:00:01Z", tick=False):
        limits.hit("new", 900)
        assert limits.forget_old() == 1
    assert Attempts.objects.get().key == "new"


def test_a_sign_out_without_a_sign_in_writes_nothing(client, db):
    client.get("/sign-in", {"next": "/tokens"})
    session = client.session
    session["kept"] = True
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert client.get("/sign-out").status_code == 303
    assert Session.objects.filter(session_key=session.session_key).exists()


@pytest.mark.parametrize("limit", [5, 12])
def test_an_unknown_name_is_locked_when_a_known_one_is(client: Client, olivia: Login, limit: int) -> None:
    """The organisation sets another limit: no counting of answers tells which names there are."""
    Organisation.objects.update(password_attempts_limit=limit)
    answers = {
        name: [answer_of(sign_in(client, name, WRONG)) for _attempt in range(limit + 1)]
        for name in ("olivia@demo.example", "nobody@demo.example")
    }
    known, unknown = answers.values()
    assert known == unknown
    assert known[limit] != known[limit - 1]


def test_unknown_names_have_the_limits_of_organisations(olivia: Login, olga: Login) -> None:
    """Each name always the same one; over many names, those that organisations set."""
    limits_set = {olivia.organisation_id: 5, olga.organisation_id: 20}
    for key, limit in limits_set.items():
        Organisation.objects.filter(pk=key).update(password_attempts_limit=limit)
    found = [limit_of_nobody(f"nobody-{number}") for number in range(64)]
    assert {*found} == {5, 20}
    assert found == [limit_of_nobody(f" NOBODY-{number} ") for number in range(64)]

"""A password that a program gives: whoever may not use it is answered exactly like a wrong one, everywhere."""

import base64
import json
import logging
import time
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from threading import Barrier
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth.hashers import MD5PasswordHasher
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import limits
from accounts.actions import program_sign_in
from accounts.actions.program_sign_in import verify_password
from accounts.actions.sign_in import ADDRESS_ATTEMPTS_LIMIT, WINDOW
from accounts.exceptions import BadCredentials, TooManyAttempts
from accounts.models import Attempts, Login, Organisation
from audit.actor import Actor
from audit.models import Entry
from tests.factories import PASSWORD
from tests.threads import at_once
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)

BY = Actor(label="", channel="api", address="192.0.2.7", user_agent="gateway/2", method="POST", path="/oauth/token")
WRONG = "not the right password"
NOBODY = "nobody@demo.example"


def basic(user_name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()


FORM = "application/x-www-form-urlencoded"


def at_token_endpoint(address: str) -> Callable[[str, str], Any]:
    def ask(user_name: str, password: str) -> Any:
        fields = {"grant_type": "client_credentials", "client_id": user_name, "client_secret": password}
        return Client().post(address, urlencode(fields), content_type=FORM)

    return ask


def in_the_header(user_name: str, password: str) -> Any:
    header = basic(user_name, password)
    return Client().post("/oauth/token", "grant_type=client_credentials", content_type=FORM, HTTP_AUTHORIZATION=header)


def at_a_report(user_name: str, password: str) -> Any:
    return Client().get("/api/meta", HTTP_AUTHORIZATION=basic(user_name, password))


def at_the_device(user_name: str, password: str) -> Any:
    fields = {"username": user_name, "password": password, "device": "Phone"}
    return Client().post("/api/mobile/login", json.dumps(fields), content_type="application/json")


WAYS = {
    "oauth": at_token_endpoint("/oauth/token"),
    "oauth in the header": in_the_header,
    "apinizer": at_token_endpoint("/apiops/auth/token"),
    "report": at_a_report,
    "mobile": at_the_device,
}
KINDS: dict[str, Callable[[Login], object]] = {
    "bad_password": lambda login: login.set_password("another password than this"),
    "service": lambda login: setattr(login, "is_service", True),
    "sso": lambda login: setattr(login, "is_sso", True),
    "disabled": lambda login: setattr(login, "enabled", False),
    "expired": lambda login: setattr(login, "expires_at", timezone.now()),
    "suspended": lambda login: setattr(login.organisation, "suspended_at", timezone.now()),
    "view_only": lambda login: login.assignments.update(user_type=login.organisation.user_types.get(slug="view-only")),
    "no_assignment": lambda login: login.assignments.all().delete(),
    "second_factor": lambda login: setattr(login.organisation, "second_factor_required", True),
    "change_due": lambda login: setattr(login, "must_change_password", True),
    "network_refused": lambda login: setattr(login.organisation, "allowed_networks", "{203.0.113.0/24}"),
}
EVERYWHERE = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())


@pytest.fixture(autouse=True)
def allowed(organisation: Organisation) -> None:
    Organisation.objects.update(basic_allowed=True)
    organisation.refresh_from_db()


def make(kind: str, login: Login) -> str:
    """Make the login one of this kind, and return the reason that goes on record."""
    KINDS[kind](login)
    login.organisation.save()
    login.save()
    return "view_only" if kind == "no_assignment" else kind


def looks(response: Any) -> tuple[int, str, dict[str, str]]:
    """The answer without the request's id, which differs between any two."""
    request_id = response["X-Request-ID"]
    headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
    return response.status_code, response.content.decode().replace(request_id, ""), headers


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Each time that a password hash was made."""
    seen: list[str] = []
    encode = MD5PasswordHasher.encode

    def spy(self: MD5PasswordHasher, password: str, salt: str) -> str:
        seen.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", spy)
    return seen


@EVERYWHERE
def test_a_right_password_opens(olivia: Login, way: Any) -> None:
    assert way(olivia.user_name, PASSWORD).status_code == 200
    assert not Attempts.objects.filter(count__gt=0).exists()


@EVERYWHERE
@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_looks_like_an_unknown_name(olivia: Login, way: Any, kind: str, hashed: list[str]) -> None:
    reason = make(kind, olivia)
    hashed.clear()
    unknown = way(NOBODY, PASSWORD)
    refused = way(olivia.user_name, PASSWORD)
    assert looks(refused) == looks(unknown)
    assert refused.status_code == 401
    assert "WWW-Authenticate" in refused
    assert len(hashed) == 2, "one for each"
    entry = Entry.objects.get()
    assert (entry.verb, entry.result, entry.reason, entry.scheme, entry.channel) == (
        "login.sign_in_fail", "fail", reason, "password", "api",
    )  # fmt: skip
    assert (entry.subject_id, entry.organisation_id) == (olivia.public_id, olivia.organisation_id)
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize("kind", KINDS)
def test_every_refusal_asks_the_database_as_often(olivia: Login, kind: str) -> None:
    make(kind, olivia)

    def asked(user_name: str) -> int:
        with CaptureQueriesContext(connection) as queries, pytest.raises(BadCredentials):
            verify_password(user_name=user_name, password=WRONG, by=BY)
        words = [query["sql"].split(" ", 1)[0].upper() for query in queries]
        return len([word for word in words if word not in {"BEGIN", "COMMIT"}])

    assert asked(olivia.user_name) == asked(NOBODY)


@EVERYWHERE
def test_a_lock_looks_like_a_bad_password(olivia: Login, way: Any, hashed: list[str]) -> None:
    limit = olivia.organisation.password_attempts_limit
    wrong = [looks(way(olivia.user_name, WRONG)) for _ in range(limit)]
    hashed.clear()
    locked = [looks(way(olivia.user_name, password)) for password in (WRONG, PASSWORD, PASSWORD)]
    assert len(hashed) == 3
    assert PASSWORD not in hashed, "while the name is locked nobody looks at a password"
    assert {str(answer) for answer in [*wrong, *locked]} == {str(wrong[0])}
    reasons = Entry.objects.order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["bad_password"] * limit + ["locked"]


@EVERYWHERE
def test_a_program_that_calls_gives_nobody_who_guesses_a_fresh_start(olivia: Login, way: Any) -> None:
    for _ in range(olivia.organisation.password_attempts_limit - 1):
        way(olivia.user_name, WRONG)
        assert way(olivia.user_name, PASSWORD).status_code == 200
    way(olivia.user_name, WRONG)
    assert way(olivia.user_name, PASSWORD).status_code == 401


@EVERYWHERE
def test_an_unknown_name_is_locked_alike(organisation: Organisation, way: Any) -> None:
    answers = {str(looks(way(NOBODY, WRONG))) for _ in range(12)}
    assert len(answers) == 1
    assert not Entry.objects.exists()


@EVERYWHERE
def test_the_lock_ends(olivia: Login, way: Any) -> None:
    for _ in range(olivia.organisation.password_attempts_limit + 1):
        way(olivia.user_name, WRONG)
    with time_machine.travel(timezone.now() + timedelta(seconds=WINDOW)):
        assert way(olivia.user_name, PASSWORD).status_code == 200


@EVERYWHERE
def test_the_address_has_its_own_limit(olivia: Login, way: Any) -> None:
    for _ in range(ADDRESS_ATTEMPTS_LIMIT):
        limits.hit(limits.key_of_address("address", "127.0.0.1"), WINDOW)
    response = way(olivia.user_name, PASSWORD)
    assert response.status_code == 429
    assert 0 < int(response["Retry-After"]) <= WINDOW


@EVERYWHERE
@pytest.mark.parametrize("name", ["", "\x00", "olivia@demo.example\x00", "ölivia", "x" * 5000, "%s'\"; --", "\ufffd"])
def test_odd_names_are_unknown_names(olivia: Login, way: Any, name: str) -> None:
    response = way(name, WRONG)
    assert response.status_code in {400, 401}  # 400 where an address wants a text of some length
    assert response["Content-Type"].startswith("application/")
    assert not Entry.objects.exists()


@pytest.mark.parametrize("text", ["\ud800", "a\x00b", "\udfff\x00"])
def test_text_that_no_database_takes(olivia: Login, text: str) -> None:
    for user_name, password in ((text, PASSWORD), (olivia.user_name, text)):
        with pytest.raises(BadCredentials):
            verify_password(user_name=user_name, password=password, by=BY)


@pytest.mark.parametrize("typed", ["OLIVIA@Demo.Example", "  olivia@demo.example "])
def test_case_and_blanks_around_do_not_matter(olivia: Login, typed: str) -> None:
    assert verify_password(user_name=typed, password=PASSWORD, by=BY) == olivia


@pytest.mark.parametrize("password", [PASSWORD.upper(), f" {PASSWORD}", f"{PASSWORD} ", "", PASSWORD[:-1]])
def test_a_password_is_taken_as_it_is(olivia: Login, password: str) -> None:
    with pytest.raises(BadCredentials):
        verify_password(user_name=olivia.user_name, password=password, by=BY)


def test_a_further_reason_is_refused_like_the_others(olivia: Login) -> None:
    """Were it said after a right password, its lack of a lock would tell who has guessed right."""
    for _ in range(olivia.organisation.password_attempts_limit):
        with pytest.raises(BadCredentials):
            verify_password(user_name=olivia.user_name, password=PASSWORD, by=BY, against=lambda login: "basic_off")
    assert set(Entry.objects.values_list("reason", flat=True)) == {"basic_off"}
    with pytest.raises(BadCredentials):
        verify_password(user_name=olivia.user_name, password=PASSWORD, by=BY)


def test_the_exception_tells_no_reason(olivia: Login) -> None:
    make("disabled", olivia)
    with pytest.raises(BadCredentials) as refused:
        verify_password(user_name=olivia.user_name, password=PASSWORD, by=BY)
    assert (refused.value.code, refused.value.message) == ("bad_credentials", "Bad credentials")
    assert refused.value.__cause__ is None


def test_the_limit_of_the_address_tells_how_long(olivia: Login) -> None:
    for _ in range(ADDRESS_ATTEMPTS_LIMIT):
        limits.hit(limits.key_of_address("address", BY.address), WINDOW)
    with pytest.raises(TooManyAttempts) as refused:
        verify_password(user_name=olivia.user_name, password=PASSWORD, by=BY)
    assert 0 < refused.value.seconds <= WINDOW
    assert not Attempts.objects.filter(key__startswith="name:").exists(), "the address is counted first"


def test_what_is_typed_is_never_logged(olivia: Login, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for user_name in ("secret-typed-into-the-wrong-field", olivia.user_name):
            with pytest.raises(BadCredentials):
                verify_password(user_name=user_name, password="another-secret", by=BY)
    assert "secret" not in caplog.text
    assert not any("secret" in key for key in Attempts.objects.values_list("key", flat=True))


THREADS = 16


def right(_index: int) -> bool:
    try:
        verify_password(user_name="olivia@demo.example", password=PASSWORD, by=BY)
    except BadCredentials:
        return False
    return True


def test_right_passwords_at_once_do_not_lock_each_other_out(olivia: Login) -> None:
    assert olivia.organisation.password_attempts_limit < THREADS
    assert at_once(THREADS, right) == [True] * THREADS


def test_without_turns_they_would(olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the protection removed: all are counted before the first is found right."""
    everyone_is_counted = Barrier(THREADS)
    count_attempt = program_sign_in.sign_in.count_attempt

    def slow(**values: Any) -> Any:
        try:
            return count_attempt(**values)
        finally:
            everyone_is_counted.wait(30)

    monkeypatch.setattr(program_sign_in.sign_in, "count_attempt", slow)
    monkeypatch.setattr(program_sign_in, "_turn_of", lambda user_name: nullcontext())
    assert False in at_once(THREADS, right)


def test_a_database_that_hangs_is_not_waited_for_in_turn(olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    hung: list[str] = []

    def hang(**values: Any) -> None:
        hung.append("once")
        time.sleep(0.5)
        raise OperationalError("no answer")

    def fails(_index: int) -> bool:
        with pytest.raises(OperationalError):
            verify_password(user_name=olivia.user_name, password=PASSWORD, by=BY)
        return True

    with monkeypatch.context() as patched:
        patched.setattr(program_sign_in.sign_in, "count_attempt", hang)
        begun = time.monotonic()
        assert at_once(8, fails) == [True] * 8
    assert time.monotonic() - begun < 0.5 * 8
    assert len(hung) < 8
    assert right(0), "the next attempt finds nothing of it"


def test_a_turn_is_not_waited_for_for_ever(olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_sign_in, "TURN_SECONDS", 0.05)
    with program_sign_in._turn_of(olivia.user_name):
        response = WAYS["oauth"](olivia.user_name, PASSWORD)
    assert (response.status_code, response["Retry-After"]) == (429, "1")
    assert right(0)

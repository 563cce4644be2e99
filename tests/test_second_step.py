"""The second step of signing in: who is asked, which codes pass, how often one may try, and what is on record."""

import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.actions import factor_checks
from accounts.exceptions import Refused
from accounts.factors import totp
from accounts.models import Login
from accounts.sealed_texts import seal
from audit.models import Entry
from tests.second_factors import code_of, give_app, give_codes, wrong_code
from tests.test_sign_in import is_signed_in, refusals, sign_in
from tests.threads import at_once

STEP = "/sign-in/second-step"
WRONG = "This code is not right."


def to_step(client: Client, user_name: str = "olivia@demo.example", **more: str) -> None:
    response = sign_in(client, user_name, **more)
    assert (response.status_code, response["Location"]) == (302, STEP)


def give(client: Client, code: str):
    return client.post(STEP, {"code": code})


def ways() -> list[str | None]:
    entries = Entry.objects.filter(verb="login.sign_in").order_by("id")
    return [(entry.details or {}).get("way") for entry in entries]


def test_a_right_code_begins_the_session(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    to_step(client)
    assert not is_signed_in(client)
    assert not Entry.objects.exists()
    page = client.get(STEP).content.decode()
    assert "olivia@demo.example" in page
    assert "no-store" in client.get(STEP)["Cache-Control"]
    response = give(client, code_of(secret))
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)
    assert ways() == ["password+totp"]
    assert Authenticator.objects.get().last_used_at is not None


@pytest.mark.parametrize("typed", ["{0:.3} {0:.3}", " {0} "])
def test_blanks_in_a_code_do_not_matter(client: Client, olivia: Login, typed: str) -> None:
    secret = give_app(olivia)
    to_step(client)
    code = code_of(secret)
    give(client, f"{code[:3]} {code[3:]}" if "3" in typed else f" {code} ")
    assert is_signed_in(client)


def test_the_page_one_wanted_comes_after_it(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    to_step(client, next="/password")
    assert give(client, code_of(secret))["Location"] == "/password"


def test_nobody_without_a_second_factor_is_asked(client: Client, olivia: Login, peter: Login) -> None:
    give_app(peter)
    sign_in(client, "olivia@demo.example")
    assert is_signed_in(client)
    assert ways() == [None]


def test_without_a_right_password_there_is_no_second_step(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    assert client.get(STEP)["Location"] == "/sign-in"
    assert give(client, code_of(secret))["Location"] == "/sign-in"
    sign_in(client, "olivia@demo.example", "not the right password")
    assert give(client, code_of(secret))["Location"] == "/sign-in"
    assert not is_signed_in(client)


def test_a_wrong_code_is_refused_and_on_record(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    to_step(client)
    response = give(client, wrong_code(secret))
    assert response.status_code == 422
    assert WRONG in response.content.decode()
    assert wrong_code(secret) not in response.content.decode()
    assert not is_signed_in(client)
    assert refusals() == [(olivia.public_id, "bad_code")]


@pytest.mark.parametrize("code", ["", "x" * 41, "\x00", "12345", "١٢٣٤٥٦", "aaaaa-bbbbb", "{{7*7}}"])
def test_what_is_no_code_is_refused(client: Client, olivia: Login, code: str) -> None:
    give_app(olivia)
    to_step(client)
    assert give(client, code).status_code == 422
    assert not is_signed_in(client)


@pytest.mark.parametrize(("later", "passes"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_one_step_on_either_side_is_taken(client: Client, olivia: Login, later: int, passes: bool) -> None:
    secret = give_app(olivia)
    with time_machine.travel(int(time.time()) // 30 * 30 + 15, tick=False):
        to_step(client)
        give(client, code_of(secret, later))
        assert is_signed_in(client) is passes


def test_a_code_works_once(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    with time_machine.travel(int(time.time()) // 30 * 30 + 15, tick=False):
        to_step(client)
        give(client, code_of(secret))
        again = Client()
        to_step(again)
        assert "used already" in give(again, code_of(secret)).content.decode()
        assert give(again, code_of(secret, -1)).status_code == 422  # an older one neither (RFC 6238, 5.2)
        assert not is_signed_in(again)
        assert refusals() == [(olivia.public_id, "code_used")] * 2
        give(again, code_of(secret, 1))
        assert is_signed_in(again)


def test_beyond_the_limit_no_code_is_looked_at(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    with time_machine.travel(int(time.time()) // 900 * 900 + 15, tick=False):
        to_step(client)
        for _ in range(10):
            assert WRONG in give(client, wrong_code(secret)).content.decode()
        for _ in range(2):
            assert "Too many attempts" in give(client, code_of(secret)).content.decode()
        to_step(again := Client())  # a right password gives no new attempts
        assert give(again, code_of(secret)).status_code == 422
        assert not is_signed_in(again)
        assert [reason for _, reason in refusals()] == ["bad_code"] * 10 + ["locked"]
    with time_machine.travel(int(time.time()) // 900 * 900 + 1815, tick=False):
        to_step(later := Client())
        give(later, code_of(secret))
        assert is_signed_in(later)


def test_a_right_code_does_not_forget_the_wrong_ones(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    with time_machine.travel(int(time.time()) // 900 * 900 + 15, tick=False):
        to_step(client)
        for _ in range(9):
            give(client, wrong_code(secret))
        give(client, code_of(secret))
        to_step(again := Client())
        give(again, wrong_code(secret))
        assert "Too many attempts" in give(again, wrong_code(secret)).content.decode()


def test_a_recovery_code_works_once(client: Client, olivia: Login) -> None:
    give_app(olivia)
    first, second = give_codes(olivia)
    to_step(client)
    give(client, first.upper().replace("-", " "))
    assert is_signed_in(client)
    assert ways() == ["password+recovery_code"]
    to_step(again := Client())
    assert give(again, first).status_code == 422
    assert not is_signed_in(again)
    give(again, second)
    assert is_signed_in(again)


@pytest.mark.parametrize("kind", ["disabled", "expired", "password", "suspended"])
def test_shut_out_between_the_steps(client: Client, olivia: Login, kind: str) -> None:
    secret = give_app(olivia)
    to_step(client)
    match kind:
        case "disabled":
            olivia.enabled = False
        case "expired":
            from django.utils import timezone

            olivia.expires_at = timezone.now()
        case "password":
            olivia.set_password("another password than this")
        case "suspended":
            from django.utils import timezone

            olivia.organisation.suspended_at = timezone.now()
            olivia.organisation.save()
    olivia.save()
    response = give(client, code_of(secret))
    assert (response.status_code, response["Location"]) == (303, "/sign-in")
    assert "Begin again" in client.get("/sign-in").content.decode()
    assert not is_signed_in(client)
    assert give(client, code_of(secret, 1))["Location"] == "/sign-in"
    reason = {"password": "password_changed"}.get(kind, kind)
    assert refusals() == [(olivia.public_id, reason)]


def test_the_second_step_waits_ten_minutes(client: Client, olivia: Login) -> None:
    secret = give_app(olivia)
    to_step(client)
    with time_machine.travel(time.time() + 599):
        assert client.get(STEP).status_code == 200
    with time_machine.travel(time.time() + 602):
        assert give(client, code_of(secret))["Location"] == "/sign-in"
        assert not is_signed_in(client)


def test_the_code_of_another_login_opens_nothing(client: Client, olivia: Login, peter: Login) -> None:
    give_app(olivia)
    secret = give_app(peter)
    to_step(client)
    assert give(client, code_of(secret)).status_code == 422


def test_a_form_of_another_site_is_refused(olivia: Login) -> None:
    secret = give_app(olivia)
    client = Client(enforce_csrf_checks=True)
    assert give(client, code_of(secret)).status_code == 403


def test_a_secret_that_cannot_be_opened_is_said(client: Client, olivia: Login, settings) -> None:
    secret = give_app(olivia)
    codes = give_codes(olivia)
    row = Authenticator.objects.get(type="totp")
    row.data["secret"] = seal("another purpose", secret)
    row.save()
    to_step(client)
    response = give(client, code_of(secret))
    assert response.status_code == 422
    assert "can no longer check your authenticator app" in response.content.decode()
    assert refusals() == [(olivia.public_id, "factor_unreadable")]
    give(client, codes[0])
    assert is_signed_in(client)


def test_the_database_has_no_secret_in_clear(olivia: Login) -> None:
    secret, codes = give_app(olivia), give_codes(olivia)
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert not any(one in kept for one in [secret, *codes, *(code.replace("-", "") for code in codes)])


def test_a_program_with_the_password_alone_is_refused(client: Client, olivia: Login) -> None:
    from accounts.backends import reason_against_program

    assert reason_against_program(olivia) == ""
    give_app(olivia)
    assert reason_against_program(Login.objects.get(pk=olivia.pk)) == "second_factor"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_of_simultaneous_uses_of_a_code_one_passes(olivia: Login, kind: str) -> None:
    code = code_of(give_app(olivia)) if kind == "app" else give_codes(olivia)[0]

    def use(_number: int) -> str:
        try:
            return factor_checks.check_code(login=Login.objects.get(pk=olivia.pk), code=code)
        except Refused as refusal:
            return refusal.code

    found = sorted(at_once(8, use))
    passed, refused = ("totp", "code_used") if kind == "app" else ("recovery_code", "bad_code")
    assert sorted([passed, *[refused] * 7]) == found
    assert totp.DIGITS == 6

"""Setting up and removing second factors: by oneself, by requirement, and by an administrator for who lost them."""

import re
import time
from html import unescape
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from accounts import confirming
from accounts.factors import recovery, totp
from accounts.factors.kept import codes_left
from accounts.models import Contact, Login, OutboxMail
from audit.models import Entry
from tests.second_factors import code_of, give_app, give_codes, give_passkey, wrong_code
from tests.test_second_step import STEP, give, to_step
from tests.test_sign_in import is_signed_in, sign_in

SET_UP = "/personal/second-factor"
APP = f"{SET_UP}/app"
CODES = f"{SET_UP}/recovery-codes"
LONG_AGO = 31 * 60


@pytest.fixture
def olivias(client: Client, olivia: Login) -> Client:
    client.force_login(olivia)
    return client


def offered(client: Client) -> tuple[str, str]:
    """The sealed offer and the secret of the page that sets up an app."""
    page = client.get(APP).content.decode()
    offer = re.search(r'name="offer" value="([^"]+)"', page)
    secret = re.search(r'id="secret"[^>]*>([^<]+)<', page)
    assert offer
    assert secret
    return unescape(offer[1]), secret[1].replace(" ", "")


def signed_in_long_ago(client: Client) -> None:
    session = client.session
    session[confirming.CONFIRMED] = int(time.time()) - LONG_AGO
    session.save()


def verbs() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def subjects() -> list[str]:
    return list(OutboxMail.objects.order_by("id").values_list("subject", flat=True))


def factor_id(login: Login) -> str:
    return str(Authenticator.objects.filter(user_id=login.pk).earliest("id").data["id"])


class TestApp:
    def test_is_set_up_by_a_right_code(self, olivias: Client, olivia: Login) -> None:
        offer, secret = offered(olivias)
        response = olivias.post(APP, {"offer": offer, "code": code_of(secret)})
        page = response.content.decode()
        assert response.status_code == 200
        assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        codes = re.findall(r"<li><code>([^<]+)</code>", page)
        assert len(codes) == len(set(codes)) == recovery.COUNT
        assert verbs() == ["login.factor_add", "login.recovery_codes"]
        assert subjects() == ["Second factor added"]
        entry = Entry.objects.earliest("id")
        assert (entry.subject_id, entry.actor_id, entry.details) == (
            olivia.public_id, olivia.public_id, {"factor": "totp"},
        )  # fmt: skip
        kept = str(list(Authenticator.objects.values_list("data", flat=True))) + str(
            list(Entry.objects.values_list("details", flat=True))
        ) + "".join(OutboxMail.objects.values_list("body", flat=True))  # fmt: skip
        assert secret not in kept
        assert not any(code in kept or recovery.normal(code) in kept for code in codes)
        to_step(again := Client())
        assert give(again, code_of(secret)).status_code == 422  # this code set it up
        give(again, codes[0])
        assert is_signed_in(again)

    def test_a_wrong_code_sets_up_nothing_and_keeps_the_secret(self, olivias: Client) -> None:
        offer, secret = offered(olivias)
        response = olivias.post(APP, {"offer": offer, "code": wrong_code(secret)})
        assert response.status_code == 422
        assert totp.in_groups(secret) in response.content.decode()
        assert not Authenticator.objects.exists()
        assert verbs() == []

    def test_the_offer_of_somebody_else_or_an_old_one_sets_up_nothing(self, olivias: Client, peter: Login) -> None:
        foreign = totp.new_offer(peter)
        secret = totp.offered_secret(peter, foreign)
        assert olivias.post(APP, {"offer": foreign, "code": code_of(secret)}).status_code == 422
        offer, own = offered(olivias)
        for changed in (offer[:-4] + "AAAA", "x", ""):
            assert olivias.post(APP, {"offer": changed, "code": code_of(own)}).status_code == 422
        with time_machine.travel(time.time() + totp.OFFERED_FOR + 5):
            assert olivias.post(APP, {"offer": offer, "code": code_of(own)}).status_code == 422
        assert not Authenticator.objects.exists()

    def test_there_is_one(self, olivias: Client, olivia: Login) -> None:
        offer, secret = offered(olivias)
        give_app(olivia)
        assert "remove this one first" in olivias.get(APP).content.decode()
        assert olivias.post(APP, {"offer": offer, "code": code_of(secret)}).status_code == 422
        assert Authenticator.objects.count() == 1

    def test_the_picture_says_who_and_where(self, olivia: Login) -> None:
        address = totp.address(olivia, "ABCD")
        assert address.startswith("otpauth://totp/API%20Access%20Tokens%20%C2%B7%20Demo%20Organisation:olivia%40demo")
        assert "secret=ABCD&issuer=API%20Access%20Tokens%20%C2%B7%20Demo%20Organisation&digits=6&period=30" in address

    @pytest.mark.parametrize("path", [APP, f"{SET_UP}/passkey", CODES])
    def test_asks_who_is_there_when_the_sign_in_is_old(self, olivias: Client, path: str) -> None:
        signed_in_long_ago(olivias)
        assert olivias.get(path)["Location"].startswith("/confirm?")


class TestRecoveryCodes:
    def test_new_ones_replace_all(self, olivias: Client, olivia: Login) -> None:
        give_app(olivia)
        old, _ = give_codes(olivia)
        assert "The 2 codes that you still have end." in olivias.get(CODES).content.decode()
        response = olivias.post(CODES)
        new = re.findall(r"<li><code>([^<]+)</code>", response.content.decode())
        assert len(new) == 10
        assert new[0] not in olivias.get("/personal").content.decode()
        assert "10 codes left" in olivias.get("/personal").content.decode()
        assert verbs() == ["login.recovery_codes"]
        assert subjects() == ["New recovery codes"]
        to_step(again := Client())
        assert give(again, old).status_code == 422
        give(again, new[3])
        assert is_signed_in(again)
        assert codes_left(olivia) == 9

    def test_there_are_none_without_a_factor(self, olivias: Client) -> None:
        assert olivias.post(CODES).status_code == 422
        assert not Authenticator.objects.exists()


class TestRemoving:
    def test_the_last_one_takes_the_codes_along(self, olivias: Client, olivia: Login) -> None:
        give_app(olivia)
        give_codes(olivia)
        path = f"/personal/factors/{factor_id(olivia)}/remove"
        assert "your password alone lets you in" in olivias.get(path).content.decode()
        assert olivias.post(path)["Location"] == "/personal"
        assert not Authenticator.objects.exists()
        assert verbs() == ["login.factor_remove"]
        assert subjects() == ["Second factor removed"]
        sign_in(again := Client(), "olivia@demo.example")
        assert is_signed_in(again)

    def test_another_one_stays(self, olivias: Client, olivia: Login) -> None:
        give_app(olivia)
        give_codes(olivia)
        give_passkey(olivia, name="Laptop")
        assert olivias.post(f"/personal/factors/{factor_id(olivia)}/remove").status_code == 303
        assert sorted(Authenticator.objects.values_list("type", flat=True)) == ["recovery_codes", "webauthn"]

    def test_the_last_one_stays_where_one_is_required(self, olivias: Client, olivia: Login) -> None:
        give_app(olivia)
        olivia.organisation.second_factor_required = True
        olivia.organisation.save()
        path = f"/personal/factors/{factor_id(olivia)}/remove"
        assert "Add another one first" in olivias.get(path).content.decode()
        assert olivias.post(path).status_code == 422
        assert Authenticator.objects.count() == 1
        assert verbs() == []

    def test_nobody_elses(self, olivias: Client, peter: Login) -> None:
        give_passkey(peter)
        for deed in ("remove", "rename"):
            assert olivias.post(f"/personal/factors/{factor_id(peter)}/{deed}", {"name": "Mine"}).status_code == 404
        assert Authenticator.objects.get().data["name"] == "Laptop"

    def test_one_that_is_gone_already(self, olivias: Client, olivia: Login) -> None:
        give_app(olivia)
        path = f"/personal/factors/{factor_id(olivia)}/remove"
        olivias.post(path)
        assert olivias.post(path).status_code == 404


def test_a_passkey_gets_another_name(olivias: Client, olivia: Login) -> None:
    passkey = give_passkey(olivia)
    path = f"/personal/factors/{passkey.public_id}/rename"
    assert olivias.post(path, {"name": ""}).status_code == 422
    assert olivias.post(path, {"name": "x" * 51}).status_code == 422
    assert olivias.post(path, {"name": "Lap\u202etop"}).status_code == 422
    assert olivias.post(path, {"name": "Key ring"}).status_code == 303
    assert "Key ring" in olivias.get("/personal").content.decode()
    entry = Entry.objects.get()
    assert (entry.verb, entry.details) == (
        "login.update", {"before": {"passkey": "Laptop"}, "after": {"passkey": "Key ring"}},
    )  # fmt: skip


class TestRequired:
    @pytest.fixture(autouse=True)
    def required(self, olivia: Login) -> None:
        olivia.organisation.second_factor_required = True
        olivia.organisation.save()

    def test_nothing_else_opens_until_one_is_set_up(self, client: Client, olivia: Login) -> None:
        sign_in(client, "olivia@demo.example")
        for path in ("/", "/personal", "/tokens", "/search", CODES):
            response = client.get(path)
            assert (response.status_code, response["Location"]) == (303, SET_UP), path
        assert client.post("/tokens/new", {"name": "x"})["Location"] == SET_UP
        assert "Your organisation requires one" in client.get(SET_UP).content.decode()
        offer, secret = offered(client)
        assert client.post(APP, {"offer": offer, "code": code_of(secret)}).status_code == 200
        assert client.get("/personal").status_code == 200

    def test_one_may_leave(self, client: Client, olivia: Login) -> None:
        sign_in(client, "olivia@demo.example")
        assert client.get("/sign-out").status_code == 200
        assert client.post("/sign-out").status_code == 303

    def test_who_has_one_goes_on(self, client: Client, olivia: Login) -> None:
        secret = give_app(olivia)
        to_step(client)
        give(client, code_of(secret))
        assert client.get("/personal").status_code == 200

    def test_single_sign_on_is_exempt(self, client: Client, olivia: Login) -> None:
        olivia.is_sso = True
        olivia.save()
        client.force_login(olivia)
        assert client.get("/personal").status_code == 200

    def test_a_reset_acts_on_the_next_page(self, client: Client, olivia: Login) -> None:
        give_app(olivia)
        client.force_login(olivia)
        assert client.get("/personal").status_code == 200
        Authenticator.objects.all().delete()
        assert client.get("/personal")["Location"] == SET_UP


class TestPolicy:
    PATH = "/configuration/organisation/sign-in"

    def posted(self, client: Client, **more: str) -> dict[str, str]:
        page = client.get(self.PATH).content.decode()
        version = re.search(r'name="version" value="([^"]*)"', page)
        assert version
        return {
            "password_attempts_limit": "10", "session_idle_minutes": "30", "session_hours_limit": "12",
            "version": unescape(version[1]), **more,
        }  # fmt: skip

    def test_says_whom_it_concerns_and_then_acts(
        self, client: Client, ada: Login, olivia: Login, peter: Login, robot: Login
    ) -> None:
        give_app(ada)
        client.force_login(ada)
        wanted = self.posted(client, second_factor_required="on")
        page = client.post(self.PATH, wanted).content.decode()
        assert "2 logins have no second factor" in page
        assert "olivia@demo.example" in page
        assert "robot@demo.example" not in page
        ada.organisation.refresh_from_db()
        assert not ada.organisation.second_factor_required
        assert client.post(self.PATH, {**wanted, "confirmed": "1"}).status_code == 303
        entry = Entry.objects.get(verb="organisation.update")
        assert entry.details == {
            "before": {"second_factor_required": False}, "after": {"second_factor_required": True},
        }  # fmt: skip
        sign_in(hers := Client(), "olivia@demo.example")
        assert hers.get("/personal")["Location"] == SET_UP


class TestReset:
    def path(self, login: Login) -> str:
        return f"/logins/{login.public_id}/second-factor/reset"

    def test_removes_all_and_is_told(self, client: Client, ada: Login, olivia: Login) -> None:
        give_app(olivia)
        give_codes(olivia)
        give_passkey(olivia)
        client.force_login(ada)
        assert "Olivia Novak is told by mail" in client.get(self.path(olivia)).content.decode()
        assert client.post(self.path(olivia)).status_code == 303
        assert not Authenticator.objects.exists()
        entry = Entry.objects.get()
        assert (entry.verb, entry.actor_id, entry.subject_id) == (
            "login.factor_remove", ada.public_id, olivia.public_id,
        )  # fmt: skip
        mail = OutboxMail.objects.get()
        assert mail.to == "olivia@demo.example"
        assert "Ada Byron removed all second factors" in mail.body

    def test_mail_is_in_the_owners_language(self, client: Client, ada: Login, olivia: Login) -> None:
        give_app(olivia)
        Login.objects.update(language="de", email="")  # then the contact's address is taken
        client.force_login(ada)
        client.post(self.path(olivia))
        with translation.override("de"):
            assert OutboxMail.objects.get().subject == translation.gettext("Second factor reset")

    def test_without_an_address_nobody_is_told(self, client: Client, ada: Login, olivia: Login) -> None:
        give_app(olivia)
        Login.objects.update(email="")
        Contact.objects.update(email="")
        client.force_login(ada)
        assert client.post(self.path(olivia)).status_code == 303
        assert not OutboxMail.objects.exists()

    def test_the_contact_tells_who_has_one(self, client: Client, ada: Login, olivia: Login) -> None:
        client.force_login(ada)
        path = f"/contacts/{olivia.contact.public_id}/logins"
        assert "olivia@demo.example: none" in client.get(path).content.decode()
        give_app(olivia)
        assert "olivia@demo.example: set up" in client.get(path).content.decode()

    def test_the_operator_helps_the_last_administrator(self, ada: Login) -> None:
        give_app(ada)
        call_command("reset_second_factor", "ADA@demo.example", stdout=(told := StringIO()))
        assert "has no second factor any more" in told.getvalue()
        assert not Authenticator.objects.exists()
        assert Entry.objects.get().channel == "command"
        assert "Operator" in OutboxMail.objects.get().body
        for name in ("ada@demo.example", "nobody@demo.example"):
            with pytest.raises(CommandError):
                call_command("reset_second_factor", name)

    def test_not_for_oneself_nor_without_one(self, client: Client, ada: Login, olivia: Login) -> None:
        give_app(ada)
        client.force_login(ada)
        for login in (ada, olivia):
            assert client.post(self.path(login)).status_code == 422
        assert Authenticator.objects.count() == 1

    def test_of_another_organisation_is_not_there(self, client: Client, olga: Login, olivia: Login) -> None:
        give_app(olivia)
        client.force_login(olga)
        assert client.post(self.path(olivia)).status_code == 404
        assert Authenticator.objects.count() == 1


class TestConfirming:
    def test_by_a_code(self, olivias: Client, olivia: Login) -> None:
        secret = give_app(olivia)
        signed_in_long_ago(olivias)
        page = olivias.get(APP, follow=True).content.decode()
        assert "Confirm by the code" in page
        refused = olivias.post("/confirm/factor", {"code": wrong_code(secret), "next": APP})
        assert refused.status_code == 422
        assert olivias.get(APP)["Location"].startswith("/confirm?")
        response = olivias.post("/confirm/factor", {"code": code_of(secret), "next": CODES})
        assert (response.status_code, response["Location"]) == (303, CODES)
        assert olivias.get(CODES).status_code == 200
        told = [(entry.result, entry.reason, entry.details) for entry in Entry.objects.filter(verb="login.confirm")]
        assert told == [("fail", "bad_code", {"how": "code"}), ("ok", "", {"how": "totp"})]

    def test_not_without_a_factor(self, olivias: Client) -> None:
        assert olivias.post("/confirm/factor", {"code": "123456"}).status_code == 422

    def test_codes_are_counted_together_with_the_second_step(self, olivias: Client, olivia: Login) -> None:
        secret = give_app(olivia)
        for _ in range(10):
            olivias.post("/confirm/factor", {"code": wrong_code(secret)})
        to_step(again := Client())
        assert "Too many attempts" in again.post(STEP, {"code": code_of(secret)}).content.decode()

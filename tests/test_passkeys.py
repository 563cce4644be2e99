"""Passkeys over HTTP, with a passkey in software: what is accepted, and everything that must not be."""

import json
import time

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.factors import passkeys
from accounts.models import Login
from audit.models import Entry
from tests.second_factors import PRESENT, VERIFIED, SoftPasskey, give_app, give_passkey
from tests.test_second_step import STEP, to_step, ways
from tests.test_sign_in import is_signed_in, refusals

ADD = "/personal/second-factor/passkey"
NEW = f"{ADD}/question"
QUESTION = "/sign-in/passkey/question"
COME = "/sign-in/passkey"
REFUSED = "No login here opens with this passkey."


def ask(client: Client, path: str = QUESTION, **more: str):
    response = client.post(path, more)
    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    return response.json()


def come(client: Client, answer: str):
    return client.post(COME, {"answer": answer})


@pytest.fixture
def olivias(client: Client, olivia: Login) -> Client:
    client.force_login(olivia)
    return client


class TestSettingUp:
    def test_the_public_key_is_kept(self, olivias: Client, olivia: Login) -> None:
        question = ask(olivias, NEW)["publicKey"]
        assert question["rp"] == {"name": "API Access Tokens", "id": "localhost"}
        assert question["authenticatorSelection"]["residentKey"] == "required"
        assert question["authenticatorSelection"]["userVerification"] == "required"
        passkey = SoftPasskey()
        response = olivias.post(ADD, {"name": "Laptop", "answer": passkey.make({"publicKey": question})})
        assert response.status_code == 200
        assert "shown this once" in response.content.decode()
        assert passkey.handle == olivia.public_id
        row = Authenticator.objects.get(type="webauthn")
        assert passkeys.credential_of(row).credential_id == passkey.id
        told = list(Entry.objects.order_by("id").values_list("verb", "details"))
        assert told == [
            ("login.factor_add", {"factor": "passkey", "name": "Laptop"}), ("login.recovery_codes", None),
        ]  # fmt: skip
        again = ask(olivias, NEW)["publicKey"]
        assert len(again["excludeCredentials"]) == 1

    @pytest.mark.parametrize(
        "wrong",
        [
            {"origin": "https://localhost"},
            {"origin": "http://localhost"},
            {"origin": "http://evil.example"},
            {"flags": PRESENT},
            {"flags": VERIFIED},
        ],
    )
    def test_what_does_not_fit_is_not_kept(self, olivias: Client, wrong: dict) -> None:
        answer = SoftPasskey().make(ask(olivias, NEW), **wrong)
        response = olivias.post(ADD, {"name": "Laptop", "answer": answer})
        assert response.status_code == 422
        assert "could not be used" in response.content.decode()
        assert not Authenticator.objects.exists()
        assert not Entry.objects.exists()

    def test_the_answer_to_another_question_is_not_taken(self, olivias: Client) -> None:
        first = ask(olivias, NEW)
        ask(olivias, NEW)
        assert olivias.post(ADD, {"name": "Laptop", "answer": SoftPasskey().make(first)}).status_code == 422
        second = ask(olivias, NEW)
        olivias.post(ADD, {"name": "Laptop", "answer": "{}"})  # wrong, and the question is spent
        assert olivias.post(ADD, {"name": "Laptop", "answer": SoftPasskey().make(second)}).status_code == 422
        assert not Authenticator.objects.exists()

    def test_a_question_for_signing_in_adds_nothing(self, olivias: Client) -> None:
        question = ask(olivias, NEW)
        kept = olivias.session[passkeys.ASKED]
        session = olivias.session
        session[passkeys.ASKED] = {**kept, "purpose": passkeys.CONFIRM}
        session.save()
        answer = SoftPasskey().make(question)
        assert olivias.post(ADD, {"name": "Laptop", "answer": answer}).status_code == 422

    def test_a_browser_without_script_is_told(self, olivias: Client) -> None:
        response = olivias.post(ADD, {"name": "Laptop", "answer": ""})
        assert response.status_code == 422
        assert "made no passkey" in response.content.decode()

    def test_not_twice_and_not_more_than_ten(self, olivias: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        answer = passkey.make(ask(olivias, NEW))
        assert "set up already" in olivias.post(ADD, {"name": "Again", "answer": answer}).content.decode()
        for _ in range(9):
            give_passkey(olivia)
        assert olivias.post(NEW).status_code == 422
        assert "10 passkeys" in olivias.get(ADD).content.decode()

    @pytest.mark.parametrize(
        "answer", ["", "x", "[]", "null", "{}", '{"id": "AA"}', "[" * 5000, '{"response": 1}', '{"rawId": "é"}', "\x00"]
    )
    def test_garbage_is_no_answer(self, olivias: Client, answer: str) -> None:
        ask(olivias, NEW)
        assert olivias.post(ADD, {"name": "Laptop", "answer": answer}).status_code == 422
        assert not Authenticator.objects.exists()


class TestSigningIn:
    def test_without_user_name_or_password(self, client: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        question = ask(client)
        assert question["publicKey"].get("allowCredentials") in (None, [])
        assert question["publicKey"]["userVerification"] == "required"
        response = come(client, passkey.use(question))
        assert (response.status_code, response["Location"]) == (302, "/")
        assert is_signed_in(client)
        assert ways() == ["passkey"]

    def test_the_page_one_wanted_comes_after_it(self, client: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        answer = passkey.use(ask(client))
        assert client.post(COME, {"answer": answer, "next": "/password"})["Location"] == "/password"
        client.post("/sign-out")
        answer = passkey.use(ask(client))
        assert client.post(COME, {"answer": answer, "next": "//evil.example"})["Location"] == "/"

    @pytest.mark.parametrize(
        "wrong",
        [{"origin": "https://localhost"}, {"origin": "http://evil.example"}, {"party": "evil.example"},
         {"flags": PRESENT}, {"flags": VERIFIED}],
    )  # fmt: skip
    def test_what_does_not_fit_lets_nobody_in(self, client: Client, olivia: Login, wrong: dict) -> None:
        passkey = give_passkey(olivia)
        response = come(client, passkey.use(ask(client), **wrong))
        assert response.status_code == 422
        assert REFUSED in response.content.decode()
        assert not is_signed_in(client)
        assert refusals() == [(olivia.public_id, "bad_passkey")]

    def test_an_answer_works_once(self, client: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        answer = passkey.use(ask(client))
        come(client, answer)
        client.post("/sign-out")
        assert come(client, answer).status_code == 422
        ask(client)
        assert come(client, answer).status_code == 422
        assert not is_signed_in(client)

    def test_a_question_is_answered_within_five_minutes(self, client: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        answer = passkey.use(ask(client))
        with time_machine.travel(time.time() + 301):
            assert come(client, answer).status_code == 422

    def test_the_answer_belongs_to_the_browser_that_was_asked(self, client: Client, olivia: Login) -> None:
        answer = give_passkey(olivia).use(ask(client))
        assert come(Client(), answer).status_code == 422

    def test_a_copy_of_a_passkey_is_noticed(self, client: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia, count=7)
        come(client, passkey.use(ask(client)))
        assert is_signed_in(client)
        passkey.count -= 1
        again = Client()
        assert come(again, passkey.use(ask(again))).status_code == 422
        assert refusals() == [(olivia.public_id, "bad_passkey")]

    @pytest.mark.parametrize("kind", ["disabled", "sso", "removed", "unknown", "other_key", "other_owner"])
    def test_every_refusal_looks_alike(self, client: Client, olivia: Login, peter: Login, kind: str) -> None:
        passkey = give_passkey(olivia)
        match kind:
            case "disabled":
                Login.objects.filter(pk=olivia.pk).update(enabled=False)
            case "sso":
                Login.objects.filter(pk=olivia.pk).update(is_sso=True)
            case "removed":
                Authenticator.objects.all().delete()
            case "unknown":
                passkey.handle = "lgn_" + "0" * 21
            case "other_key":
                passkey.key = SoftPasskey().key
            case "other_owner":
                passkey.handle = peter.public_id
        response = come(client, passkey.use(ask(client)))
        assert response.status_code == 422
        assert REFUSED in response.content.decode()
        assert not is_signed_in(client)
        reason = {"disabled": "disabled", "sso": "sso"}.get(kind, "bad_passkey")
        owner = {"other_owner": peter.public_id}.get(kind, olivia.public_id)
        assert refusals() == ([] if kind == "unknown" else [(owner, reason)])

    @pytest.mark.parametrize("answer", ["", "x", "[]", "{}", '{"response": {"userHandle": 5}}', "[" * 5000, "\x00"])
    def test_garbage_is_no_answer(self, client: Client, olivia: Login, answer: str) -> None:
        ask(client)
        assert come(client, answer).status_code == 422

    @pytest.mark.parametrize("handle", ["\x00", "lgn_\x00", "'; --", "x" * 500])
    def test_an_owner_that_cannot_be_one(self, client: Client, olivia: Login, handle: str) -> None:
        passkey = give_passkey(olivia)
        passkey.handle = handle
        assert come(client, passkey.use(ask(client))).status_code == 422

    def test_questions_are_counted(self, client: Client, olivia: Login, monkeypatch) -> None:
        from accounts.views import second_step

        monkeypatch.setattr(second_step, "QUESTIONS_LIMIT", 2)
        ask(client)
        ask(client)
        response = client.post(QUESTION)
        assert response.status_code == 429
        assert int(response["Retry-After"]) > 0

    def test_a_form_of_another_site_is_refused(self, olivia: Login) -> None:
        client = Client(enforce_csrf_checks=True)
        for path in (QUESTION, COME):
            assert client.post(path).status_code == 403


class TestSecondStep:
    def test_after_the_password(self, client: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        to_step(client)
        question = ask(client, step="1")
        assert [one["id"] for one in question["publicKey"]["allowCredentials"]]
        assert question["publicKey"]["userVerification"] == "preferred"
        response = client.post(STEP, {"answer": passkey.use(question, flags=PRESENT)})
        assert (response.status_code, response["Location"]) == (302, "/")
        assert ways() == ["password+passkey"]

    def test_the_question_for_signing_in_alone_is_another(self, client: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        to_step(client)
        answer = passkey.use(ask(client, step="1"), flags=PRESENT)
        assert come(client, answer).status_code == 422  # without its owner's finger it is one factor alone
        assert not is_signed_in(client)

    def test_the_passkey_of_somebody_else(self, client: Client, olivia: Login, peter: Login) -> None:
        give_app(olivia)
        passkey = give_passkey(peter)
        to_step(client)
        answer = passkey.use(ask(client, step="1"))
        assert client.post(STEP, {"answer": answer}).status_code == 422
        assert refusals() == [(olivia.public_id, "bad_passkey")]


class TestConfirming:
    def test_by_a_passkey(self, olivias: Client, olivia: Login) -> None:
        passkey = give_passkey(olivia)
        answer = passkey.use(ask(olivias))
        response = olivias.post("/confirm/factor", {"answer": answer, "next": "/personal"})
        assert (response.status_code, response["Location"]) == (303, "/personal")
        assert Entry.objects.get().details == {"how": "passkey"}

    def test_not_by_the_passkey_of_somebody_else(self, olivias: Client, olivia: Login, peter: Login) -> None:
        give_app(olivia)
        answer = give_passkey(peter).use(ask(olivias))
        assert olivias.post("/confirm/factor", {"answer": answer}).status_code == 422


@pytest.mark.parametrize(
    ("public_url", "origin"),
    [
        ("https://Console.example", "https://console.example"),
        ("https://console.example:443", "https://console.example"),
        ("https://console.example:8443", "https://console.example:8443"),
    ],
)
def test_the_origin_is_that_of_the_public_address(settings, public_url: str, origin: str) -> None:
    settings.PUBLIC_URL = public_url
    assert passkeys.origin() == origin
    assert passkeys.server().rp.id == "console.example"
    assert passkeys.are_possible()


def test_at_a_number_none_is_offered(client: Client, settings, db) -> None:
    settings.PUBLIC_URL = "http://127.0.0.1:8000"
    assert not passkeys.are_possible()
    assert "data-passkey" not in client.get("/sign-in").content.decode()


def test_a_host_header_decides_nothing(olivias: Client) -> None:
    question = olivias.post(NEW, headers={"host": "127.0.0.1"}).json()
    assert question["publicKey"]["rp"]["id"] == "localhost"
    assert json.dumps(question)

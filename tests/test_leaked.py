"""Whoever presents a JWT ends it, everyone gets the same answer, and those concerned are told by mail."""

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.exceptions import Conflict
from accounts.models import Login, OutboxMail
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import make_valid, valid_token
from tests.oauth_calls import *  # noqa: F403
from tests.oauth_calls import FORGED
from tests.test_jwt import claims_of, signed
from tokens import actions
from tokens.actions.minting import mint_client_credentials
from tokens.actions.mobile import begin, refresh
from tokens.api.leaked import ANSWER_SECONDS, REPORTS_LIMIT
from tokens.jwt import digest
from tokens.models import AccessToken, MobileSession

pytestmark = pytest.mark.django_db(transaction=True)

ADDRESS = "/api/tokens/leaked"


def report(jwt: Any, **headers: Any) -> Any:
    """Reports the JWT as a stranger who has no credentials at all."""
    content = json.dumps({"token": jwt})
    return Client().post(ADDRESS, content, content_type="application/json", HTTP_USER_AGENT="Finder/1", **headers)


def mails() -> dict[str, OutboxMail]:
    return {mail.to: mail for mail in OutboxMail.objects.all()}


def test_the_current_jwt_takes_its_token_with_it(call, olivia):
    token, jwt = valid_token(olivia)
    assert call(jwt).status_code == 200
    response = report(jwt)
    assert response.status_code == 202
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert response.json()["status"] == "accepted"
    refused = call(jwt)
    assert (refused.status_code, refused.json()["reason"]) == (401, "revoked")
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_it_is_on_record_without_a_name(ada, olivia):
    token, jwt = valid_token(olivia)
    response = report(jwt, REMOTE_ADDR="192.0.2.7")
    entry = Entry.objects.get(verb=Verb.TOKEN_REVOKE)
    assert (entry.token_id, entry.token_name, entry.owner_id) == (token.public_id, token.name, olivia.public_id)
    assert (entry.actor_id, entry.actor_label, entry.channel) == ("", "Reported as leaked", "api")
    assert entry.organisation_id == olivia.organisation_id
    assert entry.details == {"why": "leaked"}
    assert (entry.address, entry.user_agent, entry.path) == ("192.0.2.7", "Finder/1", ADDRESS)
    assert entry.request_id == response["X-Request-ID"]


def test_the_log_says_who_acted(ada, olivia, client):
    token, jwt = valid_token(olivia)
    report(jwt)
    client.force_login(ada)
    assert "Reported as leaked" in client.get(f"/administrator/token-logs?token={token.public_id}").content.decode()


def test_owner_and_administrators_get_a_mail_in_their_languages(ada, olivia, peter, vera, olga):
    _token, jwt = valid_token(olivia, name="Excel month end")
    report(jwt, REMOTE_ADDR="192.0.2.7")
    found = mails()
    assert set(found) == {"olivia@demo.example", "ada@demo.example"}
    for address, name in (("olivia@demo.example", "Olivia"), ("ada@demo.example", "Ada")):
        mail = found[address]
        assert mail.organisation_id == olivia.organisation_id
        assert mail.subject == "Reported as leaked: a JWT of Excel month end"
        assert mail.body.startswith(f"Hello {name},")
        assert "The access token is revoked, for good" in mail.body
        assert "Owner: Olivia Novak (olivia@demo.example)" in mail.body
        assert "192.0.2.7" in mail.body
        for part in jwt.split("."):
            assert part not in mail.body + mail.subject
    assert "/tokens/logs?token=" in found["olivia@demo.example"].body
    assert "/administrator/token-logs?token=" in found["ada@demo.example"].body


def test_an_administrator_without_the_admin_role_gets_none_and_an_owner_who_has_it_gets_one(ada, olivia):
    Login.objects.filter(pk=ada.pk).update(has_admin_role=False)
    report(valid_token(olivia)[1])
    assert set(mails()) == {"olivia@demo.example"}
    Login.objects.filter(pk=ada.pk).update(has_admin_role=True)
    report(valid_token(ada)[1])
    assert OutboxMail.objects.filter(to="ada@demo.example").count() == 1


def test_a_jwt_that_was_shown_and_not_saved_is_discarded(call, ada, olivia, by):
    token, current = valid_token(olivia)
    shown = actions.generate(token=token, by=by)
    assert report(shown.jwt).status_code == 202
    token.refresh_from_db()
    assert (token.revoked_at, token.pending_dialog) == (None, "")
    assert call(current).status_code == 200
    assert call(shown.jwt).json()["reason"] == "replaced"
    with pytest.raises(Conflict):
        actions.save(token=token, dialog=shown.dialog, by=by)
    entry = Entry.objects.get(verb=Verb.TOKEN_DISCARD)
    assert (entry.actor_label, entry.details) == ("Reported as leaked", {"why": "leaked"})
    assert "not yet saved" in mails()["olivia@demo.example"].body


def test_a_jwt_that_was_replaced_ends_nothing(call, olivia):
    token, old = valid_token(olivia)
    new = make_valid(token)
    assert report(old).status_code == 202
    assert call(new).status_code == 200
    assert not Entry.objects.filter(verb=Verb.TOKEN_REVOKE).exists()
    assert not OutboxMail.objects.exists()


def test_a_short_lived_jwt_of_the_token_endpoint_ends_too(call, olivia, by):
    minted = mint_client_credentials(owner=olivia, scopes=3, by=by)
    report(minted.jwt)
    assert call(minted.jwt).json()["reason"] == "revoked"


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_a_mobile_session_ends_by_either_of_its_jwts(call, ada, olivia, by, which):
    opened = begin(login=olivia, device="Olivia's phone", pair=None, by=by)
    assert report(getattr(opened, which)).status_code == 202
    assert call(opened.access, "/api/meta").json()["reason"] == "session_ended"
    session = MobileSession.objects.get()
    assert session.ending == "leaked"
    entry = Entry.objects.get(verb=Verb.SESSION_END)
    assert (entry.reason, entry.actor_id, entry.actor_label) == ("leaked", "", "Reported as leaked")
    assert entry.organisation_id == olivia.organisation_id
    mail = mails()["olivia@demo.example"]
    assert mail.subject == "Reported as leaked: a JWT of Olivia's phone"
    assert "The session has ended" in mail.body
    assert "Device: Olivia's phone" in mail.body
    assert "ada@demo.example" in mails()
    assert report(opened.refresh).status_code == 202
    assert Entry.objects.filter(verb=Verb.SESSION_END).count() == 1


@pytest.mark.parametrize("which", ["access", "refresh"])
def test_a_mobile_session_ends_by_those_it_had_before_too(olivia, by, which):
    opened = begin(login=olivia, device="Phone", pair=None, by=by)
    refresh(session_id=opened.session.public_id, sha256=digest(opened.refresh), by=by)
    report(getattr(opened, which))
    assert MobileSession.objects.get().ending == "leaked"


def test_no_one_needs_to_be_in_order_for_it(call, ada, olivia):
    """A JWT of a login that is disabled would work again if the login were enabled: it ends all the same."""
    token, jwt = valid_token(olivia)
    Login.objects.filter(pk=olivia.pk).update(enabled=False, has_personal_role=False)
    report(jwt)
    token.refresh_from_db()
    assert token.revoked_at is not None


def test_everything_gets_the_same_answer(ada, olivia, olga):
    live, foreign = valid_token(olivia)[1], valid_token(olga)[1]
    revoked_token, revoked = valid_token(olivia)
    AccessToken.objects.filter(pk=revoked_token.pk).update(revoked_at=timezone.now())
    gone_token, gone = valid_token(olivia)
    gone_token.delete()
    expired = make_valid(valid_token(olivia)[0], expires_at=timezone.now() - timedelta(days=1))
    strings = [
        live,
        live,
        foreign,
        revoked,
        gone,
        expired,
        live[:-1],
        live + "A",
        "x",
        "a.b.c",
        "ü\x00\u2028",
        "A" * 9000,
    ]
    answers = set()
    for string in strings:
        begun = time.monotonic()
        response = report(string)
        assert time.monotonic() - begun >= ANSWER_SECONDS
        kept = {name: value for name, value in response.items() if name != "X-Request-ID"}
        answers.add((response.status_code, response.content, json.dumps(kept, sort_keys=True)))
    assert len(answers) == 1
    ended = Entry.objects.filter(verb=Verb.TOKEN_REVOKE).values_list("token_id", flat=True)
    assert len(ended) == len(set(ended)) == 3  # of the live, the foreign and the expired one, each once


def test_a_form_does_as_well(call, olivia):
    _token, jwt = valid_token(olivia)
    response = Client().post(ADDRESS, f"token={jwt}", content_type="application/x-www-form-urlencoded")
    assert response.status_code == 202
    assert call(jwt).status_code == 401


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        ("", "application/json", 400),
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("{}", "application/json", 400),
        ('{"token": 1}', "application/json", 400),
        ('{"token": " "}', "application/json", 400),
        ('{"token": ["x"]}', "application/json", 400),
        ("", "application/x-www-form-urlencoded", 400),
        ("jwt=x", "application/x-www-form-urlencoded", 400),
        ("token=a&token=b", "application/x-www-form-urlencoded", 400),
        ("x", "text/plain", 415),
        ("x", "", 415),
        ('{"token": "' + "A" * 16384 + '"}', "application/json", 413),
    ],
)
def test_what_cannot_be_read_is_told_how(db, content, kind, status):
    response = Client().generic("POST", ADDRESS, content, CONTENT_TYPE=kind)
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["detail"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_only_post(db, method):
    response = Client().generic(method, f"{ADDRESS}?token=x")
    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_a_token_in_the_address_is_not_looked_at(call, olivia):
    _token, jwt = valid_token(olivia)
    assert Client().post(f"{ADDRESS}?token={jwt}", "{}", content_type="application/json").status_code == 400
    assert call(jwt).status_code == 200


def test_a_flood_from_one_address_is_stopped_and_others_are_heard(call, olivia, monkeypatch):
    monkeypatch.setattr("tokens.api.leaked.ANSWER_SECONDS", 0)
    for _turn in range(REPORTS_LIMIT):
        assert report("x", REMOTE_ADDR="192.0.2.7").status_code == 202
    _token, jwt = valid_token(olivia)
    response = report(jwt, REMOTE_ADDR="192.0.2.7")
    assert response.status_code == 429
    assert 1 <= int(response["Retry-After"]) <= 60
    assert response.json()["reason"] == "too_many_attempts"
    assert call(jwt).status_code == 200
    assert report(jwt, REMOTE_ADDR="192.0.2.8").status_code == 202
    assert call(jwt).status_code == 401


def test_the_database_is_away(call, olivia, monkeypatch):
    """Nothing was accepted, whatever the string: 503, and the finder may try again."""

    def away(*_given: object) -> None:
        raise OperationalError("connection lost")

    _token, jwt = valid_token(olivia)
    with monkeypatch.context() as patched:
        patched.setattr("accounts.limits.hit", away)
        for string in (jwt, "x"):
            response = report(string)
            assert response.status_code == 503
            assert response["Retry-After"] == "5"
            assert response["Content-Type"] == "application/problem+json"
    assert call(jwt).status_code == 200


def test_forged_jwts_end_nothing(call, olivia, monkeypatch):
    """Signed with our own key, as if it had leaked: only the exact bytes that were issued end a token."""
    monkeypatch.setattr("tokens.api.leaked.ANSWER_SECONDS", 0)
    monkeypatch.setattr("tokens.api.leaked.REPORTS_LIMIT", 10_000)
    _token, jwt = valid_token(olivia)
    forged = [signed({**claims_of(jwt), **changed}) for changed in FORGED]
    forged += [f" {jwt} x", f"Bearer {jwt}", jwt.replace(".", ". "), jwt.upper(), jwt[::-1]]
    for string in forged:
        assert report(string).status_code in {202, 400}
    assert call(jwt).status_code == 200


def test_without_its_entry_nothing_ends(call, olivia, monkeypatch):
    """The ledger cannot be written: the report is not accepted, and the JWT still works."""
    _token, jwt = valid_token(olivia)

    def refuse(*args: object, **kwargs: object) -> None:
        raise LedgerDown

    with monkeypatch.context() as patched:
        patched.setattr(Entry.objects, "create", refuse)
        client = Client(raise_request_exception=False)
        response = client.post(ADDRESS, json.dumps({"token": jwt}), content_type="application/json")
    assert response.status_code == 500
    assert response["Content-Type"] == "application/problem+json"
    assert call(jwt).status_code == 200


class LedgerDown(Exception):
    pass


def test_the_jwt_is_on_no_record(olivia, ada, caplog, capfd):
    caplog.set_level("DEBUG")
    _token, jwt = valid_token(olivia)
    report(jwt)
    report(jwt[:-1])
    written = caplog.text + "".join(capfd.readouterr()) + str(list(Entry.objects.values()))
    written += str(list(OutboxMail.objects.values()))
    for part in jwt.split("."):
        assert part[-30:] not in written

"""Hostile claims and stolen identities: a genuine signature over anything else than what was issued opens nothing.

As in tests/test_threats_jws.py, forged strings are put into the record as if they had been issued, wherever what is
tried is the look at the claims.
"""

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.db import connection
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.exceptions import Refused
from accounts.models import Login
from audit.models import Entry
from tests.api_calls import make_valid, valid_token
from tests.cast import person
from tests.factories import PASSWORD, AccessTokenFactory
from tests.test_jwt import claims_of, signed
from tests.threats import Caller, Target
from tokens import rules
from tokens.expiry import Expiry
from tokens.jwt import issue_mobile
from tokens.keys import ring
from tokens.models import AccessToken, MobileSession
from tokens.scopes import Scope

pytestmark = pytest.mark.django_db(transaction=True)

Strings = Iterator[str]
FUTURE = 33_000_000_000


def with_claims(target: Target, name: str, *values: Any) -> Strings:
    for value in values:
        yield signed({**target.claims, name: value})


def without(target: Target, name: str) -> str:
    return signed({claim: value for claim, value in target.claims.items() if claim != name})


def b01_issuer(target: Target) -> Strings:
    own = target.claims["iss"]
    yield from with_claims(target, "iss", "http://other.example", f"{own}/", own.upper(), own[:-1], "", None, [own], 1)
    yield without(target, "iss")


def b02_audience(target: Target) -> Strings:
    own = target.claims["aud"]
    yield from with_claims(target, "aud", [own], [own, "x"], own[:-1], f"{own}/", f"{own}x", "http", "", None, {own: 1})
    yield from with_claims(target, "aud", ring().refresh_audience, target.claims["iss"])
    yield without(target, "aud")


def b03_type(target: Target) -> Strings:
    for value in ("JWT", "AT+JWT", "application/at+jwt", "rt+jwt", "", None, ["at+jwt"], "logout+jwt"):
        yield signed(target.claims, target.header(typ=value))
    yield signed(target.claims, {"alg": "ES256", "kid": target.kid})
    yield from with_claims(
        target, "token_use", "refresh", "mobile_access", "mobile_refresh", "id", "", None, ["access"]
    )
    yield without(target, "token_use")


def b07_end(target: Target) -> Strings:
    yield from with_claims(
        target, "exp", "1800000000", 1.5, 10**26, -1, True, False, None, [], {}, "never", 253_402_300_801,
        float("nan"), float("inf"), float("-inf"),
    )  # fmt: skip
    text = json.dumps({**target.claims, "exp": 0})
    for number in ("1e400", "1E9", "1800000000.0", "9" * 1500, "9" * 4300, "-0.0", "0x1", "01", "1_000"):
        yield signed(text.replace('"exp": 0', f'"exp": {number}').encode())


def b08_times_to_come(target: Target) -> Strings:
    yield from with_claims(target, "nbf", FUTURE, "1", True, None, 1.5, -1, [])
    yield from with_claims(target, "iat", FUTURE, "1", True, None, 1.5, -1, [], float("inf"))
    yield without(target, "iat")


def b11_claims_twice(target: Target) -> Strings:
    text = json.dumps(target.claims)
    for name, value in target.claims.items():
        written = f"{json.dumps(name)}: {json.dumps(value)}"
        for other in ('"x"', json.dumps(value)):
            yield signed(f"{{{json.dumps(name)}: {other}, {text[1:]}".encode())
            yield signed(f"{text[:-1]}, {written}}}".encode())
            yield signed(f"{text[:-1]}, {json.dumps(name)}: {other}}}".encode())
    yield signed(f'{text[:-1]}, "s\\u0075b": "lgn_AAAAAAAAAAAAAAAAAAAAA"}}'.encode())


def b12_ids_that_are_none(target: Target) -> Strings:
    strange: tuple[Any, ...] = (
        "", None, 1, [], {}, True, "x", "lgn_' OR 1=1 --AAAAAAAAAA", "api_\x00AAAAAAAAAAAAAAAAAAAA", "api_AAAAA",
        "api_AAAAAAAAAAAAAAAAAAAAA\n", "api_" + "A" * 2000, "API_AAAAAAAAAAAAAAAAAAAAA", "\ud800" * 25, "../..",
        "lgn_" + "\u0410" * 21,
    )  # fmt: skip
    for name in ("sub", "token_id", "id", "client_id", "jti"):
        yield from with_claims(target, name, *strange)
        yield without(target, name)
    yield from with_claims(target, "client_id", "api_AAAAAAAAAAAAAAAAAAAAA")  # well made, but not that of the others
    yield from with_claims(target, "id", "api_AAAAAAAAAAAAAAAAAAAAA")
    yield from with_claims(target, "jti", "x" * 42, "x" * 44, "\ud800" * 43)


def no_object(target: Target) -> Strings:
    for payload in (
        b"null",
        b"1",
        b'"x"',
        b"[]",
        b"true",
        b"",
        b"{",
        b"{}",
        b"NaN",
        json.dumps([target.claims]).encode(),
    ):
        yield signed(payload)


FORGED: dict[str, Callable[[Target], Strings]] = {
    "B01 issuer": b01_issuer,
    "B02 audience": b02_audience,
    "B03 type": b03_type,
    "B07 end": b07_end,
    "B08 times to come": b08_times_to_come,
    "B11 claims twice": b11_claims_twice,
    "B12 ids that are none": b12_ids_that_are_none,
    "no object": no_object,
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED.keys())
def test_claims_that_this_console_does_not_issue(forged, olivia):
    target = Target(olivia)
    assert target.refuses(forged(target)) > 5


def test_b01_the_forger_of_these_tests_can_sign(olivia):
    """The control: the same forger's unchanged claims are let in, once their digest is in the record."""
    target = Target(olivia)
    for payload in (target.claims, {**target.claims, "nbf": 1}, {**target.claims, "exp": FUTURE}):
        text = signed(payload)
        target.issue_in_record(target.digest(text))
        assert target.admits(text)


def reason_of(response: Any) -> str:
    assert response.status_code in {401, 403}
    return str(json.loads(response.content).get("reason", ""))


def test_b04_other_things_that_were_signed_are_no_jwt(olivia, client):
    client.force_login(olivia, backend="accounts.backends.LoginBackend")
    key = client.session.session_key
    request = RequestFactory().get("/")
    request.session = client.session
    others = [
        default_token_generator.make_token(olivia), key, get_token(request),
        signing.dumps({"sub": olivia.public_id}),
        signing.get_cookie_signer(salt="sessionid").sign(key), signing.TimestampSigner().sign(olivia.public_id),
        olivia.password, olivia.public_id, PASSWORD,
    ]  # fmt: skip
    target = Target(olivia)
    end = timezone.now() + timedelta(days=1)
    session = MobileSession(login=olivia, device="x", access_expires_at=end, expires_at=end)
    never_begun = issue_mobile(session, scopes=3, issued_at=timezone.now())
    others += [never_begun.access, never_begun.refresh]
    assert target.refuses([text for text in others if text], planted=False) == len(others)


def test_b04_what_was_shown_and_not_saved(olivia):
    token, _jwt = valid_token(olivia)
    shown = make_valid(token)
    newer = make_valid(token)
    digest = AccessToken.objects.get(pk=token.pk).digest
    caller = Caller()
    AccessToken.objects.filter(pk=token.pk).update(
        digest=None, generated_at=None, pending_digest=digest, pending_dialog="x" * 22, pending_made_at=timezone.now()
    )
    assert reason_of(caller.call(newer)) == "not_saved"
    assert reason_of(caller.call(shown)) == "not_generated"


def test_b05_a_jwt_is_no_session_no_form_token_and_no_link(olivia):
    jwt = Target(olivia).jwt
    client = Client(enforce_csrf_checks=True)
    for name in ("sessionid", "__Host-sessionid", "csrftoken", "Authorization", "token", "access_token"):
        client.cookies[name] = jwt
    assert client.get("/tokens").status_code == 302
    answer = client.post("/sign-in", {"login": olivia.user_name, "csrfmiddlewaretoken": jwt}, HTTP_X_CSRFTOKEN=jwt)
    assert answer.status_code == 403
    for path in ("activate", "password/reset/key"):
        answer = Client().get(f"/{path}/{olivia.public_id}/{jwt}")
        assert answer.status_code in {200, 302, 400, 404, 410}
        assert 'type="password"' not in answer.content.decode()
    assert Client().get("/tokens", HTTP_AUTHORIZATION=f"Bearer {jwt}").status_code == 302
    assert not Entry.objects.filter(verb="login.sign_in").exists()


def database_now() -> datetime:
    """The clock that decides."""
    with connection.cursor() as cursor:
        written = (
            "STRFTIME('%s', 'now')" if connection.vendor == "sqlite" else "FLOOR(EXTRACT(EPOCH FROM CLOCK_TIMESTAMP()))"
        )
        cursor.execute(f"SELECT CAST({written} AS BIGINT)")
        return datetime.fromtimestamp(int((cursor.fetchone() or [0])[0]), UTC)


@pytest.mark.parametrize(("seconds", "passes"), [(-1, False), (0, False), (30, True)])
def test_b06_the_second_of_its_end_is_too_late(olivia, seconds, passes):
    token = AccessTokenFactory(owner=olivia)
    caller = Caller()
    text = make_valid(token, expires_at=database_now() + timedelta(seconds=seconds))
    assert (caller.call(text).status_code == 200) is passes
    # The JWT's own end decides too, without a second's grace.
    AccessToken.objects.filter(pk=token.pk).update(expires_at=None)
    assert (caller.call(text).status_code == 200) is passes


def test_b09_the_earlier_of_both_ends_counts(olivia):
    now, caller = database_now(), Caller()
    token = AccessTokenFactory(owner=olivia)
    text = make_valid(token, expires_at=now + timedelta(days=1))
    assert caller.call(text).status_code == 200
    AccessToken.objects.filter(pk=token.pk).update(expires_at=now - timedelta(seconds=1))
    assert reason_of(caller.call(text)) == "expired"
    other = AccessTokenFactory(owner=olivia)
    text = make_valid(other, expires_at=now - timedelta(seconds=1))
    AccessToken.objects.filter(pk=other.pk).update(expires_at=now + timedelta(days=400))
    assert reason_of(caller.call(text)) == "expired"


def test_b10_scopes_narrow_at_once_and_never_widen(olivia):
    token, text = valid_token(olivia, scopes=int(Scope.META | Scope.REPORT))
    meta, data, manage = Caller(), Caller(path="/api/data/RecentLogins"), Caller(path="/v1/access-tokens")
    assert meta.call(text).status_code == data.call(text).status_code == 200
    AccessToken.objects.filter(pk=token.pk).update(scopes=7, current_scopes=int(Scope.META))
    assert meta.call(text).status_code == 200
    assert reason_of(data.call(text)) == "scope_missing"
    assert manage.call(text).status_code == 403  # added to the record: the next JWT gets it, this one does not


def test_b12_another_tokens_id_and_another_persons(olivia, ada):
    target, others = Target(olivia), Target(ada)
    theirs = dict.fromkeys(("token_id", "id", "client_id"), others.token.public_id)
    forged = [
        signed({**target.claims, **theirs}),
        signed({**target.claims, **theirs, "sub": ada.public_id}),
        signed({**target.claims, "sub": ada.public_id}),
        signed({**target.claims, "jti": others.claims["jti"]}),
        signed({**others.claims, "sub": olivia.public_id}),
    ]
    for text in forged:
        assert reason_of(target.caller.call(text)) == "replaced"
    unknown = dict.fromkeys(theirs, "api_" + "A" * 21)
    target.refuses([signed({**target.claims, **unknown})])
    assert others.admits(others.jwt)


def test_b13_a_name_is_nobody(olivia, organisation):
    target = Target(olivia)
    Login.objects.filter(pk=olivia.pk).update(user_name="renamed@demo.example")
    assert target.admits(target.jwt)
    assert Entry.objects.latest("pk").owner_id == olivia.public_id
    Login.objects.get(pk=olivia.pk).delete()
    again = person(organisation, "Olivia", "Novak", "olivia@demo.example", has_personal_role=True)
    valid_token(again)
    response = target.caller.call(target.jwt)
    assert (response.status_code, reason_of(response)) == (401, "")


def test_b14_each_organisation_sees_itself(ada, olga, peter):
    own = {login: valid_token(login, name="Same name")[1] for login in (ada, olga)}
    for login, other in ((ada, olga), (olga, ada)):
        content = Caller(path="/api/meta").call(own[login]).content
        assert json.loads(content)["associates"][0]["associate_Id"] == login.organisation_id
        client = Client(headers={"Authorization": f"Bearer {own[login]}"})
        for report in ("ContactsAndLogins", "TokenInventory", "TokenActivity", "RecentLogins", "ReportUsage"):
            rows = b"".join(client.get(f"/api/data/{report}"))
            assert other.user_name.encode() not in rows
            assert other.public_id.encode() not in rows


def test_b15_privileges_that_a_jwt_claims_are_none(olivia, places):
    """Even with the key: the bytes are not those that were issued. And were they, the record alone would decide."""
    target = Target(olivia)
    claims = {"is_admin": True, "role": "owner", "scope": "api:token:manage", "org_id": 1, "assume_roles": ["1:owner"]}
    forged = signed({**target.claims, **claims})
    assert reason_of(target.caller.call(forged)) == "replaced"
    target.issue_in_record(target.digest(forged))
    assert Caller(path="/v1/access-tokens").call(forged).status_code == 403
    assert Entry.objects.latest("pk").reason == "scope_missing"
    client = Client(headers={"Authorization": f"Bearer {forged}"})
    rows = json.loads(b"".join(client.get("/api/data/ContactsAndLogins")))
    assert {row["User Name"] for row in rows} == {olivia.user_name}


def test_b16_nothing_personal_is_in_it(olivia):
    written = json.dumps(claims_of(Target(olivia, name="Power BI").jwt))
    person_words = {"olivia", "novak", "@", "finance", "energy", "south", "demo organisation", "general user"}
    assert not [word for word in person_words if word in written.lower()]
    assert set(json.loads(written)) == {
        "iss", "aud", "sub", "client_id", "id", "token_id", "jti", "iat", "scope", "org_id", "token_use", "token_name",
        "assume_roles",
    }  # fmt: skip


def test_b17_never_means_until_somebody_ends_it(olivia):
    target = Target(olivia)
    assert "exp" not in target.claims
    assert target.admits(target.jwt)
    for more in ({"token_never_allowed": False}, {"token_days_limit": 90}):
        for name, value in more.items():
            setattr(olivia.organisation, name, value)
        refusal = rules.against_expiry(olivia, Expiry.NEVER, None)
        assert isinstance(refusal, Refused)
        assert re.search("wants every token to expire", refusal.message)
    AccessToken.objects.filter(pk=target.token.pk).update(revoked_at=timezone.now())
    assert reason_of(target.caller.call(target.jwt)) == "revoked"

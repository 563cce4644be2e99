"""What a JWT says, and that only what this console signed, in its exact form, is taken for one."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt as pyjwt
import pytest
from django.utils import timezone

from accounts.pairs import Pair
from tests.factories import AccessTokenFactory
from tokens import jwt
from tokens.jwt import ISSUED_LIMIT, NotOurs, verifying
from tokens.keys import Ring, ring
from tokens.scopes import Scope

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def issued(token: Any, **more: Any) -> str:
    given = {"scopes": 3, "pairs": token.owner.pairs, "expires_at": None, "issued_at": timezone.now(), **more}
    return jwt.issue(token, **given)


def claims_of(text: str) -> dict[str, Any]:
    return json.loads(decoded(text.split(".")[1]))


def decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def segment(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(payload: object, header: object = None, keys: Ring | None = None) -> str:
    """Anything at all, signed with the console's own key: as if the key had leaked."""
    keys = keys or ring()
    head = keys.signer.header.decode() if header is None else segment(header)
    text = f"{head}.{segment(payload)}"
    algorithm = pyjwt.PyJWS().get_algorithm_by_name(keys.signer.algorithm)
    return f"{text}.{segment(algorithm.sign(text.encode(), keys.signer.signing))}"


def verified(text: str) -> jwt.Claims:
    return jwt.verified(text.encode(), jwt.digest(text))


@pytest.fixture
def token(olivia):
    return AccessTokenFactory(owner=olivia, name="Power BI – energy")


def test_it_says_what_the_design_lists(token, olivia):
    text = issued(token, expires_at=NOW + timedelta(days=30), issued_at=NOW)
    claims = claims_of(text)
    organisation = olivia.organisation_id
    assert json.loads(decoded(text.split(".")[0])) == {"alg": "ES256", "kid": ring().signer.kid, "typ": "at+jwt"}
    assert len(claims.pop("jti")) == 43
    assert claims == {
        "iss": ring().issuer,
        "aud": f"{ring().issuer}/api",
        "sub": olivia.public_id,
        "client_id": token.public_id,
        "id": token.public_id,
        "token_id": token.public_id,
        "iat": 1795262400,
        "exp": 1797854400,
        "scope": "api:meta:read api:report:read",
        "org_id": organisation,
        "token_use": "access",
        "token_name": "Power BI – energy",
        "assume_roles": [f"{organisation}:general-user"],
    }


def test_two_are_never_alike(token):
    assert issued(token, issued_at=NOW) != issued(token, issued_at=NOW)


def test_never_has_no_exp(token):
    text = issued(token)
    assert "exp" not in claims_of(text)
    assert verified(text) == jwt.Claims(token.public_id, token.owner.public_id, None)


def test_it_stays_short(token, organisation):
    token.name = "名" * 100
    types = [
        organisation.user_types.create(slug=f"a-user-type-with-a-long-name-{n}", name=f"Type {n}") for n in range(30)
    ]
    text = issued(token, pairs=[Pair(each.pk, None) for each in types], scopes=int(Scope(7)), expires_at=NOW)
    assert len(text) <= ISSUED_LIMIT
    assert "assume_roles" not in claims_of(text)
    assert claims_of(text)["token_name"] == "名" * 40


def test_the_clock_is_left_to_the_database(token):
    assert verified(issued(token, expires_at=NOW - timedelta(days=3650))).expires < NOW.timestamp()


def test_hs512_by_setting(token, settings, tmp_path):
    settings.DATA_DIR, settings.JWT_ALGORITHM = tmp_path, "HS512"
    text = issued(token)
    assert json.loads(decoded(text.split(".")[0]))["alg"] == "HS512"
    assert verified(text).token_id == token.public_id
    assert ring().jwks == {"keys": []}


def test_the_key_document_verifies_with_any_library(token):
    (listed,) = ring().jwks["keys"]
    assert "d" not in listed
    text = issued(token)
    key = pyjwt.PyJWK(listed)
    assert pyjwt.get_unverified_header(text)["kid"] == listed["kid"]
    assert pyjwt.decode(text, key, algorithms=["ES256"], audience=ring().audience)["token_id"] == token.public_id


HEADERS: dict[str, Any] = {
    "none": {"alg": "none"},
    "None": {"alg": "None", "typ": "at+jwt"},
    "lower case": {"alg": "es256"},
    "padded": {"alg": "ES256 "},
    "list": {"alg": ["ES256"]},
    "number": {"alg": 256},
    "missing": {"typ": "at+jwt"},
    "doubled": b'{"alg":"none","alg":"ES256"}',
    "typ JWT": {"alg": "ES256", "typ": "JWT"},
    "unknown kid": {"alg": "ES256", "kid": "other", "typ": "at+jwt"},
    "kid as a path": {"alg": "ES256", "kid": "../../dev/null"},
    "kid as SQL": {"alg": "ES256", "kid": "x' UNION SELECT 'k'--"},
    "kid as a number": {"alg": "ES256", "kid": 1},
    "jku": {"alg": "ES256", "jku": "http://127.0.0.1:9/keys"},
    "jwk": {"alg": "ES256", "jwk": {"kty": "oct", "k": "AAAA"}},
    "x5u": {"alg": "ES256", "x5u": "http://127.0.0.1:9/"},
    "crit": {"alg": "ES256", "crit": ["exp"]},
    "empty crit": {"alg": "ES256", "crit": []},
    "b64": {"alg": "ES256", "b64": False, "crit": ["b64"]},
    "zip": {"alg": "ES256", "zip": "DEF"},
    "deep": b"[" * 2900,
    "no object": b"1",
}


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_only_headers_that_the_ring_writes_are_read(token, header):
    payload = claims_of(issued(token))
    if isinstance(header, dict):
        header = {"kid": ring().signer.kid, "typ": "at+jwt", **header}
    with pytest.raises(NotOurs):
        verified(signed(payload, header))


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_the_public_key_is_no_secret(token, algorithm):
    public = ring().jwks["keys"][0]
    head = {"alg": algorithm, "kid": ring().signer.kid, "typ": "at+jwt"}
    text = f"{segment(head)}.{segment(claims_of(issued(token)))}"
    mac = pyjwt.PyJWS().get_algorithm_by_name(algorithm)
    for secret in (json.dumps(public).encode(), decoded(public["x"]), b""):
        with pytest.raises(NotOurs):
            verified(f"{text}.{segment(mac.sign(text.encode(), secret))}")


CLAIMS: dict[str, Any] = {
    "wrong iss": {"iss": "http://other.example"},
    "no iss": {"iss": None},
    "aud in a list": {"aud": ["http://localhost/api"]},
    "aud a prefix": {"aud": "http"},
    "wrong use": {"token_use": "refresh"},
    "sub not a string": {"sub": 1},
    "sub of SQL": {"sub": "lgn_' OR 1=1 --AAAAAAAAAA"},
    "token id with NUL": {"token_id": "api_\x00AAAAAAAAAAAAAAAAAAAA"},
    "token id with a line end": {"token_id": "api_AAAAAAAAAAAAAAAAAAAAA\n"},
    "token id too long": {"token_id": "api_" + "A" * 2000},
    "token id a list": {"token_id": []},
    "ids that differ": {"client_id": "api_AAAAAAAAAAAAAAAAAAAAA"},
    "jti short": {"jti": "x"},
    "jti a surrogate": {"jti": "\ud800" * 43},
    "iat a text": {"iat": "1"},
    "iat true": {"iat": True},
    "iat in the future": {"iat": 33_000_000_000},
    "iat absent": {"iat": None},
    "nbf in the future": {"nbf": 33_000_000_000},
    "exp a text": {"exp": "1800000000"},
    "exp a fraction": {"exp": 1.5},
    "exp not a number": {"exp": float("nan")},
    "exp infinite": {"exp": float("inf")},
    "exp huge": {"exp": 10**26},
    "exp negative": {"exp": -1},
    "exp null": {"exp": None},
    "exp true": {"exp": True},
}


def test_the_forger_of_these_tests_can_sign(token):
    payload = claims_of(issued(token))
    assert verified(signed({**payload, "nbf": 1})).token_id == token.public_id


@pytest.mark.parametrize("changed", CLAIMS.values(), ids=CLAIMS.keys())
def test_a_genuine_signature_over_wrong_claims_is_refused(token, changed):
    payload = {**claims_of(issued(token)), **changed}
    with pytest.raises(NotOurs):
        verified(signed(payload))


def test_payloads_that_are_no_plain_object_are_refused(token):
    good = json.dumps(claims_of(issued(token)))
    for payload in (
        good.replace('{"iss"', '{"sub": "x", "iss"', 1).encode(),  # sub twice
        good.encode("utf-16"),
        b"\xef\xbb\xbf" + good.encode(),
        b"\xff" + good.encode(),
        b"[" * 2000,
        b"null",
        good.replace('"iat":', '"iat": 1e400, "x":', 1).encode(),
        good.replace('"iat":', '"exp": ' + "9" * 1500 + ', "iat":', 1).encode(),
    ):
        with pytest.raises(NotOurs):
            verified(signed(payload))


def test_strings_that_are_no_compact_jwt_are_refused(token):
    good = issued(token)
    head, body, signature = good.split(".")
    for text in (
        "", ".", "..", "...", "a.b", f"{head}.{body}", f"{head}.{body}.", f".{body}.{signature}", f"{good}.x",
        f"{good}=", f"{good}==", f"{good} ", f" {good}", f"{good}\n", f"{good}\x00", f"{head}=.{body}.{signature}",
        good.replace("_", "/").replace("-", "+") + "+", json.dumps({"payload": body}), good + "A" * 5000, "ü" + good,
    ):  # fmt: skip
        with pytest.raises(NotOurs):
            verified(text)


def test_the_same_string_and_no_other_is_accepted(token):
    """Every bit of every byte, and every other last character of each part."""
    good = issued(token)
    mutations = {
        good[:n] + chr(ord(good[n]) ^ 1 << bit) + good[n + 1 :] for n in range(0, len(good), 9) for bit in range(7)
    }
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    parts = good.split(".")
    for place in range(3):
        for last in alphabet:
            mutations.add(".".join([*parts[:place], parts[place][:-1] + last, *parts[place + 1 :]]))
    mutations.discard(good)
    assert len(mutations) > 300
    accepted = 0
    for text in mutations:
        try:
            verified(text)
        except NotOurs:
            continue
        accepted += 1
    assert accepted == 0


def test_verified_signatures_are_bounded_and_go_with_the_ring(token, monkeypatch):
    monkeypatch.setattr(verifying, "REMEMBERED_LIMIT", 3)
    for _each in range(5):
        verified(issued(token))
    assert len(ring().verified) <= 3

"""What a JWT says. That nothing else is taken for one is tested in test_one_string.py and test_threats_*.py."""

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
from tokens.jwt import ISSUED_LIMIT, verifying
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


def test_verified_signatures_are_bounded_and_go_with_the_ring(token, monkeypatch):
    monkeypatch.setattr(verifying, "REMEMBERED_LIMIT", 3)
    for _each in range(5):
        verified(issued(token))
    assert len(ring().verified) <= 3

"""Single sign-on attacked: whatever is forged, replayed, of another, broken or slow lets nobody in."""

import base64
import hmac
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.utils import timezone

from accounts.models import IdentityTie, Login
from accounts.sign_on import fetching
from audit.models import Entry
from tests.identity_provider import EC_KEY, OTHER_RSA_KEY, RSA_KEY, IdentityProvider, public_jwk
from tests.signing_on import (
    address_in,
    back,
    is_signed_in,
    provider,  # noqa: F401
    sign_on,
    stored,  # noqa: F401
    sven,  # noqa: F401
    there,
)

pytestmark = pytest.mark.django_db
NOT_VERIFIED = "could not be verified"
BEGIN_AGAIN = "Begin again."


def changed(address: str, **query: str) -> str:
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return parts._replace(query=urlencode({k: v for k, v in {**asked, **query}.items() if v})).geturl()


def lets_nobody_in(client: Client, answer: Any, words: str, status: int = 422) -> None:
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert 'action="/sign-in/sso"' in answer.content.decode()  # the way out
    assert not is_signed_in(client)
    assert not IdentityTie.objects.exists()
    assert not Entry.objects.filter(verb__in=["login.sign_in", "login.link"]).exists()


# --- What comes back with the browser --------------------------------------------------------------------------------


@pytest.mark.parametrize("query", [{"state": "forged"}, {"state": ""}, {"state": "x" * 10_000}, {"state": "\x00é"}])
def test_a_forged_state(client: Client, sven: Login, provider: IdentityProvider, query: dict[str, str]) -> None:
    lets_nobody_in(client, back(client, changed(there(client), **query)), BEGIN_AGAIN)
    assert provider.redeemed == []


def test_another_browser_is_not_signed_in_by_my_answer(client: Client, sven: Login, provider: IdentityProvider) -> None:
    """Login CSRF: the address that somebody else's flow ended with, put under a victim."""
    address, victim = there(client), Client()
    lets_nobody_in(victim, back(victim, address), BEGIN_AGAIN)
    there(victim)
    lets_nobody_in(victim, back(victim, address), BEGIN_AGAIN)
    assert provider.redeemed == []


def test_an_answer_is_good_once(client: Client, sven: Login, provider: IdentityProvider) -> None:
    address = there(client)
    back(client, address)
    assert is_signed_in(client)
    client.post("/sign-out")
    assert BEGIN_AGAIN in back(client, address).content.decode()
    assert not is_signed_in(client)
    assert len(provider.redeemed) == 1


def test_an_answer_that_failed_is_not_tried_again(client: Client, sven: Login, provider: IdentityProvider) -> None:
    address = there(client)
    lets_nobody_in(client, back(client, changed(address, code="another")), "did not take back the code")
    lets_nobody_in(client, back(client, address), BEGIN_AGAIN)


def test_a_code_of_another_flow(client: Client, sven: Login, provider: IdentityProvider) -> None:
    """Code injection: PKCE ties a code to the browser that asked for it."""
    stolen = parse_qs(urlsplit(there(Client())).query)["code"][0]
    answer = back(client, changed(there(client), code=stolen))
    lets_nobody_in(client, answer, "did not take back the code")


@pytest.mark.parametrize("code", ["", "x" * 10_000])
def test_no_code_that_is_one(client: Client, sven: Login, provider: IdentityProvider, code: str) -> None:
    lets_nobody_in(client, back(client, changed(there(client), code=code)), "cannot be right")
    assert provider.redeemed == []


@pytest.mark.parametrize("issuer", ["https://evil.example", ""])
def test_the_answer_of_another_issuer(client: Client, sven: Login, provider: IdentityProvider, issuer: str) -> None:
    """Mix-up (RFC 9207): where the provider says that it names itself, it must."""
    lets_nobody_in(client, back(client, changed(there(client), iss=issuer)), NOT_VERIFIED)
    assert provider.redeemed == []


def test_an_answer_that_comes_late(client: Client, sven: Login) -> None:
    address = there(client)
    with time_machine.travel(timezone.now() + timezone.timedelta(minutes=16), tick=True):
        lets_nobody_in(client, back(client, address), BEGIN_AGAIN)


@pytest.mark.parametrize(
    ("error", "words"),
    [("access_denied", "or you cancelled there"), ("<script>alert(1)</script>\r\nx", "refused to sign you in")],
)
def test_an_error_of_the_provider_is_words(client: Client, sven: Login, error: str, words: str) -> None:
    answer = back(client, changed(there(client), error=error, code=""))
    lets_nobody_in(client, answer, words)
    assert "alert(1)" not in answer.content.decode()


def test_a_provider_that_was_replaced_meanwhile(client: Client, sven: Login, stored: Any) -> None:
    address = there(client)
    stored.delete()
    assert back(client, address).status_code == 422
    assert not is_signed_in(client)


def test_a_foreign_page_begins_no_flow(sven: Login, provider: IdentityProvider) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/sign-in/sso", headers={"origin": "https://evil.example"}).status_code == 403
    assert provider.paths == []


# --- What the ID token says ------------------------------------------------------------------------------------------

BENT_CLAIMS = {
    "nonce of another sign-in": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "nonce that is no text": {"nonce": ["x"]},
    "another audience": {"aud": "another-client"},
    "another party besides": {"aud": ["console:one", "another-client"]},
    "given to another party": {"azp": "another-client"},
    "another issuer": {"iss": "https://evil.example"},
    "the issuer with a slash": {"iss": "SLASH"},
    "expired": {"exp": int(time.time()) - 90},
    "no end": {"exp": None},
    "an end that is none": {"exp": float("inf")},
    "made in the future": {"iat": int(time.time()) + 3600},
    "never made": {"iat": None},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "a subject too long": {"sub": "x" * 256},
    "a subject with NUL": {"sub": "x\x00"},
    "a subject beyond ASCII": {"sub": "é"},
}


@pytest.mark.parametrize("bent", BENT_CLAIMS.values(), ids=BENT_CLAIMS)
def test_a_token_that_says_something_else(
    client: Client, sven: Login, provider: IdentityProvider, bent: dict[str, Any]
) -> None:
    def bend(claims: dict[str, Any]) -> dict[str, Any]:
        said = claims | {name: claims["iss"] + "/" if value == "SLASH" else value for name, value in bent.items()}
        return {name: value for name, value in said.items() if value is not None}

    provider.bend_claims = bend
    lets_nobody_in(client, sign_on(client), NOT_VERIFIED)


def as_none(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, None, algorithm="none", headers={"kid": "rsa"})


def by_the_public_key_as_a_secret(claims: dict[str, Any]) -> str:
    """By hand, as PyJWT makes no such thing."""
    public = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = jwt.encode(claims, "x" * 32, algorithm="HS256", headers={"kid": "rsa"}).rpartition(".")[0]
    seal = base64.urlsafe_b64encode(hmac.digest(public, body.encode(), "sha256"))
    return f"{body}.{seal.rstrip(b'=').decode()}"


def by_the_client_secret(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "a secret & more and longer than it was", algorithm="HS256", headers={"kid": "rsa"})


def by_another_key(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, OTHER_RSA_KEY, algorithm="RS256", headers={"kid": "rsa"})


def by_a_key_of_its_own(claims: dict[str, Any]) -> str:
    header = {"kid": "mine", "jwk": public_jwk(OTHER_RSA_KEY, "mine"), "jku": "https://evil.example/keys"}
    return jwt.encode(claims, OTHER_RSA_KEY, algorithm="RS256", headers=header)


def with_one_byte_changed(claims: dict[str, Any]) -> str:
    head, body, signature = jwt.encode(claims, RSA_KEY, algorithm="RS256", headers={"kid": "rsa"}).split(".")
    return ".".join([head, body, ("B" if signature[0] != "B" else "C") + signature[1:]])


def without_a_name_among_two(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, RSA_KEY, algorithm="RS256")


def of_five_parts(claims: dict[str, Any]) -> str:
    return "a.b.c.d.e"


FORGERIES: list[Callable[[dict[str, Any]], str]] = [
    as_none, by_the_public_key_as_a_secret, by_the_client_secret, by_another_key, by_a_key_of_its_own,
    with_one_byte_changed, without_a_name_among_two, of_five_parts,
]  # fmt: skip


@pytest.mark.parametrize("sign", FORGERIES, ids=lambda sign: sign.__name__)
def test_a_token_that_the_provider_did_not_sign(
    client: Client, sven: Login, provider: IdentityProvider, sign: Callable[[dict[str, Any]], str]
) -> None:
    provider.sign = sign
    lets_nobody_in(client, sign_on(client), NOT_VERIFIED)


def test_a_symmetric_key_among_the_keys_signs_nothing(client: Client, sven: Login, provider: IdentityProvider) -> None:
    provider.keys = [
        {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "rsa", "alg": "HS256"}
    ]
    provider.sign = lambda claims: jwt.encode(
        claims, b"secret-secret-secret-secret-secret", algorithm="HS256", headers={"kid": "rsa"}
    )
    lets_nobody_in(client, sign_on(client), NOT_VERIFIED)


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_a_short_key_signs_nothing(client: Client, sven: Login, provider: IdentityProvider) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505
    provider.keys = [public_jwk(short, "rsa")]
    provider.sign = lambda claims: provider.signed(claims, short)
    lets_nobody_in(client, sign_on(client), NOT_VERIFIED)


def test_a_key_for_encryption_signs_nothing(client: Client, sven: Login, provider: IdentityProvider) -> None:
    provider.keys = [public_jwk(RSA_KEY, "rsa") | {"use": "enc"}]
    lets_nobody_in(client, sign_on(client), NOT_VERIFIED)


@pytest.mark.parametrize("keys", [[], [7], [{"kty": "RSA"}], [public_jwk(RSA_KEY, "rsa")] * 2], ids=len)
def test_no_key_or_two_of_one_name(client: Client, sven: Login, provider: IdentityProvider, keys: list[Any]) -> None:
    provider.keys = keys
    lets_nobody_in(client, sign_on(client), NOT_VERIFIED)


def test_elliptic_curves_are_fine(client: Client, sven: Login, provider: IdentityProvider) -> None:
    """The control: another key and algorithm, both right."""
    provider.sign = lambda claims: provider.signed(claims, EC_KEY, "ES256", "ec")
    assert sign_on(client).status_code == 302
    assert is_signed_in(client)


def test_userinfo_about_somebody_else(client: Client, sven: Login, provider: IdentityProvider) -> None:
    names = {"preferred_username", "email", "email_verified"}
    provider.bend_claims = lambda claims: {n: v for n, v in (claims | {"sub": "person-9"}).items() if n not in names}
    lets_nobody_in(client, sign_on(client), NOT_VERIFIED)


@pytest.mark.parametrize("tokens", [{}, {"id_token": 7}, {"id_token": None}, {"id_token": "x" * 600_000}], ids=str)
def test_no_id_token(client: Client, sven: Login, provider: IdentityProvider, tokens: dict[str, Any]) -> None:
    provider.bend_tokens = lambda _tokens: tokens
    answer = sign_on(client)
    assert answer.status_code == 422
    assert not is_signed_in(client)


# --- A provider that is away, slow or not itself ---------------------------------------------------------------------


def raw(status: int, body: bytes, *, location: str = "") -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        if location:
            handler.send_header("Location", location)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def drops(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            time.sleep(0.05)
    except OSError:
        handler.close_connection = True


def silence(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2)
    handler.close_connection = True


STEPS = ["openid-configuration", "token", "keys"]
ANSWERS = {
    "error": (raw(500, b"{}"), 503),
    "away": (raw(404, b"{}"), 422),
    "page": (raw(200, b"<html>"), 422),
    "list": (raw(200, b"[]"), 422),
    "deep": (raw(200, b"[" * 200_000), 422),
    "not UTF-8": (raw(200, b"\xff\xfe\xfd"), 422),
    "huge": (raw(200, b'{"x": "' + b"x" * 700_000 + b'"}'), 422),
    "silent": (silence, 503),
    "in drops": (drops, 503),
}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("instead", "status"), ANSWERS.values(), ids=ANSWERS)
def test_a_provider_that_is_not_itself(
    client: Client, sven: Login, provider: IdentityProvider, monkeypatch: Any, step: str, instead: Any, status: int
) -> None:
    monkeypatch.setattr(fetching, "READ_SECONDS", 0.4)
    monkeypatch.setattr(fetching, "WHOLE_SECONDS", 0.6)
    began = time.monotonic()
    provider.instead[step] = instead
    answer = client.post("/sign-in/sso") if step == STEPS[0] else sign_on(client)
    assert time.monotonic() - began < 3
    lets_nobody_in(client, answer, "identity provider", status)
    assert client.get("/sign-in").status_code == 200
    until = time.monotonic() + 1
    while fetching.waiting._value < fetching.AT_ONCE and time.monotonic() < until:
        time.sleep(0.02)
    assert fetching.waiting._value == fetching.AT_ONCE  # nothing waits any longer


@pytest.mark.parametrize("step", STEPS)
def test_an_answer_that_is_right_but_too_long(
    client: Client, sven: Login, provider: IdentityProvider, step: str
) -> None:
    padding = {"padding": "x" * 600_000}
    match step:
        case "openid-configuration":
            provider.bend_discovery = lambda said: said | padding
        case "token":
            provider.bend_tokens = lambda tokens: tokens | padding
        case "keys":
            provider.keys.append({"kty": "oct", **padding})
    answer = client.post("/sign-in/sso") if step == STEPS[0] else sign_on(client)
    lets_nobody_in(client, answer, "cannot be right")


def test_nobody_is_there(client: Client, sven: Login, provider: IdentityProvider) -> None:
    provider.server.socket.close()
    provider.server.shutdown()
    lets_nobody_in(client, client.post("/sign-in/sso"), "does not answer", 503)


@pytest.mark.parametrize("step", STEPS)
def test_no_redirect_is_followed(client: Client, sven: Login, provider: IdentityProvider, step: str) -> None:
    """The provider's word would make this server ask any address inside its network."""
    provider.instead[step] = raw(302, b"", location=f"{provider.issuer}/inside")
    if step == STEPS[0]:
        client.post("/sign-in/sso")
    else:
        sign_on(client)
    assert "inside" not in provider.paths
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "bent",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://10.0.0.1/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": "https://user:password@evil.example/"},
        {"jwks_uri": "https://[::1"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": "http://login.example/authorize"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_addresses_that_are_not_https(
    client: Client, sven: Login, provider: IdentityProvider, bent: dict[str, Any]
) -> None:
    provider.bend_discovery = lambda said: said | bent
    lets_nobody_in(client, client.post("/sign-in/sso"), "cannot be right")
    assert provider.paths == ["openid-configuration"]


def test_few_wait_for_a_provider_at_once(
    client: Client, sven: Login, provider: IdentityProvider, monkeypatch: Any
) -> None:
    """Threads that wait would be missing for all others."""
    held = [fetching.waiting.acquire(blocking=False) for _ in range(fetching.AT_ONCE)]
    try:
        assert all(held)
        lets_nobody_in(client, client.post("/sign-in/sso"), "Too many people", 503)
    finally:
        for _ in held:
            fetching.waiting.release()
    assert client.post("/sign-in/sso").status_code == 200


def test_one_address_begins_a_hundred_flows_at_most(
    client: Client, sven: Login, provider: IdentityProvider, monkeypatch: Any
) -> None:
    monkeypatch.setattr("accounts.actions.sign_on.ADDRESS_LIMIT", 2)
    statuses = [client.post("/sign-in/sso").status_code for _ in range(4)]
    assert statuses == [200, 200, 429, 429]
    assert 0 < int(client.post("/sign-in/sso")["Retry-After"]) <= 15 * 60
    assert len(provider.paths) == 2


def test_no_secret_is_logged(client: Client, sven: Login, provider: IdentityProvider, caplog: Any, capfd: Any) -> None:
    import logging

    with caplog.at_level(logging.DEBUG):
        address = there(client)
        provider.bend_claims = lambda claims: claims | {"nonce": "another"}
        back(client, address)
    code = parse_qs(urlsplit(address).query)["code"][0]
    said = caplog.text + "".join(capfd.readouterr())
    assert "single sign-on failed" in said
    for secret in (code, provider.redeemed[0]["code_verifier"], "a secret & more", "a+secret+%26+more"):
        assert secret not in said


def test_the_page_that_goes_there_works_by_itself_and_by_hand(client: Client, sven: Login) -> None:
    page = client.post("/sign-in/sso")
    assert address_in(page).count("state=") == 1
    assert page["Cache-Control"].count("no-store") == 1
    assert page["Referrer-Policy"] == "same-origin"

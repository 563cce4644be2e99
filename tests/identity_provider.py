"""An OpenID provider on loopback, strict where the standards are, which a test bends in one place at a time."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT_ID, CLIENT_SECRET = "console:one", "a secret & more"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
Bend = Callable[[dict[str, Any]], dict[str, Any]]


def public_jwk(key: Any, name: str) -> dict[str, Any]:
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": name, "use": "sig"}


class IdentityProvider:
    """``person`` is who is signed in there; ``claims``, ``sign``, ``discovery``… may be replaced by a test."""

    def __init__(self) -> None:
        self.person: dict[str, Any] = {
            "sub": "person-1", "preferred_username": "sven@demo.example", "email": "sven@demo.example",
            "email_verified": True,
        }  # fmt: skip
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []  # what came to the authorization endpoint
        self.redeemed: list[dict[str, str]] = []  # what came to the token endpoint
        self.paths: list[str] = []
        self.auth_time: int | None = None  # as if the person had signed in then; None: just now
        self.bend_claims: Bend = lambda claims: claims
        self.bend_discovery: Bend = lambda said: said
        self.bend_tokens: Bend = lambda tokens: tokens
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.keys = [public_jwk(RSA_KEY, "rsa"), public_jwk(EC_KEY, "ec")]
        self.instead: dict[str, Callable[[BaseHTTPRequestHandler], None]] = {}  # by path: something else than it does
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True
        self.issuer = f"http://127.0.0.1:{self.server.server_port}/tenant"

    def signed(self, claims: dict[str, Any], key: Any = RSA_KEY, algorithm: str = "RS256", kid: str = "rsa") -> str:
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid})

    def discovery(self) -> dict[str, Any]:
        return self.bend_discovery(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "end_session_endpoint": f"{self.issuer}/logout",
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    def authorize(self, asked: dict[str, str]) -> str:
        """The address that the browser is sent back to."""
        self.asked.append(asked)
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT_ID
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        self.redeemed.append(form)
        given = base64.b64decode(authorization.removeprefix("Basic ")).decode() if authorization else ""
        name, _, secret = given.partition(":")
        name = unquote_plus(name) or form.get("client_id", "")
        secret = unquote_plus(secret) or form.get("client_secret", "")
        if (name, secret) != (CLIENT_ID, CLIENT_SECRET):
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri") or asked["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        id_token = self.sign(self.bend_claims(self.claims(asked)))
        return 200, self.bend_tokens({"access_token": "at", "token_type": "Bearer", "id_token": id_token})

    def claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = int(time.time())
        about = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        when = now if self.auth_time is None or asked.get("prompt") == "login" else self.auth_time
        return {**self.person, **about, "auth_time": when}

    def handler(provider) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            def answer(self, status: int, said: dict[str, Any]) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                name, query = parts.path.rpartition("/")[2], parse_qs(parts.query)
                provider.paths.append(name)
                if name in provider.instead:
                    provider.instead[name](self)
                elif name == "authorize":
                    self.send_response(302)
                    self.send_header("Location", provider.authorize({key: value[0] for key, value in query.items()}))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                elif name == "userinfo":
                    self.answer(200, provider.person)
                else:
                    known = {"openid-configuration": provider.discovery, "keys": lambda: {"keys": provider.keys}}
                    self.answer(200, known[name]()) if name in known else self.answer(404, {})

            def do_POST(self) -> None:
                name = self.path.rpartition("/")[2]
                provider.paths.append(name)
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                form = {key: value[0] for key, value in parse_qs(body).items()}
                if name in provider.instead:
                    provider.instead[name](self)
                else:
                    self.answer(*provider.token(form, self.headers.get("Authorization", "")))

            def log_message(self, *_args: Any) -> None:
                pass

        return Handler


@contextmanager
def running() -> Iterator[IdentityProvider]:
    provider = IdentityProvider()
    thread = threading.Thread(target=provider.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.server.shutdown()
        provider.server.server_close()
        thread.join()

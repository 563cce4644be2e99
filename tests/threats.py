"""What the tests of hostile JWTs share: a token worth stealing, forgers' tools, and what a refusal must look like."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable
from typing import Any

import jwt as pyjwt
from django.test import Client

from accounts.models import Login
from audit.models import Entry
from tests.api_calls import valid_token
from tests.test_jwt import claims_of, segment
from tokens.keys import ring
from tokens.models import AccessToken

CALLS_OF_ONE_ADDRESS = 250  # fewer than an address may fail, so that each string is judged and none is put off
REFUSED = {400, 401}


def on_the_wire(text: str) -> str:
    """As a server hands a header over: bytes one by one (PEP 3333)."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def bearer(text: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": f"Bearer {on_the_wire(text)}"}


class Caller:
    """Calls with one string after the other, from as many addresses as it takes."""

    def __init__(self, headers: Any = bearer, path: str = "/api/meta") -> None:
        self.client = Client(raise_request_exception=False)
        self.headers, self.path, self.count = headers, path, 0

    def call(self, text: str) -> Any:
        self.count += 1
        network = self.count // CALLS_OF_ONE_ADDRESS
        address = f"10.{network >> 8}.{network & 255}.1"
        response = self.client.get(self.path, REMOTE_ADDR=address, **self.headers(text))
        response.close()
        return response


class Target:
    """A token that is valid before the attack, and must be after it."""

    def __init__(self, owner: Login, **values: Any) -> None:
        self.token, self.jwt = valid_token(owner, **values)
        self.caller = Caller()
        self.head, self.payload, self.signature = self.jwt.split(".")
        self.claims = claims_of(self.jwt)
        self.kid = ring().signer.kid

    def header(self, **changed: Any) -> dict[str, Any]:
        """The header that the console writes, with what the forger changes."""
        return {"alg": "ES256", "kid": self.kid, "typ": "at+jwt", **changed}

    def admits(self, text: str) -> bool:
        return bool(self.caller.call(text).status_code == 200)

    def timed(self, text: str) -> tuple[Any, float]:
        """The answer, and the seconds of computing that it took."""
        began = time.thread_time()
        response = self.caller.call(text)
        return response, time.thread_time() - began

    def refuses(self, texts: Iterable[str], *, planted: bool = True, seconds: float | None = None) -> int:
        """Every one of them is refused as a stranger's string; returns how many there were.

        ``planted``: its digest is put into the record first, as if the console had issued it. So what refuses it is
        the look at signature, header and claims alone, and not also that nothing was ever issued in these bytes.
        ``seconds`` of computing is the most that one may cost.
        """
        digest, count = self.digest(self.jwt), 0
        for text in dict.fromkeys(texts):
            assert text != self.jwt
            if planted:
                self.issue_in_record(self.digest(text))
            response, spent = self.timed(text)
            if seconds is not None and spent >= seconds:  # what else the machine does makes computing slower
                spent = min(self.timed(text)[1] for _turn in range(3))
            assert response.status_code in REFUSED, (response.status_code, text[:200])
            self.is_answered_like_a_stranger(response)
            assert seconds is None or spent < seconds, (spent, text[:200])
            count += 1
        self.issue_in_record(digest)
        assert not Entry.objects.filter(result="ok").exists()
        assert self.admits(self.jwt), "the genuine one works no more"
        return count

    def is_answered_like_a_stranger(self, response: Any) -> None:
        body = json.loads(response.content)
        assert response["Content-Type"] == "application/problem+json"
        assert "associates" not in body
        if response.status_code == 401:
            assert "reason" not in body, body
            assert response["WWW-Authenticate"] == 'Bearer realm="Reports API", error="invalid_token"'
        else:
            assert body["reason"] == "invalid_request"

    def digest(self, text: str) -> bytes:
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()

    def issue_in_record(self, digest: bytes) -> None:
        AccessToken.objects.filter(pk=self.token.pk).update(digest=digest)

    def joined(self, header: object, payload: object = None, signature: bytes | str = b"") -> str:
        """Three parts of whatever is given; what is not given is the genuine JWT's."""
        written = signature if isinstance(signature, str) else base64url(signature)
        return f"{segment(header)}.{self.payload if payload is None else segment(payload)}.{written}"

    def keyed(self, header: dict[str, Any], secret: bytes, payload: object = None, algorithm: str = "") -> str:
        """Signed with a shared secret that the forger knows; ``algorithm``: another than the header says."""
        unsigned = self.joined(header, payload).rpartition(".")[0]
        name = algorithm or header["alg"]
        mac = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}[name]
        return f"{unsigned}.{base64url(hmac_of(secret, unsigned, mac))}"

    def signed_by(self, key: Any, header: dict[str, Any], payload: object = None, algorithm: str = "ES256") -> str:
        """Signed with a private key of the forger's own."""
        unsigned = self.joined(header, payload).rpartition(".")[0]
        return f"{unsigned}.{base64url(pyjwt.PyJWS().get_algorithm_by_name(algorithm).sign(unsigned.encode(), key))}"


def hmac_of(secret: bytes, text: str, mac: Any) -> bytes:
    return hmac.new(secret, text.encode(), mac).digest()


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

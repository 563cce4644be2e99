"""Second factors for tests: an authenticator app's codes, recovery codes, and a passkey in software."""

import json
import secrets
import struct
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import sha256
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256

from accounts.factors import passkeys, totp
from accounts.factors.kept import PUBLIC_ID
from accounts.ids import public_id
from accounts.models import Login

PRESENT, VERIFIED, WITH_KEY = 0x01, 0x04, 0x40
RECOVERY_CODES = ["aaaaa-bbbbb", "ccccc-ddddd"]


def give_app(login: Login) -> str:
    """An authenticator app whose codes were never used; returns its secret."""
    secret: str = generate_totp_secret()
    keep(login, "totp", {"secret": totp.kept(secret), "step": 0})
    return secret


def give_codes(login: Login) -> list[str]:
    from accounts.factors.recovery import digest

    salt = secrets.token_hex(16)
    keep(login, "recovery_codes", {"salt": salt, "digests": [digest(code, salt) for code in RECOVERY_CODES]})
    return RECOVERY_CODES


def keep(login: Login, kind: str, kept: dict[str, Any]) -> Authenticator:
    row: Authenticator = Authenticator.objects.create(
        user=login, type=kind, data={PUBLIC_ID: public_id("fac_"), **kept}
    )
    return row


def code_of(secret: str, later: int = 0) -> str:
    """What the app shows now, or so many steps later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // totp.PERIOD + later)))


def wrong_code(secret: str) -> str:
    near = {code_of(secret, later) for later in range(-3, 4)}
    return next(code for code in map("{:06}".format, range(10)) if code not in near)


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


class SoftPasskey:
    """Answers questions as a browser with a passkey does. Whatever it says can be said wrong."""

    def __init__(self, login: Login | None = None, *, count: int = 0) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.id = secrets.token_bytes(16)
        self.handle = login.public_id if login else ""
        self.count = count
        self.public_id = ""  # of its row, once it is set up

    def make(self, question: dict[str, Any], *, origin: str = "", flags: int = PRESENT | VERIFIED) -> str:
        """The answer to the question for a new passkey."""
        options = question["publicKey"]
        self.handle = urlsafe_b64decode(options["user"]["id"] + "==").decode()
        public = cbor.encode(dict(ES256.from_cryptography_key(self.key.public_key())))
        credential = bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        data = self.about(options["rp"]["id"], flags | WITH_KEY) + credential
        attestation = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client("webauthn.create", options["challenge"], origin)
        return self.written({"clientDataJSON": text(client), "attestationObject": text(attestation)})

    def use(
        self, question: dict[str, Any], *, origin: str = "", flags: int = PRESENT | VERIFIED, party: str = ""
    ) -> str:
        """The answer to the question for a passkey."""
        options = question["publicKey"]
        self.count += 1 if self.count else 0
        data = self.about(party or options["rpId"], flags)
        client = self.client("webauthn.get", options["challenge"], origin)
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(SHA256()))
        return self.written(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(signature),
                "userHandle": text(self.handle.encode()),
            }
        )

    def about(self, party: str, flags: int) -> bytes:
        return sha256(party.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin or passkeys.origin()}).encode()

    def written(self, response: dict[str, str]) -> str:
        told = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
        return json.dumps({**told, "clientExtensionResults": {}})


def give_passkey(login: Login, *, count: int = 0, name: str = "Laptop") -> SoftPasskey:
    """A passkey of the login, as if it had been set up."""
    passkey, session = SoftPasskey(count=count), {}
    answer = passkey.make(passkeys.ask_to_add(session, login, []))  # type: ignore[arg-type]  # a dict does
    made = passkeys.made(passkeys.take(session, passkeys.ADD, login), answer)  # type: ignore[arg-type]  # the same
    assert made.credential_data
    credential = passkeys.kept(made.credential_data)
    row = keep(login, "webauthn", {"name": name, "credential": credential, "count": made.counter})
    passkey.public_id = row.data[PUBLIC_ID]
    return passkey

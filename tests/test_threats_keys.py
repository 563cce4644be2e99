"""Weak, wrong, foreign and changing signing keys: none of them starts the console, or is trusted after it is gone."""

import json
import os
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519

from audit.kept_files import KeptFileRefused
from tests.test_jwt_keys import folder, pem, write  # noqa: F401
from tests.threats import Target
from tokens import keys
from tokens.keys import add_key, ring

pytestmark = pytest.mark.django_db(transaction=True)


def jwk(**members: Any) -> bytes:
    key = pyjwt.algorithms.ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    return json.dumps({**key, **members}).encode()


WEAK_KEYS = {
    "A21 readable by others": ("1.pem", pem(ec.generate_private_key(ec.SECP256R1())), 0o644),
    "A21 another curve": ("1.pem", pem(ec.generate_private_key(ec.SECP384R1())), 0o600),
    "A21 another kind": ("1.pem", pem(rsa.generate_private_key(65537, 2048)), 0o600),
    "A21 rubbish": ("1.pem", b"rubbish", 0o600),
    "A21 empty": ("1.hs512", b"", 0o600),
    "A21 short": ("1.hs512", os.urandom(63), 0o600),
    "A21 zeros": ("1.hs512", bytes(64), 0o600),
    "A21 one word again and again": ("1.hs512", b"secret" * 20, 0o600),
    "A21 an example": ("1.hs512", b"your-256-bit-secret", 0o600),
    "A22 the key of something else": ("1.hs512", pem(ed25519.Ed25519PrivateKey.generate()), 0o600),
    "A22 the ledger's key": ("1.pem", pem(ed25519.Ed25519PrivateKey.generate()), 0o600),
    "A24 for encryption": ("1.pem", pem(x25519.X25519PrivateKey.generate()), 0o600),
    "A24 use enc": ("1.pem", jwk(use="enc"), 0o600),
    "A24 no verify among key_ops": ("1.pem", jwk(key_ops=["encrypt"]), 0o600),
    "A24 a public key": (
        "1.pem",
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        0o600,
    ),
}


@pytest.mark.parametrize(("name", "content", "mode"), WEAK_KEYS.values(), ids=WEAK_KEYS.keys())
def test_a_weak_or_wrong_key_stops_the_start(folder, name, content, mode):
    write(folder, name, content, mode)
    with pytest.raises(KeptFileRefused):
        ring()


def test_a22_the_secret_key_is_no_signing_key(folder, settings):
    settings.SECRET_KEY = "x0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz"
    write(folder, "1.hs512", settings.SECRET_KEY.encode())
    with pytest.raises(KeptFileRefused):
        ring()


def test_a22_a_jwt_of_another_console_is_a_strangers(settings, tmp_path, olivia):
    settings.DATA_DIR = tmp_path / "a"
    theirs = Target(olivia).jwt
    settings.DATA_DIR = tmp_path / "b"
    assert Target(olivia).refuses([theirs]) == 1


def test_a25_keys_take_turns(folder, monkeypatch, olivia):
    monkeypatch.setattr(keys, "LOOK_EVERY_SECONDS", 0)
    older = Target(olivia)
    (first,) = folder.iterdir()
    add_key(folder, "ES256")
    newer = Target(olivia)
    assert newer.kid != older.kid
    assert {key["kid"] for key in ring().jwks["keys"]} == {older.kid, newer.kid}
    assert older.admits(older.jwt)
    assert newer.admits(newer.jwt)
    first.unlink()
    assert not older.admits(older.jwt)
    assert newer.admits(newer.jwt)
    assert {key["kid"] for key in ring().jwks["keys"]} == {newer.kid}

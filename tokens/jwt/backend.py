"""Signs JWTs with the ring's newest key, and reads back only what a key of the ring has signed."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import jwt as pyjwt
import orjson
from jwt.utils import base64url_encode
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import TokenBackendError

from tokens.key_files import Key
from tokens.keys import Ring, ring, ring_for_unknown_key

LENGTH_LIMIT = 4096  # what is looked at at all; what is issued is much shorter

_COMPACT = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


class RingBackend(TokenBackend):
    """Signs with the ring's newest key; verifies with the key, and so the one algorithm, that the header names.

    The header is never interpreted: it must be, byte for byte, one that a key of the ring writes. That refuses every
    other ``alg``, unknown ``kid``, ``crit``, ``jku``, ``jwk``, ``x5u``, ``b64``, ``zip`` and doubled member at once
    (RFC 8725, 3.1 to 3.11). A release that writes other headers must go on reading these.
    """

    def __init__(self) -> None:
        super().__init__("ES256")  # the base insists on one; the ring's keys decide

    def header(self, key: Key) -> bytes:
        """The header segment of what this backend signs with the key."""
        return key.header

    def keys(self, of: Ring) -> Mapping[bytes, Key]:
        """The keys by those segments: a JWT that was made for another purpose is not found."""
        return of.by_header

    def audience_of(self, of: Ring) -> str:
        return of.audience

    def encode(self, payload: dict[str, Any]) -> str:
        keys = ring()
        claims = {"iss": keys.issuer, "aud": self.audience_of(keys), **payload}
        signed = self.header(keys.signer) + b"." + base64url_encode(orjson.dumps(claims))
        algorithm = pyjwt.PyJWS().get_algorithm_by_name(keys.signer.algorithm)
        return (signed + b"." + base64url_encode(algorithm.sign(signed, keys.signer.signing))).decode()

    def decode(self, token: Any, verify: bool = True) -> dict[str, Any]:
        """The claims of a genuine JWT of this console. Raises ``TokenBackendError``; the clock is not asked here."""
        if not verify:
            raise TokenBackendError("A JWT is verified or not read at all")
        if len(token) > LENGTH_LIMIT or _COMPACT.fullmatch(token) is None:
            raise TokenBackendError("No compact JWT")
        header = token.partition(b".")[0]
        key = self.keys(ring()).get(header) or self.keys(ring_for_unknown_key()).get(header)
        if key is None:
            raise TokenBackendError("No header of ours")
        try:
            content = pyjwt.PyJWS(algorithms=[key.algorithm], options={"enforce_minimum_key_length": True}).decode(
                token, key.verifying, algorithms=[key.algorithm]
            )
            return _strict_json(content)
        except (pyjwt.InvalidTokenError, ValueError, RecursionError) as error:
            raise TokenBackendError("Not genuine") from error


class RefreshBackend(RingBackend):
    """The same keys under a header and an audience of their own: nothing that takes access tokens takes these."""

    def header(self, key: Key) -> bytes:
        return key.refresh_header

    def keys(self, of: Ring) -> Mapping[bytes, Key]:
        return of.by_refresh_header

    def audience_of(self, of: Ring) -> str:
        return of.refresh_audience


RING, REFRESH_RING = RingBackend(), RefreshBackend()


def _strict_json(content: bytes) -> dict[str, Any]:
    """A JSON object in UTF-8, each name once, numbers whole. Raises ``ValueError``."""
    found = json.loads(
        content.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_refuse_number, parse_float=_refuse_number
    )
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004  # one error for everything that is no such text
    return found


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member twice")
    return found


def _refuse_number(written: str) -> None:
    raise ValueError("no whole number")

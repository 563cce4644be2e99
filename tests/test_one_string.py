"""Exactly one string is accepted for one issued JWT, whatever a library makes of another (RFC 7515, 2; RFC 8725, 3)."""

import base64
import hashlib
import http.client
import json
import random
import re
import string
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlsplit

import jwt as pyjwt
import pytest

from accounts.models import Attempts
from audit.actor import Actor
from audit.models import Entry
from tests.api_calls import valid_token
from tests.test_jwt import decoded, segment
from tests.threats import CALLS_OF_ONE_ADDRESS, REFUSED, Caller, bearer, on_the_wire
from tokens import admission
from tokens.actions import mobile
from tokens.jwt import Claims, NotOurs
from tokens.keys import ring

pytestmark = pytest.mark.django_db(transaction=True)

ALPHABET = string.ascii_letters + string.digits + "-_"
BLANKS = [" ", "\t", "\n", "\r", "\r\n", "\x0b", "\x0c", "\x00", "\x85", "\xa0", "\u2003", "\u200b", "\u2060", "\ufeff"]


def mutations(jwt: str, count: int) -> list[str]:
    """``count`` different strings that are nearly the JWT: every systematic one, then random ones, always the same."""
    found = dict.fromkeys(systematic(jwt))
    chance = random.Random(7515)  # noqa: S311  # the same strings every time, and no secret
    while len(found) <= count:
        found[scrambled(jwt, chance)] = None
    found.pop(jwt, None)
    kept = list(found)[:count]
    assert len(kept) == count
    return kept


def systematic(jwt: str) -> Iterator[str]:
    """The most interesting first: what a lenient decoder would take for the same JWT."""
    yield from same_to_a_lenient_decoder(jwt)
    yield from dots_and_parts(jwt)
    yield from in_other_characters(jwt)
    for place, character in enumerate(jwt):
        before, after = jwt[:place], jwt[place + 1 :]
        yield before + after
        yield before + character + character + after
        yield before + character.swapcase() + after
        yield before + f"%{ord(character):02X}" + after
        yield before + f"\\u{ord(character):04x}" + after
        yield before + after[:1] + character + after[1:]
        for bit in range(8):
            yield before + chr(ord(character) ^ 1 << bit) + after


def same_to_a_lenient_decoder(jwt: str) -> Iterator[str]:
    parts = jwt.split(".")
    for place, part in enumerate(parts):
        for other in same_part_to_a_lenient_decoder(part):
            yield joined(parts, place, other)
    for place in (0, 1):
        for raw in same_json(decoded(parts[place])):
            yield joined(parts, place, segment(raw))


def same_part_to_a_lenient_decoder(part: str) -> Iterator[str]:
    yield from (part + pad for pad in ("=", "==", "===", "====", "%3D", "%3d%3d", "A", "AA", "AAA", "AAAA"))
    yield from (part[:-1] + last for last in ALPHABET)  # the spare bits of the last character say nothing
    yield part.replace("-", "+").replace("_", "/")
    for sign, other in (("-", "+"), ("_", "/"), ("-", "%2B"), ("_", "%2F"), ("-", "~"), ("_", ",")):
        yield from (part[:at] + other + part[at + 1 :] for at, character in enumerate(part) if character == sign)
    for blank in BLANKS:
        yield from (part[:at] + blank + part[at:] for at in (0, 1, len(part) // 2, len(part) - 1, len(part)))
    half = len(part) // 2
    yield from (part[:half] + ignored + part[half:] for ignored in "!*?#'\"(-_;\x7f\x80\xff")


def same_json(content: bytes) -> Iterator[bytes]:
    """The same JSON in other words, under the old signature."""
    said = json.loads(content)
    yield from (b" " + content, content + b"\n", b"\xef\xbb\xbf" + content)
    for other, style in (
        (said, {}), (said, {"indent": 1}), (said, {"sort_keys": True}),
        (dict(reversed(said.items())), {"separators": (",", ":")}), ({**said, "x": 1}, {"separators": (",", ":")}),
    ):  # fmt: skip
        yield json.dumps(other, **style).encode()


def dots_and_parts(jwt: str) -> Iterator[str]:
    head, body, signature = jwt.split(".")
    yield from (f".{jwt}", f"{jwt}.", f"..{jwt}", f"{jwt}..", jwt.replace(".", ".."), jwt.replace(".", ""))
    yield from (jwt.replace(".", other) for other in (",", ":", "\u3002", "\uff0e", "\u2024", "%2E", "\xb7", " ", "|"))
    yield from (jwt + jwt, f"{jwt}.{jwt}", f"{jwt} {jwt}", f"{jwt},{jwt}", f"{jwt}, Bearer {jwt}", f"{jwt};{jwt}")
    for parts in (
        (head, body), (head, body, ""), ("", body, signature), (head, "", signature), (body, head, signature),
        (head, signature, body), (head, head, signature), (head, body, body), (head, body, signature, signature),
        (head, head, body, signature), (head, "", body, "", signature), (signature,), (head,), ("", "", ""),
    ):  # fmt: skip
        yield ".".join(parts)
    yield from (f"{head}.{body}.{other}" for other in ("AA", "A" * 86, "0" * 86, signature * 2, signature[::-1]))
    yield json.dumps({"protected": head, "payload": body, "signature": signature})
    yield from (
        f'"{jwt}"',
        f"'{jwt}'",
        f"<{jwt}>",
        f"Bearer {jwt}",
        f"JWT {jwt}",
        f"token={jwt}",
        f"{jwt}#",
        f"{jwt}?x",
    )


def in_other_characters(jwt: str) -> Iterator[str]:
    yield from (jwt.upper(), jwt.lower(), jwt.swapcase(), jwt[::-1], jwt.encode().hex())
    yield "".join(f"%{ord(character):02X}" for character in jwt)
    yield "".join(chr(ord(character) + 0xFEE0) if character.isalnum() else character for character in jwt)
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-7"):
        yield jwt.encode(codec).decode("latin-1")
    for place in range(0, len(jwt), 3):
        character = jwt[place]
        if character.isalnum():
            for other in (
                chr(ord(character) + 0xFEE0),
                character + "\u0301",
                character + "\ufe0f",
                chr(ord(character) + 128),
            ):
                yield jwt[:place] + other + jwt[place + 1 :]
    yield base64.b64encode(jwt.encode()).decode()
    yield base64.urlsafe_b64encode(jwt.encode()).decode()


def scrambled(jwt: str, chance: random.Random) -> str:
    """One to three characters in other places, replaced, added or gone."""
    text = jwt
    for _each in range(chance.randint(1, 3)):
        place = chance.randrange(len(text))
        other = chance.choice(ALPHABET + "=.+/ %")
        text = chance.choice(
            (
                text[:place] + other + text[place + 1 :],
                text[:place] + other + text[place:],
                text[:place] + text[place + 1 :],
            )
        )
    return text


def joined(parts: list[str], place: int, other: str) -> str:
    return ".".join([*parts[:place], other, *parts[place + 1 :]])


def two_headers(text: str) -> dict[str, str]:
    return {"HTTP_AUTH_TOKEN": on_the_wire(text)}


def basic(text: str) -> dict[str, str]:
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(f"anybody:{text}".encode()).decode()}


def refused(caller: Caller, jwt: str, count: int) -> None:
    assert caller.call(jwt).status_code == 200
    before = Entry.objects.filter(result="ok").count()
    statuses = Counter(caller.call(text).status_code for text in mutations(jwt, count))
    assert set(statuses) <= REFUSED, statuses
    assert Entry.objects.filter(result="ok").count() == before
    assert caller.call(jwt).status_code == 200


FEW_AND_MANY = pytest.mark.parametrize("count", [500, pytest.param(10_000, marks=pytest.mark.long)])


@FEW_AND_MANY
def test_as_a_bearer_token(olivia, count):
    _token, jwt = valid_token(olivia)
    refused(Caller(bearer), jwt, count)


@FEW_AND_MANY
def test_as_the_password_of_basic(olivia, count):
    _token, jwt = valid_token(olivia)
    refused(Caller(basic), jwt, count)


@FEW_AND_MANY
def test_beside_a_tenant_id(olivia, count):
    _token, jwt = valid_token(olivia)
    tenant = {"HTTP_AUTH_TENANT_ID": str(olivia.organisation_id)}
    refused(Caller(lambda text: {**two_headers(text), **tenant}), jwt, count)


@FEW_AND_MANY
def test_as_the_access_jwt_of_a_mobile_session(olivia, count):
    pair = min(olivia.pairs, key=str)
    opened = mobile.begin(login=olivia, device="Telephone", pair=pair, by=Actor(label="", channel="api"))
    refused(Caller(bearer), opened.access, count)


@FEW_AND_MANY
def test_as_the_refresh_jwt_of_a_mobile_session(olivia, count):
    """Refreshed with nearly the same string, a session neither goes on nor ends."""
    opened = mobile.begin(login=olivia, device="Telephone", pair=None, by=Actor(label="", channel="api"))
    caller = Caller()
    for number, text in enumerate(mutations(opened.refresh, count)):
        body = json.dumps({"refresh": text.encode("utf-8", "replace").decode()})
        address = f"10.0.{number // CALLS_OF_ONE_ADDRESS}.1"
        response = caller.client.post("/api/mobile/refresh", body, content_type="application/json", REMOTE_ADDR=address)
        assert response.status_code == 401, text
    assert olivia.mobile_sessions.get().ended_at is None
    last = caller.client.post(
        "/api/mobile/refresh", json.dumps({"refresh": opened.refresh}), content_type="application/json"
    )
    assert last.status_code == 200


@pytest.mark.long
def test_through_a_real_server(serve_console, olivia):
    """A header's own blanks around it are no part of its value (RFC 9110, 5.5), so those are left out."""
    _token, jwt = valid_token(olivia)
    peer = http.client.HTTPConnection(urlsplit(serve_console.url).netloc, timeout=20)
    counts: Counter[int] = Counter()
    for text in mutations(jwt, 3_000):
        value = f"Bearer {on_the_wire(text)}"
        if value.strip() != value or re.search(r"[\x00-\x08\x0a-\x1f\x7f]", value):
            continue  # no header at all: tested byte by byte in test_api_refusals_served.py
        Attempts.objects.all().delete()
        peer.putrequest("GET", "/api/meta")
        peer.putheader("Authorization", value.encode("latin-1"))
        peer.endheaders()
        response = peer.getresponse()
        response.read()
        counts[response.status] += 1
    assert set(counts) <= REFUSED, counts
    assert counts.total() > 2_500
    assert not Entry.objects.filter(result="ok").exists()


def test_a_lenient_console_would_be_found_out(olivia, monkeypatch):
    """The control: a library alone, and a record that is found by the token's id, take more than one string."""
    _token, jwt = valid_token(olivia)
    key, issued = ring().signer.verifying, hashlib.sha256(jwt.encode())

    class ForAnyString:
        sha256 = staticmethod(lambda _text: issued)

    def read_by_a_library(text: bytes, _sha256: bytes) -> Claims:
        try:
            claims = pyjwt.decode(text, key, algorithms=["ES256"], audience=ring().audience)
        except pyjwt.InvalidTokenError as error:
            raise NotOurs from error
        return Claims(claims["token_id"], claims["sub"], claims.get("exp"))

    monkeypatch.setattr(admission, "verified", read_by_a_library)
    monkeypatch.setattr(admission, "hashlib", ForAnyString)
    with pytest.raises(AssertionError, match="200"):
        refused(Caller(bearer), jwt, 1_000)

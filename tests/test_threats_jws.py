"""Hostile JWTs, by the ways in which the syntax and cryptography of a JWS were attacked: none gets in, none is a 5xx.

Each string is put into the token's record as if it had been issued (tests/threats.py), so that it is refused for what
it is. Weak, wrong and changing keys (A21, A22, A24, A25): tests/test_threats_keys.py.
"""

import base64
import itertools
import json
import os
import re
import socket
import statistics
import string
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt as pyjwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from audit.models import Entry
from tests.api_calls import make_valid
from tests.servers import ServedConsole
from tests.test_api_refusals_served import raw
from tests.test_jwt import decoded, segment, signed, verified
from tests.test_jwt_keys import folder, pem, write  # noqa: F401
from tests.test_one_string import dots_and_parts, same_to_a_lenient_decoder
from tests.threats import Target, base64url
from tokens import admission
from tokens.jwt import Claims, NotOurs
from tokens.keys import ring

pytestmark = pytest.mark.django_db(transaction=True)

ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
PUBLIC = serialization.PublicFormat
Strings = Iterator[str]


def in_all_cases(word: str) -> list[str]:
    return ["".join(letters) for letters in itertools.product(*zip(word.lower(), word.upper(), strict=True))]


def a01_no_algorithm(target: Target) -> Strings:
    for header in ({"alg": "none"}, {"alg": "none", "typ": "JWT"}, target.header(alg="none")):
        yield target.joined(header)
        yield target.joined(header, signature=target.signature)
        yield target.joined(header, {**target.claims, "scope": "api:token:manage"})


def a02_no_algorithm_in_other_letters(target: Target) -> Strings:
    for name in [*in_all_cases("none"), "none ", " none", "none\u0000", "n\u043ene", "", "null"]:
        yield target.joined(target.header(alg=name))
        yield target.joined(target.header(alg=name), signature="AA")
        yield signed(target.claims, target.header(alg=name))


def a03_without_a_signature(target: Target) -> Strings:
    yield f"{target.head}.{target.payload}"
    yield f"{target.head}.{target.payload}."
    yield f"{target.head}.{target.payload}.."


def a04_the_public_key_as_a_secret(target: Target) -> Strings:
    public = ring().signer.verifying
    listed = ring().jwks["keys"][0]
    pem = public.public_bytes(serialization.Encoding.PEM, PUBLIC.SubjectPublicKeyInfo)
    secrets = [
        pem, pem.rstrip(b"\n"), pem.replace(b"\n", b"\r\n"), base64.b64encode(pem), b"".join(pem.split(b"\n")[1:-2]),
        public.public_bytes(serialization.Encoding.DER, PUBLIC.SubjectPublicKeyInfo),
        public.public_bytes(serialization.Encoding.X962, PUBLIC.UncompressedPoint),
        public.public_bytes(serialization.Encoding.X962, PUBLIC.CompressedPoint),
        json.dumps(listed).encode(), json.dumps(ring().jwks).encode(), decoded(listed["x"]), listed["x"].encode(),
        target.kid.encode(), b"", bytes(32), b"secret",
    ]  # fmt: skip
    for name in ("HS256", "HS384", "HS512"):
        for secret in secrets:
            yield target.keyed(target.header(alg=name), secret)
            yield target.keyed({"alg": name, "typ": "JWT"}, secret)
            yield target.keyed(target.header(), secret, algorithm=name)


def a05_another_algorithm_of_the_family(target: Target) -> Strings:
    """The test of HS512 below has the other family."""
    own = ring().signer.signing
    for name in ("ES384", "ES512", "ES256K", "PS256", "RS256", "EdDSA", "Ed25519"):
        yield signed(target.claims, target.header(alg=name))
    for name, curve in (("ES384", ec.SECP384R1()), ("ES512", ec.SECP521R1()), ("ES256K", ec.SECP256K1())):
        key = ec.generate_private_key(curve)
        yield target.signed_by(key, target.header(alg=name), algorithm=name)
        yield target.signed_by(key, target.header(), algorithm=name)
    yield target.signed_by(ed25519.Ed25519PrivateKey.generate(), target.header(alg="EdDSA"), algorithm="EdDSA")
    yield target.signed_by(rsa.generate_private_key(65537, 2048), target.header(alg="RS256"), algorithm="RS256")
    yield target.signed_by(ec.generate_private_key(ec.SECP256R1()), target.header())
    yield target.signed_by(own, {"alg": "ES256"})  # the right key under a header of another console


def a06_an_algorithm_that_is_no_text(target: Target) -> Strings:
    rest = f'"kid":"{target.kid}","typ":"at+jwt"'
    for alg in (["ES256"], {"ES256": 1}, 256, True, None, 1.5, ["none"], []):
        yield signed(target.claims, target.header(alg=alg))
    yield signed(target.claims, {"kid": target.kid, "typ": "at+jwt"})
    yield signed(target.claims, {})
    for one, other in (("none", "ES256"), ("ES256", "none"), ("HS256", "ES256"), ("ES256", "ES256")):
        yield signed(target.claims, f'{{"alg":"{one}","alg":"{other}",{rest}}}'.encode())


def a07_an_algorithm_in_other_letters(target: Target) -> Strings:
    for name in ("es256", "Es256", "ES256 ", " ES256", "ES256\n", "ES256\u0000", "\uff25S256", "ES-256", "ES0256"):
        yield signed(target.claims, target.header(alg=name))


def a08_a_key_id_that_is_a_path(target: Target) -> Strings:
    for path in ("../../../../dev/null", "/dev/null", "/proc/self/environ", "file:///dev/null", "..\\..\\nul", "."):
        yield target.keyed(target.header(alg="HS256", kid=path), b"")
        yield signed(target.claims, target.header(kid=path))


def a09_a_key_id_that_is_sql(target: Target) -> Strings:
    for words in (
        "x' UNION SELECT 'k'--",
        "' OR 1=1 --",
        "x\" UNION SELECT 'k",
        "x'; DROP TABLE tokens_accesstoken;--",
    ):
        yield target.keyed(target.header(alg="HS256", kid=words), b"k")
        yield signed(target.claims, target.header(kid=words))


def a10_a_key_id_of_any_other_kind(target: Target) -> Strings:
    for kid in (
        "| sleep 10", "$(sleep 10)", "*)(uid=*", "a\r\nlevel=error event=forged", "\u0000", f"{target.kid}\u0000",
        "k" * 1500, "k" * 65536, 1, None, True, [], [target.kid], {"kid": target.kid}, "", "unknown",
        target.kid.lower(), f" {target.kid}", "\ud800",
    ):  # fmt: skip
        yield signed(target.claims, target.header(kid=kid))


def a11_a_key_from_elsewhere(target: Target, port: int = 9) -> Strings:
    """Signed with the forger's key, which the header carries or says where to fetch."""
    key = ec.generate_private_key(ec.SECP256R1())
    public = pyjwt.algorithms.ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    url = f"http://127.0.0.1:{port}/keys"
    certificate = base64.b64encode(os.urandom(300)).decode()
    for more in (
        {"jku": url}, {"x5u": url}, {"jku": url, "kid": "mine"}, {"jwk": public},
        {"jwk": {**public, "kid": target.kid}},
        {"x5c": [certificate]}, {"x5t": "AA", "x5t#S256": "AA"}, {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"iss": url, "jku": url, "x5u": url}, {"jku": "file:///etc/passwd"},
    ):  # fmt: skip
        yield target.signed_by(key, target.header(**more))
        yield signed(target.claims, target.header(**more))


def a12_what_must_be_understood(target: Target) -> Strings:
    for crit in (["exp"], ["unknown"], [], "exp", ["b64"], [1], {}, None, ["alg"], ["exp", "exp"]):
        yield signed(target.claims, target.header(crit=crit, exp=1, unknown=1))
        yield signed(target.claims, target.header(crit=crit))


def a13_an_unencoded_payload(target: Target) -> Strings:
    for more in ({"b64": False}, {"b64": False, "crit": ["b64"]}, {"b64": True, "crit": ["b64"]}, {"b64": "false"}):
        yield signed(target.claims, target.header(**more))
        head = segment(target.header(**more))
        plain = json.dumps(target.claims)
        own = pyjwt.PyJWS().get_algorithm_by_name("ES256").sign(f"{head}.{plain}".encode(), ring().signer.signing)
        yield f"{head}.{plain}.{base64url(own)}"
        yield f"{head}..{base64url(own)}"


def a14_encrypted_nested_and_packed(target: Target) -> Strings:
    jwe = [segment({"alg": "dir", "enc": "A256GCM", "kid": target.kid}), "", base64url(bytes(12)), "AAAA", "AAAA"]
    yield ".".join(jwe)
    yield ".".join([segment({"alg": "PBES2-HS512+A256KW", "p2c": 10**9, "p2s": "AAAA", "enc": "A256GCM"}), *jwe[1:]])
    yield ".".join([target.head, target.payload, *jwe[2:]])
    yield signed(target.jwt.encode(), target.header(cty="JWT"))
    yield signed(json.dumps(target.jwt).encode(), target.header(cty="JWT"))
    yield signed(target.jwt.encode())
    bomb = zlib.compress(b" " * 10_000_000, 9)
    yield signed(bomb[:2000], target.header(zip="DEF"))
    yield signed(bomb, target.header(zip="DEF"))
    yield signed(zlib.compress(json.dumps(target.claims).encode())[2:-4], target.header(zip="DEF"))
    yield signed(target.claims, target.header(p2c=10**9, p2s="AAAA"))


def a15_json_in_place_of_three_parts(target: Target) -> Strings:
    flat = {"protected": target.head, "payload": target.payload, "signature": target.signature}
    general = {"payload": target.payload, "signatures": [{"protected": target.head, "signature": target.signature}]}
    for body in (flat, general, {**flat, "header": {"alg": "none"}}):
        yield json.dumps(body)
        yield json.dumps(body, separators=(",", ":"))
        yield base64url(json.dumps(body).encode())
        yield f"{target.jwt}.{json.dumps(body)}"
        yield f"{json.dumps(body)}.{target.jwt}"


def a16_other_last_characters(target: Target) -> Strings:
    parts = target.jwt.split(".")
    for place, last in itertools.product(range(3), string.ascii_letters + string.digits + "-_"):
        if (text := ".".join([*parts[:place], parts[place][:-1] + last, *parts[place + 1 :]])) != target.jwt:
            yield text


def a17_padding(target: Target) -> Strings:
    parts = target.jwt.split(".")
    for place, pad in itertools.product(range(3), ("=", "==", "===", "====", "%3D", "%3D%3D", "= =", "=\n")):
        yield ".".join([*parts[:place], parts[place] + pad, *parts[place + 1 :]])


def a18_other_alphabets_and_blanks(target: Target) -> Strings:
    yield from (text for text in same_to_a_lenient_decoder(target.jwt) if text != target.jwt)


def a19_other_numbers_of_parts(target: Target) -> Strings:
    yield from dots_and_parts(target.jwt)
    yield from ("a", "a.b", "a.b.c", "a.b.c.d", ".", "..", "...", "." * 1000, "a..b", "e30.e30.e30")


def a20_one_bit_flipped(target: Target, bits: tuple[int, ...] = (0,)) -> Strings:
    parts = [decoded(part) for part in target.jwt.split(".")]
    for place, content in enumerate(parts):
        for at, bit in itertools.product(range(len(content)), bits):
            flipped = bytearray(content)
            flipped[at] ^= 1 << ((at + bit) % 8)
            yield ".".join(base64url(bytes(flipped) if n == place else part) for n, part in enumerate(parts))


def a23_signatures_that_are_no_points(target: Target) -> Strings:
    unsigned = f"{target.head}.{target.payload}"
    raw_signature = decoded(target.signature)
    r, s = int.from_bytes(raw_signature[:32], "big"), int.from_bytes(raw_signature[32:], "big")
    for one, other in (
        (0, 0), (0, s), (r, 0), (ORDER_OF_P256, s), (r, ORDER_OF_P256), (0, 1), (1, 0), (1, 1),
        (ORDER_OF_P256, ORDER_OF_P256), (r, ORDER_OF_P256 - s), (2**256 - 1, 2**256 - 1), (s, r),
    ):  # fmt: skip
        if (one, other) != (r, ORDER_OF_P256 - s):
            yield f"{unsigned}.{base64url(one.to_bytes(32, 'big') + other.to_bytes(32, 'big'))}"
    yield f"{unsigned}.{base64url(encode_dss_signature(r, s))}"
    assert decode_dss_signature(encode_dss_signature(r, s)) == (r, s)
    for size in (0, 1, 32, 63, 65, 96, 128, 2000):
        yield f"{unsigned}.{base64url(bytes(size))}" if size else f"{unsigned}."
    yield f"{unsigned}.{base64url(raw_signature + bytes(1))}"
    yield f"{unsigned}.{base64url(bytes(1) + raw_signature)}"
    yield f"{unsigned}.{base64url(raw_signature[:32])}"


def a26_deep_json(target: Target) -> Strings:
    for levels in (100_000, 1_400):  # beyond, and just within, what is looked at at all
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = opening * (levels // len(opening)) + b"1" + closing * (levels // len(opening))
            yield signed(deep)
            yield signed(opening * (levels // len(opening)))
            yield signed(target.claims, deep)
    yield signed(json.dumps(target.claims)[:-1].encode() + b',"deep":' + b"[" * 100_000 + b"]" * 100_000 + b"}")


def a28_other_encodings(target: Target) -> Strings:
    text = json.dumps(target.claims)
    for codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"):
        yield signed(text.encode(codec))
    yield signed(b"\xff" + text.encode())
    yield signed(text.replace("api:meta:read", "\xff").encode("latin-1"))
    yield signed(text.encode()[:-1] + b',"x":"\xed\xa0\x80"}')
    for name in ("sub", "token_id", "id", "client_id", "jti", "iss", "aud", "token_use"):
        for value in (
            "\u0000",
            f"{target.claims[name]}\u0000",
            "\ud800",
            f"{target.claims[name]}\udfff",
            "\u0000" * 43,
        ):
            yield signed({**target.claims, name: value})


ATTACKS: dict[str, Callable[..., Strings]] = {
    function.__name__[:3].upper() + " " + function.__name__[4:].replace("_", " "): function
    for function in list(globals().values())
    if callable(function) and re.match(r"a\d\d_", getattr(function, "__name__", ""))
}
CHEAP = {"A14", "A26"}  # what is made to cost much: 50 ms at most


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_none_gets_in(attack, olivia):
    target = Target(olivia)
    bound = 0.05 if attack.__name__[:3].upper() in CHEAP else None
    assert target.refuses(attack(target), seconds=bound) > 2
    assert Entry.objects.count() == 1  # that of the genuine call: strangers' strings leave none


def test_the_forgers_tools_work(olivia):
    """The control: what these tools sign well is let in, once its digest is in the record."""
    target = Target(olivia)
    genuine = signed(target.claims)
    target.issue_in_record(target.digest(genuine))
    assert target.admits(genuine)
    ours = target.signed_by(ring().signer.signing, target.header())
    target.issue_in_record(target.digest(ours))
    assert not target.admits(ours)  # Python's spelling of JSON has blanks: not the header in its exact bytes


def test_an_unverified_one_would_be_found_out(olivia, monkeypatch):
    """The other control: where claims are believed unverified, the first of these attacks gets in."""
    target = Target(olivia)
    monkeypatch.setattr(admission, "verified", lambda *_text: Claims(target.token.public_id, olivia.public_id, None))
    for attack in (
        a01_no_algorithm,
        a04_the_public_key_as_a_secret,
        a11_a_key_from_elsewhere,
        a16_other_last_characters,
    ):
        with pytest.raises(AssertionError):
            target.refuses(attack(target))


@pytest.mark.long
def test_a20_every_bit_of_every_byte(olivia):
    target = Target(olivia)
    assert target.refuses(a20_one_bit_flipped(target, tuple(range(8)))) > 3000


def test_a05_hs512_is_not_weakened(olivia, settings, tmp_path):
    settings.DATA_DIR, settings.JWT_ALGORITHM = tmp_path, "HS512"
    target = Target(olivia)
    secret = ring().signer.signing

    def strings() -> Strings:
        for name in ("HS256", "HS384"):
            yield target.keyed({"alg": name, "kid": target.kid, "typ": "at+jwt"}, secret)
            yield target.keyed({"alg": "HS512", "kid": target.kid, "typ": "at+jwt"}, secret, algorithm=name)
        for header in ({"alg": "HS512"}, {"alg": "none", "kid": target.kid, "typ": "at+jwt"}, {"alg": "ES256"}):
            yield target.keyed(header, secret, algorithm="HS512")
        yield from a16_other_last_characters(target)
        yield from a17_padding(target)
        yield from a03_without_a_signature(target)

    assert target.refuses(strings()) > 150


class Watched:
    """What the interpreter opens and connects to; a hook cannot be taken back, so it looks away in between."""

    def __init__(self) -> None:
        self.looking, self.seen = False, list[str]()
        sys.addaudithook(self.hook)

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.looking and event in {"open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system"}:
            self.seen.append(f"{event} {arguments[:2]}")


@pytest.fixture(scope="module")
def watched() -> Watched:
    return Watched()


def test_a08_no_key_id_opens_a_file_or_starts_a_program(olivia, watched):
    target = Target(olivia)
    attacks = [*a08_a_key_id_that_is_a_path(target), *a10_a_key_id_of_any_other_kind(target)]
    watched.seen.clear()
    watched.looking = True
    target.refuses(attacks)
    watched.looking = False
    assert not [
        seen for seen in watched.seen if re.search(r"/dev/null|/proc/self|passwd|sleep|nul'|Popen|system", seen)
    ]


def test_a10_no_line_of_a_log_is_forged(olivia, caplog, capfd):
    caplog.set_level("DEBUG")
    target = Target(olivia)
    target.refuses(a10_a_key_id_of_any_other_kind(target))
    assert "forged" not in caplog.text + "".join(capfd.readouterr())


def test_a11_nobody_is_asked_for_a_key(olivia, watched):
    target = Target(olivia)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        watched.seen.clear()
        watched.looking = True
        target.refuses(a11_a_key_from_elsewhere(target, port))
        watched.looking = False
        assert not [seen for seen in watched.seen if str(port) in seen or "getaddrinfo" in seen]
        with pytest.raises(TimeoutError):
            listener.accept()
        with socket.create_connection(("127.0.0.1", port)):  # the control: it would have heard
            listener.accept()


# --- a real server ---------------------------------------------------------------------------------------------------


def memory_of(served: ServedConsole) -> int:
    """Resident bytes of the server and of its workers, in KiB."""
    assert served.process is not None
    pids, total = [served.process.pid], 0
    for pid in pids:
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except FileNotFoundError:
            continue
        total += sum(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            pids += [int(child) for child in children.read_text().split()]
    return total


def answer_to(served: ServedConsole, text: str) -> int | None:
    """The status, or None where the server hung up while it was still being spoken to."""
    try:
        return raw(served, f"Authorization: Bearer {text}")[0]
    except (ConnectionError, BrokenPipeError, IndexError):
        return None


def test_a27_however_long(serve_console, olivia):
    token = Target(olivia).token
    text = make_valid(token)
    sizes = (4096, 4097, 8190, 64 * 1024, 1024 * 1024, 10 * 1024 * 1024)
    for size in (4096, 8190):
        answer_to(serve_console, "A" * size)
    before = memory_of(serve_console)
    for size in sizes:
        filling = "A" * (size - len(text))
        for each in ("A" * size, text + filling, f"{text}.{filling}", signed({"filling": filling})):
            status = answer_to(serve_console, each)
            assert status in {400, 401, 431} or (status is None and size > 8190), (size, status)
            if size <= 4096:
                assert status == 401
    if before:
        assert memory_of(serve_console) - before < 10 * 1024
    assert answer_to(serve_console, text) == 200


@pytest.mark.long
def test_a29_time_tells_nothing_about_a_signature(olivia):
    """Early and late differences take the same time; medians of many interleaved looks."""
    target = Target(olivia)
    unsigned, signature = f"{target.head}.{target.payload}", target.signature
    at = {
        "first": f"{unsigned}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}",
        "last": f"{unsigned}.{signature[:-2]}{'B' if signature[-2] == 'A' else 'A'}{signature[-1]}",
    }
    spent: dict[str, list[float]] = {name: [] for name in at}
    for _each in range(1500):
        for name, text in at.items():
            began = time.thread_time_ns()
            with pytest.raises(NotOurs):
                verified(text)
            spent[name].append(time.thread_time_ns() - began)
    first, last = (statistics.median(times) for times in spent.values())
    assert 0.9 < first / last < 1.1

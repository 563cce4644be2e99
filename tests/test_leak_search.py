"""Leaked JWTs are found in files of many kinds, told of without being shown, and ended on request."""

import base64
import gzip
import io
import json
import os
import re
import subprocess
import tracemalloc
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import make_valid, valid_token
from tests.factories import MobileSessionFactory
from tests.servers import ROOT
from tests.test_jwt import signed
from tokens import actions
from tokens.jwt import digest, issue_mobile
from tokens.leak_search import CHUNK, headers, jwts_in

pytestmark = pytest.mark.django_db(transaction=True)


def wrapped(text: str, width: int = 60, begin: str = "", end: str = "\n") -> bytes:
    lines = [text[at : at + width] for at in range(0, len(text), width)]
    return (begin + (end + begin).join(lines)).encode()


def zipped(text: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/connections.xml", f"<c>{text}</c>")
    return packed.getvalue()


def in_base64(text: str) -> bytes:
    return base64.b64encode(text.encode())


WAYS = {
    "alone": lambda jwt: jwt.encode(),
    "in a sentence": lambda jwt: f"token={jwt}, and so on {jwt[:30]}".encode(),
    "before letters": lambda jwt: f'"{jwt}"abc{jwt}abc'.encode(),
    "in binary": lambda jwt: os.urandom(5000) + jwt.encode() + os.urandom(5000),
    "utf-16": lambda jwt: f"Authorization: Bearer {jwt}\r\n".encode("utf-16"),
    "wrapped": wrapped,
    "wrapped in windows": lambda jwt: wrapped(jwt, end="\r\n"),
    "quoted-printable": lambda jwt: wrapped(jwt, 75, end="=\r\n"),
    "quoted in a mail": lambda jwt: wrapped(jwt, begin="> > "),
    "indented": lambda jwt: wrapped(jwt, begin="      "),
    "in a comment": lambda jwt: wrapped(jwt, begin="# "),
    "in a difference": lambda jwt: wrapped(jwt, begin="+"),
    "in what a difference took out": lambda jwt: wrapped(jwt, begin="-"),
    "percent": lambda jwt: ("".join(f"%{ord(c):02X}" for c in jwt[:100]) + jwt[100:]).encode(),
    "base64": in_base64,
    "base64 and one before": lambda jwt: in_base64(f"u{jwt}"),
    "base64 and two before": lambda jwt: in_base64(f":u{jwt} more"),
    "base64 after a user name": lambda jwt: b"Authorization: Basic " + in_base64(f"olivia@demo.example:{jwt}"),
    "base64 for addresses": lambda jwt: base64.urlsafe_b64encode(f"?>?~:{jwt}".encode()),
    "base64 wrapped": lambda jwt: base64.encodebytes(f"user:{jwt}".encode()),
    "gzip": lambda jwt: gzip.compress(f"<{jwt}>".encode()),
    "zip": zipped,
    "at the edge of a portion": lambda jwt: b" " * (CHUNK - 100) + jwt.encode(),
    "at the edge of a portion and base64": lambda jwt: b" " * (CHUNK - 100) + in_base64(f"x{jwt}") + b" " * CHUNK,
}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_found_however_it_is_written(way, olivia):
    _token, jwt = valid_token(olivia)
    assert set(jwts_in(io.BytesIO(WAYS[way](jwt)))) == {jwt.encode()}


def find(*arguments: str) -> tuple[int, str]:
    out, code = io.StringIO(), 0
    try:
        call_command("find_leaked_tokens", *arguments, stdout=out, stderr=out)
    except SystemExit as ended:
        code = int(str(ended.code))
    return code, out.getvalue()


def lines(output: str) -> dict[str, dict[str, Any]]:
    return {told["path"].rpartition("/")[2]: told for told in map(json.loads, output.splitlines())}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    found = tmp_path / "share"
    found.mkdir()
    return found


def test_it_tells_whose_it_is_and_never_the_jwt(place, olivia):
    token, jwt = valid_token(olivia, name="Excel month end")
    (place / "sub").mkdir()
    (place / "sub" / "notes.txt").write_text(f"use {jwt} here, {jwt}")
    code, output = find(str(place))
    assert code == 1
    expected = f'notes.txt: {token.public_id} "Excel month end" of olivia@demo.example (Demo Organisation): valid'
    assert output.count(expected) == 1
    assert not any(part in output for part in jwt.split("."))


def test_what_each_is_worth(place, olivia):
    for name, more in {"valid": {}, "expired": {"expires_at": timezone.now() - timedelta(seconds=1)}}.items():
        token, jwt = valid_token(olivia, name=name)
        (place / name).write_text(make_valid(token, **more) if more else jwt)
    revoked, jwt = valid_token(olivia, name="revoked")
    (place / "revoked").write_text(jwt)
    by = Actor(label="Olivia", channel="console")
    actions.revoke(token=revoked, by=by)
    replaced, jwt = valid_token(olivia, name="replaced")
    (place / "replaced").write_text(jwt)
    make_valid(replaced, generated_at=timezone.now() + timedelta(seconds=1))
    (place / "not saved").write_text(actions.generate(token=replaced, by=by).jwt)
    gone, jwt = valid_token(olivia, name="gone")
    (place / "deleted").write_text(jwt)
    gone.delete()
    code, output = find("--json", str(place))
    assert code == 1
    assert {path: told["status"] for path, told in lines(output).items()} == {
        name.name: name.name for name in place.iterdir()
    }
    assert {path for path, told in lines(output).items() if told["live"]} == {"valid", "not saved"}


def test_nothing_that_is_worth_anything_ends_with_nought(place, olivia):
    token, jwt = valid_token(olivia)
    (place / "a").write_text(jwt)
    (place / "forged").write_text(jwt[:-4] + ("AAAA" if jwt[-4:] != "AAAA" else "BBBB"))
    (place / "foreign").write_text(signed({"iss": "https://elsewhere.example"}))
    actions.revoke(token=token, by=Actor(label="Olivia", channel="console"))
    code, output = find(str(place))
    assert code == 0
    assert "forged" not in output
    assert "foreign" not in output


def test_mobile_sessions_are_found_by_either_jwt(place, olivia):
    session = MobileSessionFactory(login=olivia)
    issued = issue_mobile(session, scopes=3, issued_at=timezone.now())
    type(session).objects.filter(pk=session.pk).update(
        access_digest=digest(issued.access), refresh_digest=digest(issued.refresh)
    )
    (place / "access").write_text(issued.access)
    (place / "refresh").write_text(issued.refresh)
    _code, output = find("--json", str(place))
    found = {path: (told["id"], told["status"]) for path, told in lines(output).items()}
    assert found == dict.fromkeys(("access", "refresh"), (session.public_id, "valid"))


def test_it_revokes_on_request_and_it_is_on_record(place, olivia, call):
    token, jwt = valid_token(olivia)
    (place / "a").write_text(jwt)
    (place / "b").write_text(jwt)
    assert call(jwt).status_code == 200
    code, output = find("--revoke", str(place))
    assert code == 1
    assert "a: " in output
    assert "revoked now" in output
    assert call(jwt).json()["reason"] == "revoked"
    entry = Entry.objects.get(verb=Verb.TOKEN_REVOKE)
    assert (entry.token_id, entry.channel, entry.actor_label) == (token.public_id, "command", "Reported as leaked")
    assert find(str(place))[0] == 0


def test_links_devices_and_what_cannot_be_read_are_passed_over(place, tmp_path, olivia):
    _token, jwt = valid_token(olivia)
    (tmp_path / "outside").write_text(jwt)
    (place / "link").symlink_to(tmp_path / "outside")
    (place / "folder").symlink_to(tmp_path)
    os.mkfifo(place / "pipe")
    (place / "broken.gz").write_bytes(gzip.compress(jwt.encode() * 3)[:-20])
    (place / "broken.zip").write_bytes(zipped(jwt)[:60])
    (place / "name\x1b[31m\n").write_text("nothing")
    code, output = find(str(place), str(tmp_path / "not there"))
    assert "not there cannot be read" in output
    assert "share/link" not in output
    assert "share/folder" not in output
    assert "broken.gz cannot be read" in output
    assert code == 0


def test_standard_input(olivia, monkeypatch):
    _token, jwt = valid_token(olivia)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(jwt.encode())))
    assert find("-")[0] == 1


def test_memory_does_not_grow_with_the_file(place, olivia):
    _token, jwt = valid_token(olivia)
    path = place / "large"
    with path.open("wb") as file:
        for _portion in range(24):
            file.write(b"\0" * CHUNK)
        file.write(jwt.encode())
    tracemalloc.start()
    with path.open("rb") as file:
        assert set(jwts_in(file)) == {jwt.encode()}
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 12 * CHUNK


def published() -> re.Pattern[str]:
    text = (ROOT / "docs" / "secret-scanning.md").read_text()
    patterns = set(re.findall(r"eyJhbGciOiJ\(\?:.*\{86\}", text))
    assert len(patterns) == 1, "each form in the document has the same expression"
    return re.compile(patterns.pop())


@pytest.mark.parametrize("algorithm", ["ES256", "HS512"])
def test_the_published_pattern_matches_every_kind(settings, tmp_path, olivia, algorithm):
    settings.DATA_DIR, settings.JWT_ALGORITHM = tmp_path, algorithm
    mobile = issue_mobile(MobileSessionFactory(login=olivia), scopes=3, issued_at=timezone.now())
    for text in (*(valid_token(olivia)[1] for _each in range(20)), mobile.access, mobile.refresh):
        assert published().fullmatch(text)
        assert any(text.startswith(header.decode()) for header in headers())


def test_the_published_pattern_matches_nothing_in_the_source():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    pattern = re.compile(published().pattern.encode())
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.is_file():
            assert not pattern.search(path.read_bytes()), name


def test_beginnings_are_printed_for_scanners(olivia):
    out = io.StringIO()
    call_command("keys", "--beginnings", stdout=out)
    begins = out.getvalue().split()
    assert valid_token(olivia)[1].partition(".")[0] in begins


@pytest.mark.parametrize("begin", ["# ", "+", "-", "> > "])
def test_a_line_that_begins_with_the_jwts_own_hyphen(begin, olivia):
    _token, jwt = valid_token(olivia)
    at = jwt.rindex(".") + 2
    jwt = f"{jwt[:at]}-{jwt[at + 1 :]}"  # whose signature is then another: what is looked for is the form
    written = f"{begin}{jwt[:at]}\n{begin}{jwt[at:]}\n".encode()
    assert jwt.encode() in set(jwts_in(io.BytesIO(written)))

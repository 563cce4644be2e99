"""The same refusals through the real server with two workers: raw headers, and changes that act on every worker."""

import http.client
import json
import socket
import threading
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from audit.models import Entry
from tests.api_calls import make_valid, valid_token
from tests.servers import ServedConsole
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)


def raw(served: ServedConsole, *headers: str, line: str = "GET /api/meta HTTP/1.1") -> tuple[int, bytes]:
    """Send a request byte by byte as given; returns the status and everything that came back."""
    place = urlsplit(served.url)
    text = "\r\n".join([line, f"Host: {place.netloc}", "Connection: close", *headers, "", ""])
    with socket.create_connection((place.hostname or "", place.port or 80), timeout=10) as peer:
        peer.sendall(text.encode("latin-1"))
        answer = b""
        while chunk := peer.recv(65536):
            answer += chunk
    return int(answer.split(b" ", 2)[1]), answer


def status(served: ServedConsole, text: str) -> int:
    place = urlsplit(served.url)
    peer = http.client.HTTPConnection(place.netloc, timeout=10)
    peer.request("GET", "/api/meta", headers={"Authorization": f"Bearer {text}"})
    answer = peer.getresponse()
    answer.read()
    peer.close()
    return answer.status


def test_two_headers_are_never_two_tries(serve_console, olivia):
    _token, text = valid_token(olivia)
    good, bad = f"Authorization: Bearer {text}", "Authorization: Bearer nonsense"
    assert raw(serve_console, good)[0] == 200
    for pair in ((bad, good), (good, bad), (good, good)):
        assert raw(serve_console, *pair)[0] in {400, 401}, pair
    assert Entry.objects.filter(result="ok").count() == 1


def test_smuggled_headers_are_not_the_header(serve_console, olivia):
    _token, text = valid_token(olivia)
    for header in (
        f"Authorization_: Bearer {text}",
        f"X-Authorization: Bearer {text}",
        f"HTTP-Authorization: Bearer {text}",
        f"Authorization : Bearer {text}",
        f"X: y\r\n Authorization: Bearer {text}",
        f"Cookie: Authorization=Bearer {text}",
    ):
        code, answer = raw(serve_console, header)
        assert code in {400, 401}, header
        assert b"associates" not in answer
    assert not Entry.objects.exists()


def test_long_and_strange_strings_are_refused_in_good_order(serve_console, olivia):
    for given in ("A" * 4097, "A" * 8000, "A" * 60_000, "\xff\xfe", "eyJ" + "." * 3000, "%00"):
        code, answer = raw(serve_console, f"Authorization: Bearer {given}")
        assert code in {400, 401, 431}, given[:20]
        assert b"Traceback" not in answer


def test_no_worker_admits_after_a_change_is_acknowledged(serve_console, olivia):
    """Calls run all the time; none that begins after the change may pass. The calls before it prove that they can."""
    token, text = valid_token(olivia)
    began_after, before, stale = threading.Event(), [], []

    def call_on() -> None:
        for _each in range(30):
            late = began_after.is_set()
            code = status(serve_console, text)
            if late and code == 200:
                stale.append(code)
            elif not late:
                before.append(code)

    threads = [threading.Thread(target=call_on) for _each in range(4)]
    for thread in threads:
        thread.start()
    while len(before) < 20:
        began_after.wait(0.01)
    AccessToken.objects.filter(pk=token.pk).update(revoked_at=timezone.now())
    began_after.set()
    for thread in threads:
        thread.join()
    assert stale == []
    assert 200 in before
    assert status(serve_console, text) == 401


def test_workers_share_the_keys(serve_console, olivia):
    token, text = valid_token(olivia)
    assert {status(serve_console, text) for _each in range(8)} == {200}
    text = make_valid(token)
    assert {status(serve_console, text) for _each in range(8)} == {200}


def test_errors_of_the_server_are_json_too(serve_console, db):
    for line, expected in (
        ("GET /api/none HTTP/1.1", 404),
        ("POST /api/meta HTTP/1.1", 405),
        ("TRACE /api/meta HTTP/1.1", 405),
    ):
        code, answer = raw(serve_console, "Content-Length: 0", line=line)
        assert code == expected
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == expected

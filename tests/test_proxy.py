"""Behind nginx and Caddy, with the examples of docs/operations.md: each request means the same to both sides (C17)."""

import http.client
import os
import pwd
import re
import shutil
import socket
import sqlite3
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.bodies import MOST_BYTES
from tests.certificates import certificate_in
from tests.faults.installation import until
from tests.framing import CHUNKED, DOUBTFUL_LENGTHS, NO_CHUNKS, TWO_LENGTHS, answered, hidden, statuses
from tests.servers import ROOT
from tests.serving import Served
from tests.settings import free_port

pytestmark = pytest.mark.long

HOST = "console.example"
HIDDEN = hidden(HOST)
ABROAD = "203.0.113.7"
# Around the examples: what a packaged configuration says, with all files in one folder.
NGINX = """\
user {user};
daemon off;
pid {folder}/pid;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{example}
}}
"""
CADDY = """\
{{
    admin off
    auto_https off
    storage file_system {folder}
}}
{example}
"""


def example(kind: str, changes: dict[str, str]) -> str:
    """What an operator is told to write, but for ports and files of this machine."""
    [found] = re.findall(rf"\n{kind}[^\n]*:\n\n```\w*\n(.*?)```", (ROOT / "docs/operations.md").read_text(), re.DOTALL)
    for told, here in changes.items():
        assert told in found, told
        found = found.replace(told, here)
    return str(found)


class Proxy:
    def __init__(self, kind: str, folder: Path, served: Served) -> None:
        self.folder, self.served = folder, served
        self.clear, self.secure = free_port(), free_port()
        self.context = ssl.create_default_context(cafile=str(certificate_in(folder, HOST)[0]))
        command = self.nginx() if kind == "nginx" else self.caddy()
        with (folder / "out").open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out, env={**os.environ, "HOME": str(folder)})
        until(self.is_open, 10)

    def nginx(self) -> list[str]:
        changes = {
            "listen 80;": f"listen 127.0.0.1:{self.clear};",
            "listen 443 ": f"listen 127.0.0.1:{self.secure} ",
            "/etc/ssl/console/": f"{self.folder}/",
            "127.0.0.1:8000": f"127.0.0.1:{self.served.port}",
        }
        user, path = pwd.getpwuid(os.geteuid()).pw_name, self.folder / "nginx.conf"
        path.write_text(NGINX.format(user=user, folder=self.folder, example=example("nginx", changes)))
        return ["nginx", "-p", str(self.folder), "-c", str(path), "-e", str(self.folder / "log")]

    def caddy(self) -> list[str]:
        """With a certificate of ours: its own would come from elsewhere."""
        own = f"bind 127.0.0.1\n    tls {self.folder}/chain.pem {self.folder}/key.pem"
        changes = {
            f"{HOST} {{": f"https://{HOST}:{self.secure} {{\n    {own}",
            "127.0.0.1:8000": f"127.0.0.1:{self.served.port}",
        }
        path = self.folder / "Caddyfile"
        path.write_text(CADDY.format(folder=self.folder, example=example("Caddy", changes)))
        return ["caddy", "run", "--config", str(path), "--adapter", "caddyfile"]

    def is_open(self) -> bool:
        try:
            self.opened().close()
        except OSError:
            return False
        return True

    def opened(self) -> ssl.SSLSocket:
        return self.context.wrap_socket(
            socket.create_connection(("127.0.0.1", self.secure), timeout=20), server_hostname=HOST
        )

    def sent(self, line: str, *headers: str, body: bytes = b"") -> bytes:
        """What comes back over TLS for one request, and whatever is taken for more of them."""
        head = "\r\n".join([line, f"Host: {HOST}", *headers, "", ""]).encode("latin-1")
        with self.opened() as peer:
            return answered(peer, head + body)

    def ask(self, path: str, **headers: str) -> tuple[int, http.client.HTTPMessage, bytes]:
        """The answer for a program with the token."""
        peer = http.client.HTTPSConnection(HOST, context=self.context)
        peer.sock = self.opened()
        given = {"Authorization": f"Bearer {self.served.jwt}", **headers}
        peer.request("GET", path, headers={name.replace("_", "-"): value for name, value in given.items()})
        answer = peer.getresponse()
        found = answer.status, answer.headers, answer.read()
        peer.close()
        return found


@pytest.fixture(scope="module", params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param} on this machine: the console was not tried behind it")
    folder = tmp_path_factory.mktemp("console")
    served = Served(folder, PUBLIC_URL=f"https://{HOST}", TRUSTED_PROXIES="127.0.0.1")
    served.prepare()
    served.start()
    proxy = None
    try:
        proxy = Proxy(request.param, tmp_path_factory.mktemp("proxy"), served)
        yield proxy
    finally:
        if proxy:
            proxy.process.terminate()
            proxy.process.wait(timeout=20)
        served.stop()


class TestFraming:
    POST = "POST /oauth/token HTTP/1.1"

    @pytest.mark.parametrize("headers", DOUBTFUL_LENGTHS, ids=" ".join)
    def test_a_length_in_doubt_is_refused(self, headers: tuple[str, ...], proxy: Proxy) -> None:
        answer = proxy.sent(self.POST, *headers, body=b"0\r\n\r\n" + HIDDEN)
        assert statuses(answer)[0] in {400, 411, 501}
        assert b" 200 " not in answer
        assert proxy.ask("/api/whoami")[0] == 200

    @pytest.mark.parametrize("headers", TWO_LENGTHS, ids=" ".join)
    def test_length_and_chunks_at_once_are_framed_anew(self, headers: tuple[str, ...], proxy: Proxy) -> None:
        """nginx refuses; Caddy goes by the chunks, so that what follows them is a request to the console as well."""
        answer = proxy.sent(self.POST, *headers, body=b"0\r\n\r\n" + HIDDEN)
        assert statuses(answer) in ([400], [400, 200])
        assert proxy.ask("/api/whoami")[0] == 200

    # The first is read by nginx, which takes a bare line feed for a line's end, and passed on framed anew.
    @pytest.mark.parametrize("body", NO_CHUNKS[1:])
    def test_chunks_that_are_none_end_it(self, body: bytes, proxy: Proxy) -> None:
        answer = proxy.sent(self.POST, CHUNKED, body=body + HIDDEN)
        assert len(statuses(answer)) <= 1, answer
        assert b" 200 " not in answer
        assert proxy.ask("/api/whoami")[0] == 200

    def test_what_is_framed_well_is_answered_twice(self, proxy: Proxy) -> None:
        """The control: two requests of one connection."""
        answer = proxy.sent(self.POST, "Content-Length: 5", body=b"hello" + HIDDEN)
        assert len(statuses(answer)) == 2
        assert statuses(answer)[1] == 200


def test_what_a_client_says_of_itself_is_replaced(proxy: Proxy) -> None:
    said = {"X_Forwarded_For": ABROAD, "X_Forwarded_Proto": "http", "Forwarded": f"for={ABROAD};proto=http"}
    assert proxy.ask("/api/whoami", **said, X_Request_Id="x" * 16)[0] == 200
    with sqlite3.connect(proxy.served.folder / "data" / "console.sqlite3") as ledger:
        [(address,)] = ledger.execute("SELECT address FROM audit_entry ORDER BY id DESC LIMIT 1").fetchall()
    assert address == "127.0.0.1"


def test_without_the_proxy_the_call_is_in_clear(proxy: Proxy) -> None:
    """The control: it is what the proxy says of the way that opens the door."""
    peer = http.client.HTTPConnection("127.0.0.1", proxy.served.port, timeout=20)
    peer.request("GET", "/api/whoami", headers={"Host": HOST, "Authorization": f"Bearer {proxy.served.jwt}"})
    assert peer.getresponse().status == 400


def test_the_consoles_headers_come_through_once(proxy: Proxy) -> None:
    status, headers, _page = proxy.ask("/sign-in")
    assert status == 200
    for name in ("Content-Security-Policy", "Strict-Transport-Security", "Cache-Control", "X-Content-Type-Options"):
        assert len(headers.get_all(name, [])) == 1, name
    assert all("; Secure" in cookie for cookie in headers.get_all("Set-Cookie", [])), headers


def test_a_body_that_is_too_large_gets_the_consoles_words(proxy: Proxy) -> None:
    size = MOST_BYTES + 1
    answer = proxy.sent("POST /oauth/token HTTP/1.1", f"Content-Length: {size}", body=bytes(size))
    assert statuses(answer) == [413]
    assert b"json" in answer.partition(b"\r\n\r\n")[0]


def test_a_report_comes_as_it_is_made(proxy: Proxy) -> None:
    """Long before its end: nobody waits for a million rows, and nothing is kept on the proxy's disk."""
    with proxy.opened() as peer:
        head = f"GET /api/data/Big HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {proxy.served.jwt}\r\n\r\n"
        peer.sendall(head.encode())
        first = peer.recv(65536)
    assert statuses(first) == [200]
    assert not any((proxy.folder / "answers").rglob("*[0-9]"))


def test_figures_are_not_for_strangers(proxy: Proxy) -> None:
    assert proxy.ask("/metrics")[0] == 404


@pytest.mark.parametrize("proxy", ["nginx"], indirect=True)
def test_in_clear_it_only_leads_to_the_other_door(proxy: Proxy) -> None:
    peer = http.client.HTTPConnection("127.0.0.1", proxy.clear, timeout=20)
    peer.request("GET", "/tokens?page=2", headers={"Host": HOST})
    answer = peer.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, f"https://{HOST}/tokens?page=2")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_of_tls_are_refused(proxy: Proxy) -> None:
    context = ssl.create_default_context(cafile=str(proxy.folder / "chain.pem"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection(("127.0.0.1", proxy.secure), timeout=20) as peer,
        pytest.raises(OSError, match=r"(?i)protocol|handshake|alert"),
    ):
        context.wrap_socket(peer, server_hostname=HOST)

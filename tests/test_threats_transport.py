"""Attacks below HTTP's surface, on a served console: framing, lookalikes, paths, large bodies, side doors, versions."""

import http.client
import re
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from audit.models import Entry
from config.bodies import MOST_BYTES, MOST_SKIPPED
from tests.api_calls import valid_token
from tests.framing import CHUNKED, DOUBTFUL_LENGTHS, NO_CHUNKS, TWO_LENGTHS, answered, hidden, statuses
from tests.servers import ROOT, ServedConsole
from tests.visitor import children_of, open_files, visitor_of

pytestmark = pytest.mark.django_db(transaction=True)

LISTENS = "0A"  # of the states in /proc/net/tcp
POST = "POST /oauth/token HTTP/1.1"
HIDDEN = hidden("localhost")
OWN = ("Referrer-Policy", "Content-Security-Policy", "X-Content-Type-Options")


def sent(served: ServedConsole, content: bytes, seconds: float = 3) -> bytes:
    place = urlsplit(served.url)
    with socket.create_connection((place.hostname or "", place.port or 80), timeout=10) as peer:
        return answered(peer, content, seconds)


def request(served: ServedConsole, line: str, *headers: str, body: bytes = b"") -> bytes:
    head = "\r\n".join([line, f"Host: {urlsplit(served.url).netloc}", *headers, "", ""])
    return head.encode("latin-1") + body


class TestFraming:
    """C17 (ASVS 4.2.1): where a request ends is never in doubt; what hides in a body is no request."""

    @pytest.mark.parametrize("headers", DOUBTFUL_LENGTHS, ids=" ".join)
    def test_a_length_in_doubt_is_refused(self, headers: tuple[str, ...], serve_console: ServedConsole) -> None:
        body = b"0\r\n\r\n" + HIDDEN
        answer = sent(serve_console, request(serve_console, POST, *headers, body=body))
        assert statuses(answer) in ([], [400], [408], [411], [501]) or statuses(answer)[:1] == [400]
        assert b"200 OK" not in answer

    def test_length_and_chunks_at_once_give_one_answer(self, serve_console: ServedConsole) -> None:
        """By the chunks, and the connection ends with it; or refused (RFC 9112, 6.1)."""
        for headers in TWO_LENGTHS:
            body = b"0\r\n\r\n" + HIDDEN
            answer = sent(serve_console, request(serve_console, POST, *headers, body=body))
            assert len(statuses(answer)) <= 1, answer
            assert b"200 OK" not in answer

    @pytest.mark.parametrize("body", NO_CHUNKS)
    def test_chunks_that_are_none_end_it(self, body: bytes, serve_console: ServedConsole) -> None:
        whole = request(serve_console, POST, CHUNKED, body=body + HIDDEN)
        answer = sent(serve_console, whole)
        assert len(statuses(answer)) <= 1, answer
        assert b"200 OK" not in answer

    def test_extensions_of_chunks_say_nothing(self, serve_console: ServedConsole) -> None:
        body = b'1;a="b";c\r\nx\r\n0;d\r\n\r\n'
        whole = request(serve_console, POST, CHUNKED, "Connection: close", body=body)
        assert statuses(sent(serve_console, whole)) in ([400], [401], [415])

    def test_bare_line_feeds_and_blanks_make_no_header(self, serve_console: ServedConsole) -> None:
        for line in ("X: y\nTransfer-Encoding: chunked", "X: y\rContent-Length: 9", "X\t: y", "\x0bContent-Length: 9"):
            whole = request(serve_console, POST, line, "Content-Length: 0", "Connection: close")
            answer = sent(serve_console, whole + HIDDEN)
            assert len(statuses(answer)) <= 1, (line, answer)

    def test_another_host_in_the_line_is_none_of_ours(self, serve_console: ServedConsole) -> None:
        """An absolute address counts more than the header (RFC 9112, 3.2.2); neither leads anywhere else."""
        for line in ("GET http://elsewhere.example/sign-in HTTP/1.1", "GET //elsewhere.example/tokens HTTP/1.1"):
            answer = sent(serve_console, request(serve_console, line, "Connection: close"))
            assert b"elsewhere" not in answer.partition(b"\r\n\r\n")[0]
            assert statuses(answer)[0] in {200, 400, 404}
        answer = sent(serve_console, request(serve_console, "CONNECT elsewhere.example:443 HTTP/1.1"))
        assert b"200" not in answer[:20]

    def test_what_is_framed_well_is_answered_twice(self, serve_console: ServedConsole) -> None:
        """The control: two requests of one connection."""
        first = request(serve_console, POST, "Content-Length: 5", body=b"hello")
        assert len(statuses(sent(serve_console, first + HIDDEN))) == 2


class TestLookalikes:
    def test_nul_makes_no_header_of_a_token(self, serve_console: ServedConsole, olivia) -> None:
        """C07: through the socket."""
        _token, jwt = valid_token(olivia)
        for header in (
            f"Authorization: Bearer {jwt}\x00", f"Authorization\x00: Bearer {jwt}", f"Authorization: \x00Bearer {jwt}",
            f"Authorization: Bearer\x00{jwt}", f"X: y\x00\r\nAuthorization_: Bearer {jwt}",
            f"Authorization: Bearer {jwt}\x00, x",
        ):  # fmt: skip
            answer = sent(serve_console, request(serve_console, "GET /api/meta HTTP/1.1", header, "Connection: close"))
            assert statuses(answer) in ([], [400], [401]), header
        assert not Entry.objects.filter(result="ok").exists()

    def test_hosts_of_other_headers_are_not_believed(self, serve_console: ServedConsole) -> None:
        """G15: where no proxy is trusted, and in what a page says of itself."""
        forged = ("X-Forwarded-Host: elsewhere.example", "Forwarded: host=elsewhere.example;proto=https",
                  "X-Host: elsewhere.example", "X-Original-URL: /contacts", "X-Rewrite-URL: /contacts")  # fmt: skip
        for path in ("/", "/sign-in", "/password/reset", "/.well-known/oauth-authorization-server", "/none"):
            answer = sent(serve_console, request(serve_console, f"GET {path} HTTP/1.1", *forged, "Connection: close"))
            assert b"elsewhere" not in answer
            assert statuses(answer)[0] in {200, 302, 404}


class TestPaths:
    """G17, F14 (ASVS 5.3.2, 13.4.1, 13.4.3): no path leads to a file that is not meant to be served."""

    SECRETS = ("/.git/config", "/.git/HEAD", "/.env", "/manage.py", "/config/settings.py", "/requirements.txt", "/var/",
               "/static/../manage.py", "/static/..%2fmanage.py", "/static/%2e%2e/manage.py",
               "/static/..\\manage.py", "/static/..%5cmanage.py", "/static/css/../../manage.py", "/static//etc/passwd",
               "/static/%00manage.py", "/static/css%2f..%2f..%2fmanage.py", "/static/....//manage.py",
               "/static/css/base.css/../../../manage.py", "/static/.git/config", "/static/css/base.css.map",
               "/api/data/../../etc/passwd", "/api/data/..%2f..%2fetc%2fpasswd", "/api/data/%2e%2e%2fBig",
               "/api/meta/reports/..%2fBig.sql", "/static/jwt", "/static/secret_key")  # fmt: skip
    FOLDERS = ("/static", "/static/", "/static/css", "/static/css/", "/static/js/", "/static/fonts/sans/", "/docs/")

    def ask(self, served: ServedConsole, path: str) -> tuple[int, bytes]:
        answer = sent(served, request(served, f"GET {path} HTTP/1.1", "Connection: close"))
        return statuses(answer)[0], answer

    def test_files_of_the_program_are_not_there(self, serve_console: ServedConsole) -> None:
        for path in self.SECRETS:
            status, answer = self.ask(serve_console, path)
            assert status in {302, 400, 401, 404}, path
            for held in (b"DJANGO_SETTINGS", b"[core]", b"INSTALLED_APPS", b"root:x:", b"PRIVATE KEY", b"import "):
                assert held not in answer, path

    def test_no_folder_is_listed(self, serve_console: ServedConsole) -> None:
        for path in self.FOLDERS:
            status, answer = self.ask(serve_console, path)
            assert status == 404, path
            assert b"base.css</a>" not in answer

    def test_a_static_file_is_there(self, serve_console: ServedConsole) -> None:
        """The control."""
        assert self.ask(serve_console, "/static/css/base.css")[0] == 200

    def test_an_address_written_otherwise_is_none(self, serve_console: ServedConsole, ada) -> None:
        """F14: neither served nor led to, and a guard is never gone round."""
        visitor = visitor_of(serve_console, ada)
        cookie = "Cookie: " + "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        for path in (
            "/contacts/", "//contacts", "/Contacts", "/contacts;x", "/contacts.json", "/./contacts", "/x/../contacts",
            "/contacts%2f", "/contacts%00", "/contacts/.", "/%2e/contacts", "/contacts//new", "/contacts%20",
        ):  # fmt: skip
            answer = sent(serve_console, request(serve_console, f"GET {path} HTTP/1.1", cookie, "Connection: close"))
            assert statuses(answer)[0] in {400, 404}, path
        for path in ("/contacts", "/%63ontacts"):  # the control: an encoded letter is the letter (RFC 3986, 6.2.2.2)
            answer = sent(serve_console, request(serve_console, f"GET {path} HTTP/1.1", cookie, "Connection: close"))
            assert statuses(answer)[0] == 200, path

    def test_trace_is_refused_everywhere(self, serve_console: ServedConsole) -> None:
        """ASVS 13.4.4: also on pages, files and where there is nothing."""
        for path in ("/", "/sign-in", "/contacts", "/static/css/base.css", "/none", "/healthz"):
            whole = request(serve_console, f"TRACE {path} HTTP/1.1", "X-Secret: 4711", "Connection: close")
            answer = sent(serve_console, whole)
            assert statuses(answer)[0] in {302, 400, 403, 404, 405}, path
            assert b"4711" not in answer


class TestLargeBodies:
    """K02: what is too large is refused before it is taken in."""

    def test_an_announced_gibibyte_is_refused_at_once(self, serve_console: ServedConsole) -> None:
        for path in ("/sign-in", "/oauth/token", "/contacts/import", "/none"):
            began = time.monotonic()
            head = request(serve_console, f"POST {path} HTTP/1.1", f"Content-Length: {1 << 30}", "Connection: close")
            answer = sent(serve_console, head + b"x" * 1000, seconds=5)
            assert statuses(answer)[0] in {403, 404, 413}, path
            assert time.monotonic() - began < 3, path

    CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    def test_who_sends_on_is_told_at_the_end(self, serve_console: ServedConsole) -> None:
        """Otherwise the connection would break while a browser or a proxy is sending, and nobody learned why."""
        chunks = self.CHUNK * (MOST_BYTES // 0x10000 + 1) + b"0\r\n\r\n"
        for body, header in ((chunks, CHUNKED), (bytes(MOST_BYTES + 1), f"Content-Length: {MOST_BYTES + 1}")):
            whole = request(serve_console, POST, header, "Connection: close", body=body)
            assert statuses(sent(serve_console, whole)) == [413]

    def test_who_asks_first_is_told_at_once(self, serve_console: ServedConsole) -> None:
        length = f"Content-Length: {MOST_BYTES + 1}"
        head = request(serve_console, POST, length, "Expect: 100-continue", "Connection: close")
        assert statuses(sent(serve_console, head)) == [413]

    def test_chunks_without_end_are_cut_off(self, serve_console: ServedConsole) -> None:
        place, spoken = urlsplit(serve_console.url), 0
        with socket.create_connection((place.hostname or "", place.port or 80), timeout=20) as peer:
            peer.sendall(request(serve_console, POST, CHUNKED))
            with suppress(BrokenPipeError, ConnectionResetError):
                while spoken < 4 * MOST_SKIPPED:
                    peer.sendall(self.CHUNK)
                    spoken += 0x10000
        assert MOST_SKIPPED <= spoken < 4 * MOST_SKIPPED


class TestSideDoors:
    """K08, E16: one port, and nothing on a command line."""

    @staticmethod
    def family(pid: int) -> list[int]:
        return [pid, *(one for child in children_of(pid) for one in TestSideDoors.family(child))]

    def test_it_listens_on_its_one_port_alone(self, serve_console: ServedConsole) -> None:
        assert serve_console.process
        held = set().union(*(open_files(pid) for pid in self.family(serve_console.process.pid)))
        ports = set()
        for table in ("tcp", "tcp6"):
            for row in (line.split() for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]):
                if row[3] == LISTENS and f"socket:[{row[9]}]" in held:
                    ports.add(int(row[1].rpartition(":")[2], 16))
        unix = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()[1:]]
        named = [row[-1] for row in unix if row[3] == "00010000" and f"socket:[{row[6]}]" in held]
        udp = [
            row for row in Path("/proc/net/udp").read_text().splitlines()[1:] if f"socket:[{row.split()[9]}]" in held
        ]
        assert ports == {serve_console.port}
        assert (named, udp) == ([], [])

    def test_no_secret_is_on_a_command_line(self, serve_console: ServedConsole, settings) -> None:
        assert serve_console.process
        lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in self.family(serve_console.process.pid)]
        secrets = [settings.SECRET_KEY, str(settings.DATABASES["default"].get("PASSWORD") or "-" * 40)]
        assert len(lines) > 2
        assert [line for line in lines for secret in secrets if secret.encode() in line or b"PRIVATE" in line] == []


class TestVersions:
    """G19: no answer tells a version, or more of what it is made of than the web server's name."""

    TELLING = re.compile(
        rb"(?i)granian|hyper/|django/|python/?\s?3|whitenoise|Traceback|sqlite3?\.|psycopg|\.py[\"', ]|site-packages"
    )

    def test_no_answer_names_a_version(self, serve_console: ServedConsole) -> None:
        asked = (
            "GET /", "GET /sign-in", "GET /none", "GET /api/none", "GET /api/meta", "POST /sign-in", "GET /healthz",
            "GET /readyz", "GET /metrics", "BREW /", "GET /static/css/base.css", "GET /static/none", "TRACE /",
            "PUT /contacts", "GET /%00",
        )  # fmt: skip
        for line in (*(f"{one} HTTP/1.1" for one in asked), "GET / HTTP/9.9", "nonsense"):
            answer = sent(serve_console, request(serve_console, line, "Content-Length: 0", "Connection: close"))
            head = answer.partition(b"\r\n\r\n")[0]
            assert set(re.findall(rb"(?i)\r\nserver: ([^\r]*)", head)) <= {b"granian"}, line
            assert b"x-powered-by" not in head.lower(), line
            if b"text/css" not in head:
                said = answer.replace(b"server: granian", b"")
                assert not self.TELLING.search(said), (line, self.TELLING.search(said))

    def test_such_a_word_would_be_found(self) -> None:
        assert self.TELLING.search(b"Server: granian/2.7")
        assert self.TELLING.search(b'File "/x/views.py", line 1')

    def test_files_bear_the_headers_of_pages(self, serve_console: ServedConsole) -> None:
        """G12: static files, and what is not there."""
        peer = http.client.HTTPConnection(urlsplit(serve_console.url).netloc, timeout=10)
        for path in ("/static/css/base.css", "/static/js/htmx.js", "/static/none.css", "/none"):
            peer.request("GET", path)
            answer = peer.getresponse()
            answer.read()
            assert [name for name in OWN if not answer.headers.get(name)] == [], path


class TestRepository:
    """E17: no key and no password is kept with the program, nor served as a file."""

    SECRET = re.compile(
        rb"-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{40,}|\bAKIA[0-9A-Z]{16}\b"
        rb"|\bgh[pousr]_\w{36}\b|(?i:postgresql|smtp)(?:\+\w+)?://\w+:(?!password|secret|\$|\{|\w{1,8}@)[^@\s\"'<]{9,}@"
    )
    # What only looks so: patterns, examples of documents, and keys of published test vectors.
    MEANT = ("tests/", "docs/postman/", "docs/security.md")

    def test_nothing_secret_is_in_the_repository(self) -> None:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
        if listed.returncode:
            pytest.skip("not a checkout of git")
        files = [name for name in listed.stdout.decode().split("\0") if name and not name.startswith(self.MEANT)]
        assert len(files) > 300
        found = [name for name in files if (ROOT / name).is_file() and self.SECRET.search((ROOT / name).read_bytes())]
        assert found == []
        assert [
            name for name in files if name.startswith("var/") or name.endswith((".pem", ".key", ".sqlite3", ".env"))
        ] == []

    def test_nothing_secret_is_served(self) -> None:
        for folder in (ROOT / "static", ROOT / "templates"):
            assert [
                str(file) for file in folder.rglob("*") if file.is_file() and self.SECRET.search(file.read_bytes())
            ] == []
        assert [
            str(file) for file in (ROOT / "static").rglob("*") if file.suffix in {".map", ".py", ".pem", ".env"}
        ] == []

    def test_a_key_would_be_found(self) -> None:
        assert self.SECRET.search(b"x\n-----BEGIN EC PRIVATE KEY-----\n")
        assert self.SECRET.search(b"DATABASE_URL=postgresql://console:Xq9vTz2mLp4w@db/console")

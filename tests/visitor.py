"""What a browser and a tool do over HTTP: pages with cookies and forms, and calls on connections to a known worker."""

import http.client
import re
import time
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

from django.test import Client

from accounts.models import Login
from tests.factories import PASSWORD
from tests.servers import ServedConsole

FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
DIALOG = re.compile(r'name="dialog" value="([^"]+)"')
SHOWN_JWT = re.compile(r'<pre id="jwt"[^>]*>([^<]+)</pre>')


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    text: str


class Line:
    """A connection that is kept open; the same worker process answers everything asked on it."""

    def __init__(self, served: ServedConsole) -> None:
        self.served = served
        self.peer = http.client.HTTPConnection(urlsplit(served.url).netloc, timeout=30)

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        self.peer.request(method, path, body, headers or {})
        answer = self.peer.getresponse()
        return Answer(answer.status, answer.headers, answer.read().decode())

    def call(self, jwt: str, path: str = "/api/meta") -> Answer:
        return self.ask(path, headers={"Authorization": f"Bearer {jwt}", "User-Agent": "curl/8.5.0"})

    @property
    def worker(self) -> int:
        """The id of the process at the other end, 0 before it took the connection."""
        assert self.served.process
        ends = [f":{self.served.port:04X}", f":{self.peer.sock.getsockname()[1]:04X}"]
        rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        inodes = [row[9] for row in rows if [row[1][8:], row[2][8:]] == ends]
        for pid in children_of(self.served.process.pid):
            if inodes and f"socket:[{inodes[0]}]" in open_files(pid):
                return pid
        return 0

    def close(self) -> None:
        self.peer.close()


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def open_files(pid: int) -> set[str]:
    found = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed in the meantime
            found.add(str(descriptor.readlink()))
    return found


def lines_to_both_workers(served: ServedConsole) -> list[Line]:
    """Two open connections, one to each of the two worker processes."""
    lines: list[Line] = []
    deadline = time.monotonic() + 20
    workers: dict[int, Line] = {}
    while len(workers) < 2:
        assert time.monotonic() < deadline, f"only {list(workers)} answered on {len(lines)} connections"
        lines.append(Line(served))
        assert lines[-1].ask("/healthz").status == 200
        if worker := lines[-1].worker:
            workers.setdefault(worker, lines[-1])
    for line in lines:
        if line not in workers.values():
            line.close()
    return list(workers.values())


class Visitor:
    """A browser without script: keeps cookies, sends forms with their token, follows nothing by itself.

    ``answers`` keeps every answer, so that a test can look for something in all of them.
    """

    def __init__(self, served: ServedConsole, line: Line | None = None) -> None:
        self.line = line or Line(served)
        self.cookies: dict[str, str] = {}
        self.form_token = ""
        self.answers: list[Answer] = []

    def sign_in(self, login: Login) -> "Visitor":
        assert self.submit("/sign-in", login=login.user_name, password=PASSWORD).status in {302, 303}
        return self

    def get(self, path: str) -> Answer:
        return self._ask(path, "GET", None)

    def post(self, path: str, **fields: object) -> Answer:
        """Send a form of the page that was got last."""
        written = urlencode({"csrfmiddlewaretoken": self.form_token, **fields}, doseq=True)
        return self._ask(path, "POST", written)

    def submit(self, path: str, **fields: object) -> Answer:
        """Open the page and send its form."""
        page = self.get(path)
        assert page.status == 200, (path, page.status)
        return self.post(path, **fields)

    def _ask(self, path: str, method: str, body: str | None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        answer = self.line.ask(path, method, body, headers)
        assert answer.status != 500, self.line.served.log.read_text()[-4000:]
        for header in answer.headers.get_all("Set-Cookie", []):
            self.cookies.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
        if given := FORM_TOKEN.search(answer.text):
            self.form_token = given[1]
        self.answers.append(answer)
        return answer


def visitor_of(served: ServedConsole, login: Login, line: Line | None = None) -> Visitor:
    """A browser in which the person is signed in already."""
    client = Client()
    client.force_login(login)
    visitor = Visitor(served, line)
    visitor.cookies.update({name: morsel.value for name, morsel in client.cookies.items()})
    assert visitor.get("/").status == 200
    return visitor


def shown(answer: Answer) -> tuple[str, str]:
    """The JWT that a page shows, and the id of its dialog."""
    jwt, dialog = SHOWN_JWT.search(answer.text), DIALOG.search(answer.text)
    assert jwt, answer.status
    assert dialog
    return jwt[1].strip(), dialog[1]

"""Tools that call without a pause, and an administrator who takes their JWTs away and gives them new ones."""

import itertools
import re
import time
from dataclasses import dataclass, field
from math import inf
from random import Random
from threading import Event
from urllib.parse import urlsplit

from accounts.models import Login
from tests.races.history import Call, Span
from tests.visitor import Answer, Line, Visitor, shown

LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
REQUEST_ID = re.compile(rb"\r\nx-request-id: ([^\r]+)", re.IGNORECASE)
PAUSES = (0.01, 0.12)  # seconds between one change and the next
FORM = {"expires_on": "30", "scopes": ["1", "2"], "then": "generate"}


@dataclass
class Holder:
    """A login with the one JWT it uses now and all that it had. Only its administrator writes here."""

    login: Login
    token: str = ""
    jwts: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    times: dict[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def pages(self) -> str:
        return f"/logins/{self.login.public_id}"


class Tool:
    """Calls on one connection: mostly with the newest JWT of each holder in turn, now and then with the one before."""

    def __init__(self, line: Line, holders: list[Holder]) -> None:
        self.line, self.holders, self.calls = line, holders, list[Call]()
        self.host = urlsplit(line.served.url).netloc.encode()

    def run(self, stop: Event) -> None:
        for number in itertools.count():
            if stop.is_set():
                return
            jwts = self.holders[number % len(self.holders)].jwts
            self.calls.append(self.call(jwts[-2] if number % 5 == 4 and len(jwts) > 1 else jwts[-1]))

    def call(self, jwt: str) -> Call:
        asked = b"GET /api/meta HTTP/1.1\r\nHost: %b\r\nAuthorization: Bearer %b\r\n\r\n" % (self.host, jwt.encode())
        peer = self.line.peer.sock
        began = time.monotonic()
        peer.sendall(asked)
        answer = peer.recv(65536)
        while not self._is_whole(answer):
            more = peer.recv(65536)
            assert more, answer
            answer += more
        ended = time.monotonic()
        status, request_id = int(answer[9:12]), REQUEST_ID.search(answer)
        assert status in {200, 401, 429}, answer
        assert request_id
        return Call(jwt, began, ended, status == 200, request_id[1].decode())

    @staticmethod
    def _is_whole(answer: bytes) -> bool:
        head, end, body = answer.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        return bool(end and length) and len(body) >= int(length[1])  # type: ignore[index]


class Administrator:
    """Changes one holder after the other, at pages, and notes when each change began and was acknowledged."""

    def __init__(self, browser: Visitor, holders: list[Holder], seed: int) -> None:
        self.browser, self.holders, self.chance = browser, holders, Random(seed)  # noqa: S311  # no secret
        self.changes = 0
        for holder in holders:
            self._new_token(holder)

    def run(self, stop: Event) -> None:
        while not stop.is_set():
            holder = self.chance.choice(self.holders)
            self.chance.choice([self.disable, self.take_role, self.regenerate, self.revoke])(holder)
            self._pause()

    def disable(self, holder: Holder) -> None:
        self._void_and_make(holder, f"{holder.pages}/disable", f"{holder.pages}/enable")

    def take_role(self, holder: Holder) -> None:
        roles = f"{holder.pages}/roles/personal"
        self._void_and_make(holder, f"{roles}/remove", f"{roles}/add")

    def regenerate(self, holder: Holder) -> None:
        self._generate(holder)

    def revoke(self, holder: Holder) -> None:
        self._void(holder, *self._timed(holder, f"{holder.pages}/tokens/{holder.token}/revoke", confirmation="T"))
        self._pause()
        self._new_token(holder)

    def _void_and_make(self, holder: Holder, void: str, make: str) -> None:
        self._void(holder, *self._timed(holder, void))
        self._pause()
        began, ended = self._timed(holder, make)
        holder.spans.append(Span(holder.jwts[-1], began, ended))

    def _new_token(self, holder: Holder) -> None:
        created = self.browser.post(f"{holder.pages}/tokens/new", name="T", **FORM)
        assert created.status == 303, created.text[:3000]
        holder.token = created.headers["Location"].split("/")[-2]
        self._generate(holder)

    def _generate(self, holder: Holder) -> None:
        page = f"{holder.pages}/tokens/{holder.token}/generate"
        jwt, dialog = shown(self.browser.post(page))
        is_first = not holder.spans or holder.spans[-1].void_ended != inf
        began, ended = self._timed(holder, f"{page}/save", dialog=dialog)
        if not is_first:
            self._void(holder, began, ended)
        holder.spans.append(Span(jwt, began, ended))
        holder.jwts.append(jwt)

    def _void(self, holder: Holder, began: float, ended: float) -> None:
        holder.spans[-1].void_began, holder.spans[-1].void_ended = began, ended

    def _timed(self, holder: Holder, path: str, **fields: str) -> tuple[float, float]:
        began = time.monotonic()
        answer: Answer = self.browser.post(path, **fields)
        ended = time.monotonic()
        assert answer.status == 303, (path, answer.status, answer.text[:3000])
        holder.times[answer.headers["X-Request-ID"]] = began, ended
        self.browser.answers.clear()
        self.changes += 1
        return began, ended

    def _pause(self) -> None:
        time.sleep(self.chance.uniform(*PAUSES))

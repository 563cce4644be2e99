"""Eight clients at once: tools that call, programs that make and revoke tokens, people who renew and switch off."""

import http.client
import json
import random
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.cookies import SimpleCookie
from threading import Event, Thread
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from tests.faults.history import ADMITTED, ANSWERED_WITHIN, NO_ANSWER, REFUSED, Change, History, Jwt, Request
from tests.faults.installation import Installation
from tests.visitor import DIALOG, FORM_TOKEN, SHOWN_JWT

CALLERS, PROGRAMS = 5, 2
THINKING_SECONDS = 0.004
DEAD_CALLED = 0.03
"""So often a tool calls with a JWT that has ended."""
TIMEOUT = 20
AGAIN = "switch again"


class Answer(NamedTuple):
    status: int
    headers: Any
    text: str


class Client(Thread):
    """One client with one connection at a time, and an address of its own."""

    def __init__(self, load: "Load", number: int) -> None:
        super().__init__(name=f"client {number}", daemon=True)
        self.load, self.number, self.chance = load, number, random.Random(number)  # noqa: S311  # no secret
        self.peer = self._new_peer()
        self.cookies: dict[str, str] = {}
        self.defect: BaseException | None = None

    def run(self) -> None:
        while not self.load.over.is_set():
            try:
                self.turn()
            except Exception as error:  # noqa: BLE001  # shown by the test
                self.defect = error
                return
            time.sleep(THINKING_SECONDS)

    def turn(self) -> None:
        raise NotImplementedError

    # --- asking ---------------------------------------------------------------------------------------------------

    def ask(
        self, kind: str, method: str, path: str, jwt: Jwt | None = None, body: str | None = None, **more: Any
    ) -> Answer:
        """One request, on record in the history. ``recorded``: its success must have an entry."""
        recorded, headers = more.pop("recorded", True), more.pop("headers", {})
        if jwt:
            headers["Authorization"] = f"Bearer {jwt.text}"
        start = time.monotonic()
        try:
            self.peer.request(method, path, body, headers)
            given = self.peer.getresponse()
            answer = Answer(given.status, given.headers, given.read().decode())
        except (OSError, http.client.HTTPException):
            self.peer.close()
            self.peer = self._new_peer()
            answer = Answer(NO_ANSWER, http.client.HTTPMessage(), "")
        request_id = answer.headers.get("X-Request-ID", "")
        request = Request(kind, jwt, start, time.monotonic(), answer.status, request_id, recorded)
        self.load.history.requests.append(request)
        return answer

    def call(self, jwt: Jwt) -> int:
        """A call as a careful tool makes it: asked again when the connection breaks; the status."""
        start = time.monotonic()
        while True:
            status = self.ask("call", "GET", "/api/meta", jwt).status
            seconds = time.monotonic() - start
            if status != NO_ANSWER or seconds > ANSWERED_WITHIN or self.load.over.is_set():
                self.load.history.calls.append((start, seconds, status == ADMITTED or status in REFUSED))
                return status
            time.sleep(0.01)

    @contextmanager
    def changing(self, jwt: Jwt, *, valid: bool) -> Iterator[Change]:
        """Note the change before it is asked for; whoever asks marks it as acknowledged."""
        change = Change(valid, time.monotonic())
        jwt.changes.append(change)
        yield change
        change.end = time.monotonic()

    def _new_peer(self) -> http.client.HTTPConnection:
        place = urlsplit(self.load.installation.url).netloc
        return http.client.HTTPConnection(place, timeout=TIMEOUT, source_address=(f"127.0.1.{self.number + 1}", 0))

    # --- as a person ----------------------------------------------------------------------------------------------

    def submit(self, kind: str, path: str, cookies: dict[str, str], **fields: str) -> Answer:
        """Open a page and send its form."""
        page = self.visit("page", "GET", path, cookies)
        given = FORM_TOKEN.search(page.text)
        if page.status != 200 or not given:
            return Answer(NO_ANSWER, page.headers, "")
        return self.visit(kind, "POST", path, cookies, csrfmiddlewaretoken=given[1], **fields)

    def visit(self, kind: str, method: str, path: str, cookies: dict[str, str], **fields: str) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        if fields:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        recorded = method == "POST" and kind != AGAIN
        answer = self.ask(kind, method, path, None, urlencode(fields) or None, headers=headers, recorded=recorded)
        for header in answer.headers.get_all("Set-Cookie", []):
            cookies.update({name: morsel.value for name, morsel in SimpleCookie(header).items()})
        return answer


class Caller(Client):
    """A reporting tool."""

    def turn(self) -> None:
        pool = self.load.dead if self.load.dead and self.chance.random() < DEAD_CALLED else self.load.living
        with suppress(IndexError):  # a pool that was emptied in the meantime
            self.call(self.chance.choice(pool))


class Program(Client):
    """Makes a token, sees that it works, revokes it, sees that it does not."""

    def __init__(self, load: "Load", number: int) -> None:
        super().__init__(load, number)
        self.manager = self.load.jwt(self.load.owner(number)["manager"])
        self.made = 0

    def turn(self) -> None:
        jwt = self.mint()
        if jwt is None:
            return
        self.load.living.append(jwt)
        self.call(jwt)
        time.sleep(self.chance.random() * 0.2)
        self.revoke(jwt)
        self.call(jwt)

    def mint(self) -> Jwt | None:
        self.made += 1
        body = json.dumps({"name": f"{self.load.name} {self.number} {self.made}", "expires_in": "7d"})
        headers = {"Content-Type": "application/json"}
        start = time.monotonic()
        answer = self.ask("mint", "POST", "/v1/access-tokens", self.manager, body, headers=headers)
        if answer.status != 201:
            return None
        item = json.loads(answer.text)
        jwt = Jwt(item["token"], item["id"], [Change(True, start, time.monotonic(), acknowledged=True)])
        self.load.history.jwts.append(jwt)
        return jwt

    def revoke(self, jwt: Jwt) -> None:
        """Until it is acknowledged; the second time it may be gone already."""
        self.load.living.remove(jwt)
        with self.changing(jwt, valid=False) as change:
            while not change.acknowledged and not self.load.over.is_set():
                status = self.ask("revoke", "DELETE", f"/v1/access-tokens/{jwt.token}", self.manager).status
                change.acknowledged = status in {200, 404}
        if change.acknowledged:
            self.load.dead.append(jwt)


class Person(Client):
    """Renews the JWT of one token again and again; another switches a login off and on."""

    def __init__(self, load: "Load", number: int) -> None:
        super().__init__(load, number)
        owner = self.load.owner(number)
        self.cookies, self.ada = dict(owner["cookies"]), dict(self.load.installation.people["ada"]["cookies"])
        # Whether these are valid is not known before they were renewed and switched on: an earlier load ended anywhere.
        self.planted, switched = owner["renewed"], self.load.installation.people["switched"]
        self.renewed, self.switched = (Jwt(one["jwt"], one["id"]) for one in (self.planted, switched))
        self.load.living += [self.renewed, self.switched]
        self.is_switched_on = False

    def turn(self) -> None:
        if not self.is_switched_on:
            self.switch(on=True, kind=AGAIN)
            self.is_switched_on = True
        self.renew()
        self.switch(on=False)
        self.call(self.switched)
        self.switch(on=True)
        self.call(self.switched)

    def renew(self) -> None:
        page = f"/tokens/{self.renewed.token}/generate"
        shown = self.submit("show", page, self.cookies)
        text, dialog, given = SHOWN_JWT.search(shown.text), DIALOG.search(shown.text), FORM_TOKEN.search(shown.text)
        if not (text and dialog and given):
            return
        old, new = self.renewed, Jwt(text[1].strip(), self.renewed.token)
        fields = {"csrfmiddlewaretoken": given[1], "dialog": dialog[1]}
        with self.changing(new, valid=True) as begun, self.changing(old, valid=False) as ended:
            answer = self.visit("save", "POST", f"{page}/save", self.cookies, **fields)
            begun.acknowledged = ended.acknowledged = answer.status == 303
        if answer.status == 303:
            self._replace(old, new)
        elif answer.status not in {NO_ANSWER, 503}:
            new.changes.clear()
            old.changes.pop()
        else:
            self._find_out(old, new)
        self.call(old)

    def _find_out(self, old: Jwt, new: Jwt) -> None:
        """The answer did not come: the new JWT works once it was saved, and then the old one never again."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not self.load.over.is_set():
            start = time.monotonic()
            status = self.ask("call", "GET", "/api/meta", new).status
            if status == ADMITTED:
                for jwt, valid in ((old, False), (new, True)):
                    jwt.changes.append(Change(valid, start, time.monotonic(), acknowledged=True))
                self._replace(old, new)
                return
            if status in REFUSED:
                return
            time.sleep(0.05)

    def _replace(self, old: Jwt, new: Jwt) -> None:
        self.renewed, self.planted["jwt"] = new, new.text
        self.load.history.jwts.append(new)
        self.load.living.append(new)
        self.load.living.remove(old)
        self.load.dead.append(old)

    def switch(self, *, on: bool, kind: str = "switch") -> None:
        """Until it is acknowledged. Asked for again it may be so already, and then leaves no entry."""
        path = f"/logins/{self.load.installation.people['ada']['switched']}/{'enable' if on else 'disable'}"
        while not self.load.over.is_set():
            with self.changing(self.switched, valid=on) as change:
                change.acknowledged = self.submit(kind, path, self.ada).status == 303
            if change.acknowledged:
                return
            kind = AGAIN
            time.sleep(0.05)


class Load:
    """The clients, and what they made."""

    def __init__(self, installation: Installation) -> None:
        self.installation, self.history, self.over = installation, History(), Event()
        self.name = secrets.token_hex(4)
        self.living: list[Jwt] = []
        self.dead: list[Jwt] = []
        numbers = iter(range(CALLERS + PROGRAMS + 1))
        self.clients: list[Client] = []
        for kind, count in ((Caller, CALLERS), (Program, PROGRAMS), (Person, 1)):
            self.clients += [kind(self, next(numbers)) for _ in range(count)]
        self.living += [self.jwt(owner["steady"]) for owner in installation.people["owners"]]

    def owner(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.installation.people["owners"][number]
        return found

    def jwt(self, planted: dict[str, str]) -> Jwt:
        """One that was valid before the clients began."""
        found = Jwt(planted["jwt"], planted["id"], [Change(True, 0.0, 0.0, acknowledged=True)])
        self.history.jwts.append(found)
        return found

    def __enter__(self) -> "Load":
        for client in self.clients:
            client.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for client in self.clients:
            client.join(TIMEOUT + 5)
        defects = [client.defect for client in self.clients if client.defect]
        if defects:
            raise AssertionError(f"{len(defects)} clients failed") from defects[0]

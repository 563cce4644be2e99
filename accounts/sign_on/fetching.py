"""Asks an identity provider: with a deadline, no redirects, an answer of bounded size, and few at once.

The addresses come from the operator and from what that provider says about itself, never from a console's user.
"""

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from accounts.sign_on.troubles import Trouble

CONNECT_SECONDS = READ_SECONDS = 5
WHOLE_SECONDS = 10  # from looking the name up to the last byte
BYTES_LIMIT = 512 * 1024
CHUNK = 16 * 1024
AT_ONCE = 4  # threads of this process that may wait for a provider; the others go on answering
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

waiting = threading.BoundedSemaphore(AT_ONCE)


class NoPassword(AuthBase):
    """In place of none: requests would look for one in the operating system user's ``.netrc``."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


def is_safe_address(url: str) -> bool:
    """Whether it is an ``https`` address; ``http`` is for this machine alone."""
    try:
        parts = urlsplit(url)
        name, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if not name or parts.username is not None or parts.fragment or any(c.isspace() for c in url):
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and name in LOOPBACK)


def get(url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The JSON object at the address. Raises ``Trouble``."""
    return _ask("GET", url, headers=headers or {})


def post(url: str, form: Mapping[str, str], basic: tuple[str, str] | None = None) -> dict[str, Any]:
    """The JSON object that answers the form; that of a refusal (400, 401) too. Raises ``Trouble``."""
    auth = HTTPBasicAuth(*basic) if basic else NoPassword()
    return _ask("POST", url, data=dict(form), auth=auth, fine=frozenset({200, 400, 401}))


def _ask(method: str, url: str, **more: Any) -> dict[str, Any]:
    """In a thread of its own: nothing else bounds looking a name up, or an answer that comes a byte at a time."""
    if not is_safe_address(url):
        raise Trouble("answer", "an address that is not https")
    if not waiting.acquire(blocking=False):
        raise Trouble("busy")
    asking = Asking(method, url, more)
    asking.start()
    asking.join(WHOLE_SECONDS)
    if asking.is_alive():
        asking.give_up()
        raise Trouble("away", f"too slow at {url}")
    if asking.trouble:
        raise asking.trouble
    return _object(asking.body)


class Asking(threading.Thread):
    """One request. It has a place among ``waiting`` until it is over, also when nobody waits for it any more."""

    def __init__(self, method: str, url: str, more: dict[str, Any]) -> None:
        super().__init__(daemon=True)
        self.method, self.url, self.more = method, url, more
        self.fine: frozenset[int] = more.pop("fine", frozenset({200}))
        self.answer: requests.Response | None = None
        self.body = b""
        self.trouble: Trouble | None = None

    def run(self) -> None:
        try:
            self.body = self.bounded()
        except Trouble as trouble:
            self.trouble = trouble
        except (requests.RequestException, OSError, ValueError) as error:
            self.trouble = Trouble("away", f"{type(error).__name__} at {self.url}")
        finally:
            waiting.release()

    def bounded(self) -> bytes:
        headers = {"Accept": "application/json", **self.more.pop("headers", {})}
        auth, timeout = self.more.pop("auth", NoPassword()), (CONNECT_SECONDS, READ_SECONDS)
        with (
            requests.Session() as session,
            session.request(
                self.method,
                self.url,
                headers=headers,
                auth=auth,
                timeout=timeout,
                allow_redirects=False,
                stream=True,
                **self.more,
            ) as self.answer,
        ):
            if self.answer.status_code not in self.fine:
                code = "away" if self.answer.status_code >= 500 else "answer"
                raise Trouble(code, f"{self.answer.status_code} from {self.url}")
            body = b""
            for chunk in self.answer.iter_content(CHUNK):
                body += chunk
                if len(body) > BYTES_LIMIT:
                    raise Trouble("answer", f"too long at {self.url}")
            return body

    def give_up(self) -> None:
        """End the connection, so that the place is free for the next one."""
        if self.answer is not None:
            with suppress(OSError, ValueError):  # it has just come to its end
                self.answer.raw.shutdown()


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Trouble("answer", "no JSON") from None
    if not isinstance(found, dict):
        raise Trouble("answer", "no JSON object")
    return found

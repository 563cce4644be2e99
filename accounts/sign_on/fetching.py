"""Asks an identity provider: with a deadline, no redirects, an answer of bounded size, and few at once.

The addresses come from the operator and from what that provider says about itself, never from a console's user.
"""

import json
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase, HTTPBasicAuth

from accounts.sign_on.troubles import Trouble

CONNECT_SECONDS = READ_SECONDS = 5
WHOLE_SECONDS = 10  # of an answer that comes in drops
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


def _ask(method: str, url: str, *, fine: frozenset[int] = frozenset({200}), **more: Any) -> dict[str, Any]:
    if not is_safe_address(url):
        raise Trouble("answer", "an address that is not https")
    if not waiting.acquire(blocking=False):
        raise Trouble("busy")
    more.setdefault("auth", NoPassword())
    headers = {"Accept": "application/json", **more.pop("headers", {})}
    try:
        with (
            requests.Session() as session,
            session.request(
                method,
                url,
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
                **more,
            ) as answer,
        ):
            if answer.status_code not in fine:
                raise Trouble("away" if answer.status_code >= 500 else "answer", f"{answer.status_code} from {url}")
            return _object(_bounded(answer))
    except (requests.RequestException, OSError) as error:
        raise Trouble("away", f"{type(error).__name__} at {url}") from None
    finally:
        waiting.release()


def _bounded(answer: requests.Response) -> bytes:
    until, body = time.monotonic() + WHOLE_SECONDS, b""
    for chunk in answer.iter_content(CHUNK):
        body += chunk
        if len(body) > BYTES_LIMIT:
            raise Trouble("answer", "too long")
        if time.monotonic() > until:
            raise Trouble("away", "too slow")
    return body


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise Trouble("answer", "no JSON") from None
    if not isinstance(found, dict):
        raise Trouble("answer", "no JSON object")
    return found

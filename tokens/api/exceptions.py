"""What can be wrong with a call, as an exception that becomes a problem body."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any


class Problem(Exception):
    """Answered as ``application/problem+json`` (RFC 9457). ``reason`` is for programs, ``detail`` for people.

    ``members`` are further members of the body, such as ``parameter`` and ``allowed``; ``headers`` go on the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str = "",
        *,
        reason: str = "",
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(detail)
        self.status = HTTPStatus(status)
        self.detail = str(detail)
        self.reason = reason
        self.headers = dict(headers or {})
        self.members = members

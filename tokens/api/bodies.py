"""Reads what a call sends along: a JSON object or a form, within a limit, each name once."""

import json
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.http import UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.request import Request

from tokens.api.exceptions import Problem

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FORM_LIMIT = 16 * 1024
JSON_LIMIT = 64 * 1024
FIELDS_LIMIT = 50


def json_body(request: Request, *, limit: int = JSON_LIMIT) -> dict[str, Any]:
    """The JSON object of the body. Raises ``Problem`` 415, 413, or 400 with the reason ``invalid_request``."""
    content = _content(request, JSON, limit)
    try:
        orjson.loads(content)  # stricter: UTF-8 alone, no NaN, no lone surrogate, a limit to depth
        found = json.loads(content, object_pairs_hook=_each_once)
    except (ValueError, RecursionError):
        raise _unreadable(_("The body must be JSON in UTF-8.")) from None
    if not isinstance(found, dict):
        raise _unreadable(_("The body must be one JSON object."))
    return found


def form_body(request: Request, *, limit: int = FORM_LIMIT) -> dict[str, str]:
    """The fields of a form (RFC 6749, appendix B). One that comes twice is an error (3.2); so is a file.

    Raises ``Problem`` 415, 413, or 400 with the reason ``invalid_request``.
    """
    content = _content(request, FORM, limit)
    try:
        pairs = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict",
            max_num_fields=FIELDS_LIMIT,
        )  # fmt: skip
    except ValueError:  # not ASCII, not UTF-8 behind the percent signs, or too many fields
        raise _unreadable(_("The body must be a form in UTF-8, percent-encoded.")) from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise _unreadable(_("Each parameter may be given once."))
    return fields


def is_form(request: Request) -> bool:
    return _kind(request) == FORM


def _each_once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) < len(members):
        raise _unreadable(_("Each member may be given once."))
    return found


def _content(request: Request, kind: str, limit: int) -> bytes:
    if _kind(request) != kind:
        raise Problem(415, _("Send the body as Content-Type: %(kind)s.") % {"kind": kind}, headers={"Accept": kind})
    if "HTTP_TRANSFER_ENCODING" in request.META and not request.META.get("CONTENT_LENGTH"):
        raise Problem(411, _("Send the body with its Content-Length."))  # WSGI gives no other; it would seem empty
    try:
        content: bytes = request._request.read(limit + 1)
    except UnreadablePostError:  # the client left in the middle
        raise _unreadable(_("The body ended before its Content-Length.")) from None
    if len(content) > limit:
        raise Problem(413, _("The body may have %(count)d bytes at most.") % {"count": limit})
    return content


def _kind(request: Request) -> str:
    kind: str = request.META.get("CONTENT_TYPE", "")
    return kind.partition(";")[0].strip().lower()


def _unreadable(detail: str) -> Problem:
    return Problem(400, detail, reason="invalid_request")

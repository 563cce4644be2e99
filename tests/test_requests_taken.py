"""Requests as the console takes them from its web server, and answers as it gives them to programs: what is made with
less work is Django's in every respect.
"""

from io import BytesIO
from typing import Any

import pytest
from django.core.handlers.wsgi import LimitedStream, WSGIRequest
from django.http import HttpResponse

from config.wsgi import Request
from tokens.api.views_base import answer


def environ(**more: str) -> dict[str, Any]:
    """As config/answering.py hands a request over."""
    return {
        "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/api/meta", "QUERY_STRING": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(b"name=value"), **more,
    }  # fmt: skip


def members(request: WSGIRequest) -> dict[str, Any]:
    found = {**vars(request)}
    stream = found.pop("_stream")
    assert isinstance(stream, LimitedStream)
    found["environ"], found["META"] = ({**found[name], "wsgi.input": None} for name in ("environ", "META"))
    return found | {"what is read": stream.read(), "encoding": request.encoding, "host": request.get_host()}


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"PATH_INFO": "/"},
        {"PATH_INFO": ""},
        {"PATH_INFO": "*"},
        {"PATH_INFO": "//two/slashes"},
        {"PATH_INFO": "/a b%41;x"},
        {"PATH_INFO": "/caf\u00c3\u00a9"},  # UTF-8, as WSGI shows it (PEP 3333)
        {"PATH_INFO": "/broken\u00ff"},
        {"PATH_INFO": "/nul\x00"},
        {"REQUEST_METHOD": "post", "CONTENT_LENGTH": "10", "CONTENT_TYPE": "application/x-www-form-urlencoded"},
        {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "4", "CONTENT_TYPE": "application/json"},
        {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "", "CONTENT_TYPE": ""},
        {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "many", "CONTENT_TYPE": "text/plain; x"},
        {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "10", "CONTENT_TYPE": "multipart/form-data; boundary=b"},
    ],
)  # fmt: skip
def test_is_what_django_makes_of_it(more: dict[str, str]) -> None:
    assert members(Request(environ(**more))) == members(WSGIRequest(environ(**more)))


@pytest.mark.parametrize("charset", ["hex", "unicode_escape", "latin-1", "no such"])
def test_a_charset_that_the_client_names_is_not_used(charset: str) -> None:
    taken = Request(environ(CONTENT_TYPE=f"application/x-www-form-urlencoded; charset={charset}"))
    assert taken.encoding is None


def test_a_kind_that_cannot_be_read_is_none() -> None:
    taken = Request(environ(CONTENT_TYPE="text/plain; a*=x'y'z"))
    assert (taken.content_type, taken.content_params) == ("", {})


@pytest.mark.parametrize("headers", [None, {"Retry-After": "5", "ETag": '"a"'}])
def test_an_answer_is_what_django_makes_of_it(headers: dict[str, str] | None) -> None:
    ours = answer({"a": [1, None]}, 202, headers)
    theirs = HttpResponse(b'{"a":[1,null]}', status=202, content_type="application/json", headers=headers)
    assert sorted(ours.items()) == sorted(theirs.items())
    assert ours.content == theirs.content
    for name in ({*vars(ours), *vars(theirs)} | {"reason_phrase", "charset"}) - {"headers"}:
        assert getattr(ours, name) == getattr(theirs, name), name


def test_no_header_of_an_answer_breaks_its_line() -> None:
    with pytest.raises(ValueError, match="newlines"):
        answer({}, headers={"X-Name": "a\r\nSet-Cookie: b=c"})

"""Sends a short stream at once, bounds how many long ones there are, and breaks them off when the worker ends."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from config import errors
from config.addresses import is_for_programs
from config.ending import ending
from config.workplaces import workplaces

SHORT_BYTES = 16 * 1024
SHORT_SECONDS = 0.01
"""So much of a stream is waited for: when it ends within, it is no stream. Then it holds up nobody, however slow the
client reads: the web server has it all."""
SHORT_FILE_BYTES = 1024 * 1024
RETRY_SECONDS = 10
TOO_MANY = _("Too many long answers are on their way. Try again in a few seconds.")


def settled(request: HttpRequest, response: StreamingHttpResponse) -> HttpResponseBase:
    """The same response with ``whole`` when it is short; a 503 when too many long ones are on their way."""
    if request.method == "HEAD":
        return response
    source = iter(response)
    begun, error = beginning(source, of_file=response.has_header("Content-Length"))
    if error is StopIteration:
        response.whole = b"".join(begun)  # type: ignore[attr-defined]  # for config/answering.py
        return response
    if not workplaces.make_room():
        response.close()
        return too_many(request, response)
    rest = iter(()) if error is not None else source
    response.streaming_content = guarded(begun, error, rest, response.close)
    return response


def beginning(source: Iterator[bytes], *, of_file: bool) -> tuple[list[bytes], Any]:
    """The first parts, and what ended them: ``StopIteration``, an error to be raised after them, or nothing yet."""
    parts: list[bytes] = []
    size, until = 0, time.monotonic() + SHORT_SECONDS
    most = SHORT_FILE_BYTES if of_file else SHORT_BYTES
    while size < most and (of_file or time.monotonic() < until):
        try:
            part = next(source)
        except StopIteration:
            return parts, StopIteration
        except Exception as error:  # noqa: BLE001  # raised again where it would have been
            return parts, error
        parts.append(part)
        size += len(part)
    return parts, None


def guarded(begun: list[bytes], error: Any, source: Iterator[bytes], close: Callable[[], None]) -> Iterator[bytes]:
    """The stream from its beginning. When the worker must end, it is put on record as broken off and stays unfinished:
    the server would end a stream properly that raises, and the reader would take a part for the whole.
    """
    stream, place = object(), workplaces.mine()

    def break_off() -> None:
        if place is not None:
            place.settle()  # what is written at the end, is written on the connection that the stream has
        close()

    ending.began(stream, break_off)
    try:
        for part in chain(begun, source):
            yield part
            if ending.breaks_off:
                if ending.is_over(stream):
                    close()
                wait_for_the_end()
        if error is not None:
            raise error
    finally:
        ending.is_over(stream)


def wait_for_the_end() -> None:
    while True:
        time.sleep(1)


def too_many(request: HttpRequest, instead_of: HttpResponseBase) -> HttpResponse:
    if is_for_programs(request.path_info):
        answer = errors.problem(request, 503, str(TOO_MANY))
    else:
        answer = HttpResponse(str(TOO_MANY), status=503, content_type="text/plain; charset=utf-8")
    for name, value in instead_of.items():
        if not name.lower().startswith("content-") or name == "Content-Security-Policy":
            answer.headers.setdefault(name, value)
    answer["Retry-After"] = str(RETRY_SECONDS)
    return answer

"""Run as a program in place of ``config.web``: the same web server without the protection that ``UNCURED`` names."""

import os
import threading
from typing import Any

from granian import cli

from config import answering, ending, web
from config.answering import workplaces
from tokens.api import turns


def bodies_read_at_work() -> None:
    """The body is read by the view, at its place."""
    answering.bodies.take_in = lambda proto, environ: None  # type: ignore[method-assign]


def streams_unbounded() -> None:
    """A stream keeps the place that others would answer at, and so does each report."""
    workplaces.make_room = lambda: True  # type: ignore[method-assign]
    turns.turns = threading.BoundedSemaphore(1_000)


def no_goodbye() -> None:
    """A worker ends at once."""
    ending.End.begin = lambda self, seconds: os._exit(0)  # type: ignore[method-assign,assignment,misc]


def few_connections() -> None:
    """A connection that has sent half a header is one of few."""
    made = web.WebServer.__init__

    def of_few(self: Any, *arguments: Any, **options: Any) -> None:
        made(self, *arguments, **{**options, "backpressure": 50})

    web.WebServer.__init__ = of_few  # type: ignore[method-assign]


if __name__ == "__main__":
    {function.__name__: function for function in (bodies_read_at_work, streams_unbounded, no_goodbye, few_connections)}[
        os.environ["UNCURED"]
    ]()
    cli.Server = web.WebServer  # type: ignore[attr-defined]
    cli.entrypoint()  # type: ignore[no-untyped-call]

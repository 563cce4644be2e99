"""Runs the web server, granian: every worker is forked from one loaded process, always replaced, and ends with it.

Takes granian's own arguments: ``python -m config.web --interface wsgi ... config.wsgi:application``.
"""

import gc
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import cli
from granian.server.mp import MPServer

Loader = Callable[[], Any]

PAUSE_SECONDS = 0.05
"""Between one replacement and the next, so that a worker that cannot live does not keep a core busy."""
LOOK_EVERY_SECONDS = 0.5
LINGER_SECONDS = 5.0
"""So long a worker goes on without its server: the next, which takes a while to load, listens beside it."""


class WebServer(MPServer):
    """Granian's own ends altogether when a worker dies twice within seconds, and loads everything in each worker."""

    def _serve(self, spawn_target: Any, target_loader: Loader) -> None:
        load(target_loader)
        in_worker = partial(load_in_worker, target_loader, os.getpid())
        super()._serve(spawn_target, in_worker)  # type: ignore[no-untyped-call]

    def _serve_loop(self, spawn_target: Any, target_loader: Loader) -> None:
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            while self.interrupt_children and not self.interrupt_signal:
                self._respawn_workers([self.interrupt_children.pop(0)], spawn_target, target_loader)
                time.sleep(PAUSE_SECONDS)


def load(target_loader: Loader) -> None:
    """Import all that answering needs, so that a worker answers as soon as it is forked. Opens no connection."""
    target_loader()
    from django.urls import resolve  # noqa: PLC0415  # the loader has set Django up

    resolve("/healthz")
    gc.collect()
    gc.freeze()  # what is shared between the workers stays shared


def load_in_worker(target_loader: Loader, server: int) -> Any:
    """What the worker answers with. It ends soon after its server: nobody else would ever stop or replace it."""
    threading.Thread(target=end_with, args=(server,), name="end with the server", daemon=True).start()
    return target_loader()


def end_with(server: int) -> None:
    while os.getppid() == server:
        time.sleep(LOOK_EVERY_SECONDS)
    time.sleep(LINGER_SECONDS)
    os._exit(1)


if __name__ == "__main__":
    cli.Server = WebServer  # type: ignore[attr-defined]  # granian reads its many options there
    cli.entrypoint()  # type: ignore[no-untyped-call]

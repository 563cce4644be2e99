"""Runs the web server, granian: every worker is forked from one loaded process, always replaced, and ends with it.

Takes granian's own arguments: ``python -m config.web --interface wsgi ... config.wsgi:application``. The workers share
one socket, so that what waits on it is lost with none of them.
"""

import gc
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import Any

import granian._signals
import granian.server.mp
from granian import cli
from granian._granian import SocketHolder
from granian.server.mp import MPServer

from config import parent
from config.answering import Adapter
from config.ending import RETIRE, RETIRE_SECONDS, STOP_SECONDS, End
from config.listening import BACKLOG, READY, SOCKET, listen
from config.workplaces import stand_in_for_signals

Loader = Callable[[], Any]

PAUSE_SECONDS = 0.05
"""Between one replacement and the next, so that a worker that cannot live does not keep a core busy."""
LINGER_SECONDS = 5.0
"""So long a worker goes on without its server: the next, which takes a while to load, listens beside it."""


class WebServer(MPServer):
    """Granian's own ends altogether when a worker dies twice within seconds, and loads everything in each worker."""

    is_retiring = False
    process_id = 0

    def _init_shared_socket(self) -> None:
        given = os.environ.get(SOCKET, "")
        self._listening = (
            socket.socket(fileno=int(given)) if given else listen(self.bind_addr, self.bind_port, beside_others=True)
        )
        self._sfd = self._listening.fileno()  # type: ignore[assignment]
        self._shd = SocketHolder(self._sfd, False, BACKLOG)  # type: ignore[assignment,call-arg]
        self._ssp = self._sso = None

    def _drop_shared_socket(self) -> None:
        self._listening.close()  # never shut down: granian's workers would spin on it

    def _serve(self, spawn_target: Any, target_loader: Loader) -> None:
        self.process_id = os.getpid()
        load(target_loader)
        in_worker = partial(load_in_worker, target_loader, self.process_id, self)
        super()._serve(spawn_target, in_worker)  # type: ignore[no-untyped-call]

    def startup(self, spawn_target: Any, target_loader: Loader) -> None:
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        signal.signal(RETIRE, self._retire)
        parent.end_with_supervisor(self.signal_handler_interrupt)
        if ready := os.environ.pop(READY, ""):
            os.write(int(ready), b"1")
            os.close(int(ready))

    def _serve_loop(self, spawn_target: Any, target_loader: Loader) -> None:
        while not self.interrupt_signal:
            self.main_loop_interrupt.wait()
            self.main_loop_interrupt.clear()
            while self.interrupt_children and not self.interrupt_signal:
                self._respawn_workers([self.interrupt_children.pop(0)], spawn_target, target_loader)
                time.sleep(PAUSE_SECONDS)

    def signal_handler_interrupt(self, *_signal: Any) -> None:
        """A worker that was forked a moment ago, and listens to no signals of its own yet, has nothing to finish."""
        if os.getpid() != self.process_id:
            os._exit(0)
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def _retire(self, number: int, frame: FrameType | None) -> None:
        """Another server has taken over: nobody waits for this one, so what is under way may take its time."""
        self.is_retiring = True
        self.signal_handler_interrupt()

    def _hurry(self, number: int, frame: FrameType | None) -> None:
        for worker in self.wrks:
            worker.inner.terminate()

    def _stop_workers(self) -> None:
        if self.is_retiring:
            signal.signal(signal.SIGTERM, self._hurry)
            for worker in self.wrks:
                worker.interrupt_by_parent = True
                with suppress(ProcessLookupError):
                    os.kill(worker.inner.pid, RETIRE)
            until = time.monotonic() + RETIRE_SECONDS
            for worker in self.wrks:
                worker.inner.join(max(0.0, until - time.monotonic()))
        super()._stop_workers()  # type: ignore[no-untyped-call]


def load(target_loader: Loader) -> None:
    """Import all that answering needs, so that a worker answers as soon as it is forked. Opens no connection."""
    target_loader()
    from django.urls import resolve  # noqa: PLC0415  # the loader has set Django up

    from audit.grids.icons import drawings  # noqa: PLC0415

    resolve("/healthz")
    drawings()
    gc.collect()
    gc.freeze()  # what is shared between the workers stays shared


def load_in_worker(target_loader: Loader, server: int, of: WebServer) -> Any:
    """What the worker answers with. It ends soon after its server: nobody else would ever stop or replace it."""
    application = target_loader()
    answers = Adapter(application)
    stand_in_for_signals()
    end = End(of._listening.fileno(), answers.say_goodbye)
    parent.watch(server, lambda: end_after(LINGER_SECONDS, end))
    # Granian's adapter of WSGI and its signals give way to ours, in this process alone.
    granian.server.mp._wsgi_call_wrap = lambda *_: answers  # type: ignore[attr-defined]
    original = granian._signals.set_sync_signals

    def with_our_end() -> Any:
        server_signal = original()  # type: ignore[no-untyped-call]
        end.watch_signals(server_signal)
        return server_signal

    granian._signals.set_sync_signals = with_our_end
    return application


def end_after(seconds: float, end: End) -> None:
    time.sleep(seconds)
    end.begin(STOP_SECONDS)


if __name__ == "__main__":
    cli.Server = WebServer  # type: ignore[attr-defined]  # granian reads its many options there
    cli.entrypoint()  # type: ignore[no-untyped-call]

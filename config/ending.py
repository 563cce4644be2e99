"""Ends a web worker without failing a call: it takes no more connections, says goodbye on those it has, finishes."""

import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Protocol

from config.listening import deaf

GOODBYE_SECONDS = 1.0
"""So long a connection that is kept open may bring one more request, to be told in its answer that it was the last."""
STOP_SECONDS = 8.0
RETIRE_SECONDS = 300.0
"""What is under way may take so long when the console stops, and when another web server has taken over."""
BREAK_SECONDS = 1.0
"""For streams that are broken off to put it on record."""
RETIRE = signal.SIGUSR1


class Ending:
    """The streams of this process, and whether they must stop: then none goes on, and each is closed by one thread."""

    def __init__(self) -> None:
        self.breaks_off = False
        self._under_way: dict[object, Callable[[], object]] = {}

    def began(self, stream: object, break_off: Callable[[], object]) -> None:
        self._under_way[stream] = break_off

    def is_over(self, stream: object) -> bool:
        """False when another thread has said so before."""
        return self._under_way.pop(stream, None) is not None

    def break_off(self) -> None:
        """Those that run find it out after their next part; for those whose client does not read, it is done here."""
        self.breaks_off = True
        time.sleep(BREAK_SECONDS / 2)
        for stream, break_off in list(self._under_way.items()):
            if self.is_over(stream):
                break_off()
        time.sleep(BREAK_SECONDS / 2)


ending = Ending()


class Signal(Protocol):
    """Granian's: once set it closes the connections that are idle, waits for the others, and ends."""

    def set(self) -> None: ...


class End:
    """Of one worker. ``say_goodbye`` makes every answer from then on the last of its connection."""

    def __init__(self, listening: int, say_goodbye: Callable[[], None]) -> None:
        self._listening, self._say_goodbye = listening, say_goodbye
        self._begun, self._until = threading.Lock(), float("inf")
        self.server: Signal | None = None

    def watch_signals(self, server: Signal) -> None:
        self.server = server
        for number in (signal.SIGTERM, signal.SIGINT, RETIRE):
            signal.signal(number, self._on_signal)

    def begin(self, seconds: float) -> None:
        """Called again, it may only come sooner."""
        self._until = min(self._until, time.monotonic() + seconds)
        if self._begun.acquire(blocking=False):
            threading.Thread(target=self._run, name="end", daemon=True).start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.begin(RETIRE_SECONDS if number == RETIRE else STOP_SECONDS)

    def _run(self) -> None:
        self._say_goodbye()
        deaf(self._listening)
        time.sleep(GOODBYE_SECONDS)
        if self.server is not None:
            self.server.set()
        while time.monotonic() < self._until:
            time.sleep(0.1)
        ending.break_off()
        os._exit(0)

"""The programs that a supervisor runs always: each is started again when it dies, and renewed without a gap."""

import os
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from config.ending import RETIRE
from config.listening import READY, SOCKET
from config.parent import SUPERVISOR

LIVED_SECONDS = 30.0
"""A child that lived so long did not fail at its start; its next restart waits the shortest time again."""
PAUSE_LONGEST = 30.0
STOP_SECONDS = 15.0

Process = subprocess.Popen[bytes]


@dataclass(slots=True)
class Child:
    """One program that is to run always."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    started_at: float = 0.0
    pause: float = 0.5
    next_start_at: float = 0.0

    def start(self) -> None:
        self.process = self.started()
        self.started_at = time.monotonic()

    def started(self, *descriptors: int, **environment: str) -> Process:
        # A session of its own: Ctrl-C reaches the supervisor alone, which then ends its children in order.
        own = {**os.environ, SUPERVISOR: str(os.getpid()), **self.environment, **environment}
        return subprocess.Popen(  # noqa: S603  # commands made above
            self.command, env=own, pass_fds=descriptors, start_new_session=True
        )

    def watch(self, tell: Callable[[str], object]) -> None:
        """Start it if it does not run and its pause is over."""
        now = time.monotonic()
        if self.process is not None:
            if self.process.poll() is None:
                return
            self.pause = 0.5 if now - self.started_at > LIVED_SECONDS else min(self.pause * 2, PAUSE_LONGEST)
            tell(f"The {self.name} ended with status {self.process.returncode}; starting it again in {self.pause:g} s.")
            self.process, self.next_start_at = None, now + self.pause
        elif now >= self.next_start_at:
            self.start()

    def renew(self, tell: Callable[[str], object]) -> None:
        """Run the program as it is now on the disk."""
        self.end()
        self.wait(time.monotonic() + STOP_SECONDS)
        self.start()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, deadline: float) -> None:
        if self.process is not None:
            wait_for(self.process, deadline)


def wait_for(process: Process, deadline: float) -> None:
    try:
        process.wait(timeout=max(0.1, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(slots=True)
class Server(Child):
    """The web server. The socket is the supervisor's; a new server takes over before the old one retires."""

    listening: socket.socket | None = None
    keeps_listening: bool = False  # whoever handed the socket over starts the console again; callers wait meanwhile
    next: Process | None = None
    ready: int = -1
    retired: list[Process] = field(default_factory=list)

    def started(self, *descriptors: int, **environment: str) -> Process:
        if self.listening is None:
            return Child.started(self, *descriptors, **environment)
        number = self.listening.fileno()
        return Child.started(self, number, *descriptors, **{SOCKET: str(number)}, **environment)

    def renew(self, tell: Callable[[str], object]) -> None:
        if self.process is None or self.next is not None:
            return
        self.ready, theirs = os.pipe()
        os.set_blocking(self.ready, False)
        self.next = self.started(theirs, **{READY: str(theirs)})
        os.close(theirs)

    def watch(self, tell: Callable[[str], object]) -> None:
        Child.watch(self, tell)
        self.retired = [process for process in self.retired if process.poll() is None]
        if self.next is None:
            return
        if self._is_ready():
            self._take_over()
            tell(f"A new {self.name} has taken over.")
        elif self.next.poll() is not None:
            tell(f"The new {self.name} ended with status {self.next.returncode}; the old one goes on.")
        else:
            return
        os.close(self.ready)
        self.next = None

    def _is_ready(self) -> bool:
        try:
            return os.read(self.ready, 1) == b"1"
        except BlockingIOError:
            return False

    def _take_over(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(RETIRE)
            self.retired.append(self.process)
        self.process, self.started_at = self.next, time.monotonic()

    def end(self) -> None:
        if self.listening is not None and not self.keeps_listening:
            self.listening.close()  # once the workers have let go of it too, who calls is refused, and knows
        Child.end(self)
        for process in filter(None, [*self.retired, self.next]):
            process.terminate()

    def wait(self, deadline: float) -> None:
        Child.wait(self, deadline)
        for process in filter(None, [*self.retired, self.next]):
            wait_for(process, deadline)

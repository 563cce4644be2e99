"""Tells a child of ``manage.py serve`` that its supervisor is gone, however that ended: nobody else would stop it."""

import os
import threading
import time
from collections.abc import Callable

SUPERVISOR = "CONSOLE_SUPERVISOR"
"""The environment's name for the supervisor's process id, where there is one that children end with."""
LOOK_EVERY_SECONDS = 0.5


def end_with_supervisor(end: Callable[[], object]) -> None:
    """Call ``end`` in a thread of its own once the supervisor that started this process is gone."""
    supervisor = os.environ.get(SUPERVISOR, "")
    if supervisor.isdecimal():
        watch(int(supervisor), end)


def watch(parent: int, end: Callable[[], object]) -> None:
    threading.Thread(target=wait_for_end, args=(parent, end), name="end with the parent", daemon=True).start()


def wait_for_end(parent: int, end: Callable[[], object]) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_SECONDS)
    end()

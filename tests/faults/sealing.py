"""Run as a program: sealers that are killed at a line, alone or two at a time; what was seen outside is printed.

``each STRIDE``: at every so many lines that a pass runs through, one sealer is killed there. ``two SECONDS``: two
sealers and two writers, killed anywhere again and again. The database and the folder are those of the environment.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import django

WATCHED = (
    "audit/actions/sealing.py",
    "audit/actions/portions.py",
    "audit/seals/outside.py",
    "audit/kept_files.py",
    "audit/proving.py",
)
PORTION = 2
LONGEST = 5000


def main() -> None:
    django.setup()
    from django.db import connection

    from audit.actions import sealing

    sealing.PORTION = PORTION  # so that a pass has several
    if connection.vendor == "postgresql":
        connection.settings_dict["OPTIONS"]["connect_timeout"] = 30  # the machine may be busy
    mode, argument = sys.argv[1], float(sys.argv[2])
    json.dump(killed_at_each_line(int(argument)) if mode == "each" else killed_two_at_a_time(argument), sys.stdout)


def killed_at_each_line(stride: int) -> dict[str, Any]:
    """Entries are added before each kill; the pass that runs to its end is the last.

    After every second kill a sealer tidies up, so that one that was killed also follows on another, and the queue does
    not grow.
    """
    kills, seen = 0, Seen()
    for line in range(1, LONGEST, stride):
        in_child(write)
        was_killed = in_child(lambda line=line: seal_until(line))
        seen.look()
        kills += was_killed
        if not was_killed:
            break
        if kills % 2:
            in_child(seal)
            seen.look()
    in_child(write)
    in_child(seal)
    seen.look()
    return {"kills": kills, "seen": seen.sizes, "faults": seen.faults}


def killed_two_at_a_time(seconds: float) -> dict[str, Any]:
    chance, seen, kills = random.Random(), Seen(), 0  # noqa: S311  # no secret
    deeds: list[Callable[[], None]] = [seal_on, seal_on, write_on, write_on]
    children = [start(deed) for deed in deeds]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        time.sleep(chance.random() * 0.6)
        seen.look()
        which = chance.randrange(2)
        end_by_kill(children[which])
        kills += 1
        children[which] = start(deeds[which])
    for pid in children:
        end_by_kill(pid)
    in_child(write)
    in_child(seal)
    seen.look()
    return {"kills": kills, "seen": seen.sizes, "faults": seen.faults}


class Seen:
    """What somebody outside sees: the newest checkpoint, which never shrinks and never changes for a size."""

    def __init__(self) -> None:
        from django.conf import settings

        self.newest = Path(settings.LEDGER_DIR) / "newest"
        self.roots: dict[int, str] = {}
        self.sizes, self.faults, self.last = 0, [], 0

    def look(self) -> None:
        if not self.newest.exists():
            return
        _origin, size, root = self.newest.read_text().split("\n")[:3]
        if int(size) < self.last:
            self.faults.append(f"{size} after {self.last}")
        if self.roots.setdefault(int(size), root) != root:
            self.faults.append(f"two roots of {size}")
        self.last, self.sizes = int(size), len(self.roots)


# --- in children --------------------------------------------------------------------------------------------------


def start(deed: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            deed()
        except BaseException as error:  # noqa: BLE001  # a child must never return into its parent's code
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    return pid


def end_by_kill(pid: int) -> None:
    """Kill a child that never ends by itself, unless it failed."""
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    if os.WIFEXITED(status):
        raise SystemExit("a child failed")


def in_child(deed: Callable[[], None]) -> bool:
    """Whether it was killed. A defect is the program's end."""
    _, status = os.waitpid(start(deed), 0)
    if os.WIFSIGNALED(status):
        return True
    if os.WEXITSTATUS(status):
        raise SystemExit("a sealer failed")
    return False


def seal() -> None:
    """Seal something: the server may not have noticed yet that the sealer before, which had the turn, is dead."""
    from audit.actions.sealing import seal as real

    while not real():
        time.sleep(0.01)


def seal_until(line: int) -> None:
    """Seal and be killed before the given line that is run through."""
    left = line

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        if event == "call":
            return count if frame.f_code.co_filename.endswith(WATCHED) else None
        left -= event == "line"
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return count

    sys.settrace(count)
    seal()


def seal_on() -> None:
    while True:
        seal()
        time.sleep(0.005)


def write() -> None:
    from django.db import transaction

    from audit.actions import record
    from audit.actor import Actor
    from audit.verbs import Verb

    with transaction.atomic():
        for number in range(PORTION + 1):
            record(verb=Verb.SIGN_IN, by=Actor("Ada Byron", "console"), details={"n": number})


def write_on() -> None:
    while True:
        write()
        time.sleep(0.5)


if __name__ == "__main__":
    main()

"""What is kept of the ledger outside its database, so that a database that went back in time is noticed.

``newest`` is the last checkpoint that was signed: it is written, durably, before that checkpoint is shown to anyone,
and nothing of a smaller size, or of the same size and another root, is ever signed after it. ``checkpoints.txt`` is
for people and other programs: one checkpoint a minute at most, each followed by an empty line.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

from audit.kept_files import replace

NEWEST = "newest"
PUBLISHED = "checkpoints.txt"
PUBLISH_EVERY_SECONDS = 60.0


class Outside:
    """The files of one installation's ledger in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.newest, self.published = folder / NEWEST, folder / PUBLISHED

    def last_note(self) -> str:
        """The last signed checkpoint; empty when there is none yet."""
        with suppress(FileNotFoundError):
            return self.newest.read_text()
        return ""

    def keep(self, note: str) -> None:
        """Remember that this was signed. Raises ``OSError``; then it must not be shown to anyone."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.last_note() != note:
            replace(self.newest, note.encode())

    def publish(self) -> bool:
        """Append the last checkpoint to the public file if it is not its last one and a minute has passed."""
        note = self.last_note()
        if not note or not self._is_due():
            return False
        tail = self._tail(4 * len(note))
        if tail.endswith(f"{note}\n"):
            return False
        whole = b"" if not tail or tail.endswith("\n\n") else b"\n\n"  # the one before was broken off
        with self.published.open("ab") as file:
            file.write(whole + note.encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        return True

    def put_aside(self, generation: int) -> None:
        """Keep the files of a generation that has ended under names of their own, and begin anew."""
        for path in (self.newest, self.published):
            with suppress(FileNotFoundError):
                path.replace(path.with_name(f"{path.stem}-{generation}{path.suffix}"))

    def _is_due(self) -> bool:
        try:
            age = time.time() - self.published.stat().st_mtime
        except FileNotFoundError:
            return True
        return not 0 <= age < PUBLISH_EVERY_SECONDS  # a clock that was set back must not stop it

    def _tail(self, length: int) -> str:
        try:
            with self.published.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - length))
                return file.read().decode(errors="replace")
        except FileNotFoundError:
            return ""

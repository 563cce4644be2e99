"""The folder of SQL files, looked at once a second at most: what is served, and what is wrong with the rest."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import structlog

from tokens.reports.sql.files import SUFFIX, Reading, read_file
from tokens.reports.sql.findings import Finding
from tokens.reports.sql.report import SqlReport
from tokens.reports.sql.source import Source

LOOK_EVERY_SECONDS = 1.0
SETTLED_SECONDS = 1.0  # a file that changed since may still be being written

State = tuple[int, int, int]

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class File:
    """One file: its state when it was read, what was read then, and the last version that was in order."""

    state: State
    reading: Reading
    good: SqlReport | None = None


class Folder:
    """Holds what was read, and reads again what has changed. A version that is wrong replaces none that was right."""

    def __init__(self, directory: Path, source: Source, taken: Iterable[tuple[int, str]]) -> None:
        """``taken`` are the ids and names that other reports have."""
        self.directory, self.source = directory, source
        self.taken = list(taken)
        self.lock = threading.Lock()
        self.files: dict[str, File] = {}
        self.seen: dict[str, State] = {}
        self.served: dict[str, SqlReport] = {}
        self.look_at = 0.0

    def reports(self, organisation_id: int) -> dict[str, SqlReport]:
        """The organisation's reports by name."""
        self.look()
        return {name: report for name, report in self.served.items() if report.organisation_id == organisation_id}

    def is_broken(self, name: str, organisation_id: int) -> bool:
        """Whether the organisation has a file of this name that no report could be made of."""
        file = self.files.get(name)
        return name not in self.served and file is not None and file.reading.organisation_id == organisation_id

    def look(self) -> None:
        """Look if it is time. Only who comes first waits for the first look; later everybody has the last one."""
        if time.monotonic() < self.look_at or not self.lock.acquire(blocking=not self.look_at):
            return
        try:
            if time.monotonic() >= self.look_at:
                self._read_changes()
                self.look_at = time.monotonic() + LOOK_EVERY_SECONDS
        finally:
            self.lock.release()

    def _read_changes(self) -> None:
        states = _states(self.directory)
        changed = [name for name, state in states.items() if name not in self.files or self.files[name].state != state]
        settled = [name for name in changed if self._is_settled(name, states[name])]
        files = {name: file for name, file in self.files.items() if name in states}
        database_answers = True
        for name in settled:
            if reading := self._read(name, states[name], with_database=database_answers):
                before = files.get(name)
                good = reading.report or (before.good if before else None)
                files[name] = File(states[name], reading, good)
                database_answers = not reading.unchecked
        self.seen = states
        if settled or files.keys() != self.files.keys():
            served = self._without_collisions(files)
            self.files, self.served = files, served
            for name in settled:
                self._tell(name)

    def _is_settled(self, name: str, state: State) -> bool:
        """At the first look everything is; later what has not changed for a second, or since the look before."""
        age = time.time() - state[2] / 1e9
        return not self.look_at or age >= SETTLED_SECONDS or self.seen.get(name) == state

    def _read(self, name: str, state: State, *, with_database: bool) -> Reading | None:
        """The file as read, or None when it changed meanwhile or is gone: the next look will see."""
        path = self.directory / f"{name}{SUFFIX}"
        try:
            reading = read_file(path, self.source, with_database=with_database)
        except OSError as error:
            return Reading(name, findings=[Finding(0, f"The file cannot be read: {error.strerror}.")])
        return reading if _state(path) == state else None

    def _without_collisions(self, files: dict[str, File]) -> dict[str, SqlReport]:
        """Each id and name once. Who was served before keeps its own; then the order is that of the names."""
        served: dict[str, SqlReport] = {}
        ids = {number: f"the report {name}" for number, name in self.taken}
        names = {name for _number, name in self.taken}
        for name in sorted(files, key=lambda name: (name not in self.served, name)):
            file = files[name]
            if file.good is None:
                continue
            if name in names:
                finding = Finding(0, f"There is a report {name} already: give the file another name.")
            elif file.good.id in ids:
                finding = Finding(0, f"The id {file.good.id} belongs to {ids[file.good.id]}: choose another.")
            else:
                served[name], ids[file.good.id] = file.good, f"the file {name}{SUFFIX}"
                continue
            if finding not in file.reading.findings:
                file.reading.findings.append(finding)
        return served

    def _tell(self, name: str) -> None:
        findings = self.files[name].reading.findings if name in self.files else []
        if findings:
            kept = name in self.served
            found = [str(finding) for finding in findings]
            log.error("report file has errors", file=f"{name}{SUFFIX}", findings=found, last_good_version_served=kept)


def _states(directory: Path) -> dict[str, State]:
    """What there is, by the name without its ending; a folder that is not there is empty."""
    try:
        paths = [path for path in directory.iterdir() if path.suffix == SUFFIX and path.name[0] != "."]
    except OSError:
        return {}
    found = {path.stem: _state(path) for path in sorted(paths)}
    return {name: state for name, state in found.items() if state is not None}


def _state(path: Path) -> State | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns

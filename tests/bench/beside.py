"""What people and a reporting tool do while calls are measured: open pages of logs, and read a report, all the time."""

import http.client
import multiprocessing
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from multiprocessing.synchronize import Event

Deed = Callable[[Event], int]
"""Goes on until the event is set; how much was done."""


@contextmanager
def beside(deeds: Mapping[str, Deed]) -> Iterator[dict[str, int]]:
    """Each deed in a process of its own while the block runs; the mapping is filled with what they did at its end."""
    fork = multiprocessing.get_context("fork")
    over, done = fork.Event(), fork.Queue()
    children = [fork.Process(target=_tell, args=(name, deed, over, done)) for name, deed in deeds.items()]
    found: dict[str, int] = {}
    try:
        for child in children:
            child.start()
        yield found
        over.set()
        found.update(done.get(timeout=60) for _child in children)
    finally:
        over.set()
        for child in children:
            child.join(60)


def _tell(name: str, deed: Deed, over: Event, done: "multiprocessing.Queue[tuple[str, int]]") -> None:
    done.put((name, deed(over)))


def visitor(port: int, paths: Sequence[str], headers: Mapping[str, str]) -> Deed:
    """Opens one page after the other; how many came."""
    return partial(_visit, port, paths, headers)


def reader(port: int, path: str, headers: Mapping[str, str]) -> Deed:
    """Reads a report from its beginning to its end, again and again; how many bytes came."""
    return partial(_read, port, path, headers)


def _visit(port: int, paths: Sequence[str], headers: Mapping[str, str], over: Event) -> int:
    connection, seen = http.client.HTTPConnection("localhost", port, timeout=60), 0
    for path in cycle(paths):
        if over.is_set():
            return seen
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status}")
        seen += 1
    return seen


def _read(port: int, path: str, headers: Mapping[str, str], over: Event) -> int:
    seen = 0
    while not over.is_set():
        connection = http.client.HTTPConnection("localhost", port, timeout=60)
        connection.request("GET", path, headers=dict(headers))
        answer = connection.getresponse()
        if answer.status != 200:
            raise AssertionError(f"{path}: {answer.status}")
        while not over.is_set() and (part := answer.read(65_536)):
            seen += len(part)
        connection.close()
    return seen

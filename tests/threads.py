"""Many threads that do one thing at the same moment, each with database connections of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

T = TypeVar("T")


def at_once(number: int, deed: Callable[[int], T]) -> list[T]:
    """What each of so many threads got, all let go together. The error of any is raised here."""
    start = Barrier(number)

    def run(index: int) -> T:
        start.wait(30)
        try:
            return deed(index)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))

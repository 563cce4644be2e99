"""Lends each request one of a few workplaces: the leave to run, and the database connections that go with it.

A web worker has many threads, because one whose client is slow may stand still for long. Only a few of them run Django
at a time, and only so many connections to the database are ever opened: they belong to the place, not to the thread.
"""

import threading
from collections import deque

from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.signals import request_finished
from django.db import close_old_connections, connections
from django.db.backends.base.base import BaseDatabaseWrapper

PLACES = 8
LONG_PLACES = 8
"""Beyond ``PLACES``, for streams alone: such a place is no longer missed by those that answer at once."""
STREAMS_IN_PLACES = 4
"""When all long places are taken, so many of the others may stream as well."""


class Place:
    """Connections to every database. Whoever holds the lock may use them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_long = self.is_streaming = False
        self._connections: dict[str, BaseDatabaseWrapper] = {}

    def settle(self) -> None:
        """Make its connections those of this thread."""
        if not self._connections:
            self._connections = {alias: connections.create_connection(alias) for alias in connections}
            for wrapper in self._connections.values():
                wrapper.inc_thread_sharing()  # one thread after the other
        for alias, wrapper in self._connections.items():
            connections[alias] = wrapper

    def tidy(self) -> None:
        """Close a connection that an error left unusable, or that is old."""
        for wrapper in self._connections.values():
            wrapper.close_if_unusable_or_obsolete()


class Leave:
    """So many may run at a time; the others come in as they came. A database that hangs makes many wait: then nobody
    who came later may pass.
    """

    def __init__(self, count: int) -> None:
        self._left, self._lock = count, threading.Lock()
        self._waiting: deque[threading.Lock] = deque()

    def take(self) -> None:
        with self._lock:
            if self._left:
                self._left -= 1
                return
            mine = threading.Lock()
            mine.acquire()
            self._waiting.append(mine)
        mine.acquire()

    def give(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._left += 1


class Workplaces:
    """All places of one worker process. A thread goes back to the place where it was, when that is free."""

    def __init__(self, places: int = PLACES, long_places: int = LONG_PLACES, streams: int = STREAMS_IN_PLACES) -> None:
        self._leave_to_run = Leave(places)
        self._places = [Place() for _ in range(places + long_places)]
        self._mine = threading.local()
        self._counting = threading.Lock()
        self._long_left, self._streams_left = long_places, streams

    def take(self) -> Place:
        """Waits until fewer than ``PLACES`` others run."""
        self._leave_to_run.take()
        place: Place | None = getattr(self._mine, "place", None)
        if place is not None and place.lock.acquire(blocking=False):
            return place
        return self._move()

    def _move(self) -> Place:
        place = next(place for place in self._places if place.lock.acquire(blocking=False))
        place.settle()
        self._mine.place = place
        return place

    def mine(self) -> Place | None:
        """Where this thread works; None when the web server did not call it."""
        place: Place | None = getattr(self._mine, "place", None)
        return place if place is not None and place.lock.locked() else None

    def make_room(self) -> bool:
        """Before this thread streams: let another run beside it. False when too many stream already."""
        place = self.mine()
        if place is None:
            return True
        with self._counting:
            if self._long_left:
                self._long_left -= 1
                place.is_long = True
            elif self._streams_left:
                self._streams_left -= 1
                place.is_streaming = True
                return True
            else:
                return False
        self._leave_to_run.give()
        return True

    def give_back(self, place: Place) -> None:
        try:
            place.tidy()
        finally:
            self._leave(place)

    def _leave(self, place: Place) -> None:
        is_long = place.is_long
        if is_long or place.is_streaming:
            with self._counting:
                self._long_left += is_long
                self._streams_left += not is_long
            place.is_long = place.is_streaming = False
        place.lock.release()
        if not is_long:
            self._leave_to_run.give()


def stand_in_for_signals() -> None:
    """Where each request has a place, that is tidied; Django would look up all connections of the thread again. The
    rest of what it does at a request's end is for programs whose caches or address maps change.
    """
    for receiver in (close_old_connections, reset_urlconf, close_caches):
        request_finished.disconnect(receiver)


workplaces = Workplaces()

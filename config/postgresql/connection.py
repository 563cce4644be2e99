"""A psycopg connection that never waits longer than its deadline."""

from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import ConnStatus, TransactionStatus

DEADLINE = 4.0
"""Seconds that one statement may take unless ``patience`` says otherwise."""


class NoAnswer(psycopg.OperationalError):
    """The server did not answer within the deadline. Whether it did what was asked is not known."""


class Connection(psycopg.Connection[Any]):
    """Waits at most ``deadline`` seconds for each answer.

    A server that is stopped, or behind a silent network, keeps its sockets open and fires no time-out of its own: only
    the client can give up. It then closes the connection, because a later answer would be taken for another's.
    """

    deadline: float | None = DEADLINE

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        try:
            return super().wait(gen, interval, self.deadline if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            raise NoAnswer(f"no answer from the database within {self.deadline} seconds") from None

    @contextmanager
    def patience(self, seconds: float | None) -> Iterator[None]:
        """Wait so long instead while the block runs; None waits for ever (migrations)."""
        before, self.deadline = self.deadline, seconds
        try:
            yield
        finally:
            self.deadline = before

    def is_dead(self) -> bool:
        """Whether the server has hung up, found by looking at the idle socket, without a query."""
        if self.closed:
            return True
        if self.pgconn.transaction_status != TransactionStatus.IDLE:
            return False
        waiting = poll()
        waiting.register(self.pgconn.socket, POLLIN)
        if not waiting.poll(0):
            return False
        try:
            self.pgconn.consume_input()  # a notice of the server, or the end of the stream
        except psycopg.OperationalError:
            return True
        return self.pgconn.status == ConnStatus.BAD or bool(waiting.poll(0))

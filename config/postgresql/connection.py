"""A psycopg connection that never waits longer than its deadline."""

from collections.abc import Iterator
from contextlib import contextmanager
from select import POLLIN, poll
from typing import Any

import psycopg
from psycopg.abc import RV, PQGen
from psycopg.pq import ConnStatus, TransactionStatus

from config.postgresql.silence import SHORT, NoAnswer, Silence

DEADLINE = 3.5
"""Seconds that one statement may take unless ``patience`` says otherwise."""

SERVER_SIDE = " ".join(
    f"-c {name}={milliseconds}"
    for name, milliseconds in {
        "lock_timeout": 3_000,  # before our own deadline: then it is known that nothing was done
        "client_connection_check_interval": 1_000,  # what we gave up, the server ends soon after
        "idle_in_transaction_session_timeout": 60_000,  # a process that is held up holds up others so long at most
    }.items()
)
"""What the server itself is asked to give up after, in milliseconds. It does so only while it runs."""


class Connection(psycopg.Connection[Any]):
    """Waits at most ``deadline`` seconds for each answer.

    A server that is stopped, or behind a silent network, keeps its sockets open and fires no time-out of its own: only
    the client can give up. It then closes the connection, because a later answer would be taken for another's.
    """

    deadline: float | None = DEADLINE
    silence = Silence()  # base.py gives all connections to one server the same
    is_patient = False

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        limit = self._limit() if timeout is None else timeout
        try:
            answer = super().wait(gen, interval, limit)
        except psycopg.errors._WaitTimeout:
            self.pgconn.finish()
            if not self.is_patient:  # a statement that may take long says little about the others
                self.silence.noticed()
            raise NoAnswer(f"no answer from the database within {limit} seconds") from None
        if self.silence.until:
            self.silence.broken()
        return answer

    def _limit(self) -> float | None:
        if self.deadline is None or self.is_patient or not self.silence.is_felt:
            return self.deadline
        return min(self.deadline, SHORT)

    @contextmanager
    def patience(self, seconds: float | None) -> Iterator[None]:
        """Wait so long instead while the block runs; None waits for ever (migrations)."""
        before = self.deadline, self.is_patient
        self.deadline, self.is_patient = seconds, True
        try:
            yield
        finally:
            self.deadline, self.is_patient = before

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


__all__ = ["DEADLINE", "SERVER_SIDE", "Connection", "NoAnswer"]

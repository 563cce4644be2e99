"""The engine that ``DATABASES`` names: Django's own, on connections of ours."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel
from psycopg.errors import ConnectionTimeout

from config.postgresql.connection import DEADLINE, SERVER_SIDE, Connection
from config.postgresql.silence import silence_of


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps one connection per thread; replaces it before use when the server has hung up.

    ``commits`` counts those that were begun in the present request: with an error after one, only a look at what is
    there tells what was done.
    """

    commits = 0

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        deadline = conn_params.pop("deadline", DEADLINE)
        conn_params = {**conn_params, "options": f"{SERVER_SIDE} {conn_params.get('options', '')}".strip()}
        silence = silence_of(*(str(conn_params.get(part, "")) for part in ("host", "hostaddr", "port")))
        silence.wait_for_answer(lambda: Connection.connect(**conn_params).close())
        try:
            connection = Connection.connect(**conn_params)
        except ConnectionTimeout:
            silence.noticed()
            raise
        connection.deadline, connection.silence = deadline, silence
        return connection

    def ensure_connection(self) -> None:
        # Inside a transaction a new connection would silently lose what was done before; there the error is due.
        if self.connection is not None:
            if self.in_atomic_block or not self.connection.is_dead():
                return
            self.close()
        super().ensure_connection()

    def get_autocommit(self) -> bool:
        # Django asks before each request, outside of everything that answers for a database that is away; to answer, it
        # would connect anew. A dead connection is replaced when it is used.
        return bool(self.autocommit) if self.connection is not None else super().get_autocommit()

    def close_if_unusable_or_obsolete(self) -> None:
        # Django calls this where a request begins and where it ends.
        self.commits = 0
        super().close_if_unusable_or_obsolete()

    def _commit(self) -> None:
        self.commits += 1
        super()._commit()  # type: ignore[misc]  # the stubs leave it out

    def is_usable(self) -> bool:
        return self.connection is not None and not self.connection.is_dead()

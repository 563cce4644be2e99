"""The engine that ``DATABASES`` names: Django's own, on connections of ours."""

from typing import Any

from django.db.backends.postgresql import base
from psycopg import IsolationLevel

from config.postgresql.connection import DEADLINE, Connection


class DatabaseWrapper(base.DatabaseWrapper):
    """Keeps one connection per thread; replaces it before use when the server has hung up."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Connection:
        self.isolation_level = IsolationLevel.READ_COMMITTED
        deadline = conn_params.pop("deadline", DEADLINE)
        connection = Connection.connect(**conn_params)
        connection.deadline = deadline
        return connection

    def ensure_connection(self) -> None:
        # Inside a transaction a new connection would silently lose what was done before; there the error is due.
        if self.connection is not None and not self.in_atomic_block and self.connection.is_dead():
            self.close()
        super().ensure_connection()

    def get_autocommit(self) -> bool:
        # Django asks before each request, outside of everything that answers for a database that is away; to answer, it
        # would connect anew. A dead connection is replaced when it is used.
        return bool(self.autocommit) if self.connection is not None else super().get_autocommit()

    def is_usable(self) -> bool:
        return self.connection is not None and not self.connection.is_dead()

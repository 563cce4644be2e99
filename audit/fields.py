"""A key that SQLite finds without an index."""

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class RowNumber(models.BigIntegerField):  # type: ignore[type-arg]  # no such arguments when it runs
    """A whole number of 8 bytes that is the key of its table.

    SQLite keeps a row under such a number itself where the column's type is called ``integer``. For ``bigint`` it keeps
    an index beside the table, which is written, and flushed, with every row.
    """

    def db_type(self, connection: BaseDatabaseWrapper) -> str | None:
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


__all__ = ["RowNumber"]

"""Says in one line that the database has no tables yet, in place of the database's own complaint."""

from django.core.management.base import CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def require_migrations() -> None:
    """Raises ``CommandError`` while a migration waits."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise CommandError("The database is not ready. Run first: manage.py migrate")

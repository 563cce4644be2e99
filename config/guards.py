"""What keeps the ledger as it is inside the database: triggers, settings that let nothing acknowledged be lost and,
on PostgreSQL, what our role may not do.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from audit import triggers

FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")
DURABLE = ("fsync", "full_page_writes", "synchronous_commit")
SYNCHRONOUS_FULL = 2


def grant(connection: BaseDatabaseWrapper, role: str) -> None:
    """Let the application's role work on tables that another owns, and only add to the ledger (PostgreSQL).

    Redaction may still set the personal columns to NULL; the trigger sees to it that it does nothing else.
    """
    name = connection.ops.quote_name(role)
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {name}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
        f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {name}",
        f"REVOKE DELETE, TRUNCATE, TRIGGER ON {triggers.HEAD} FROM {name}",
    ]
    for table in triggers.GUARDED:
        statements.append(f"REVOKE {', '.join(FORBIDDEN)} ON {table.name} FROM {name}")
        if table.personal:
            statements.append(f"GRANT UPDATE ({', '.join(table.personal)}) ON {table.name} TO {name}")
    statements += [f"REVOKE ALL ON {part} FROM {name}" for part in _partitions(connection)]
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _partitions(connection: BaseDatabaseWrapper) -> list[str]:
    """Those of the ledger's tables (docs/partitions.sql): who may use the table needs no right on its parts."""
    tables = ", ".join(f"to_regclass('{table.name}')" for table in triggers.GUARDED)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent IN ({tables})")  # noqa: S608
        return [name for (name,) in cursor.fetchall()]


def missing(connection: BaseDatabaseWrapper, *, with_privileges: bool) -> list[str]:
    """Names of the guards that are not there; privileges count where another role owns the tables."""
    lacking = [
        f"trigger {name}"
        for table, names in triggers.names(connection.vendor).items()
        for name in names
        if name not in _triggers(connection, table)
    ]
    lacking += [f"setting {name}" for name in _losing(connection)]
    if with_privileges and connection.vendor == "postgresql":
        for table in triggers.GUARDED:
            lacking += [f"privilege {one} on {table.name}" for one in FORBIDDEN if _may(connection, table.name, one)]
    return lacking


def _losing(connection: BaseDatabaseWrapper) -> list[str]:
    """Settings with which a crash, or a cut of the power, loses what was acknowledged."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT name FROM pg_settings WHERE name = ANY(%s) AND setting = 'off'", [list(DURABLE)])
            return sorted(name for (name,) in cursor.fetchall())
        cursor.execute("PRAGMA synchronous")
        (level,) = cursor.fetchone()
        return [] if level >= SYNCHRONOUS_FULL else ["synchronous"]


def _triggers(connection: BaseDatabaseWrapper, table: str) -> set[str]:
    if connection.vendor == "postgresql":
        statement = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled IN ('O', 'A')"
    else:
        statement = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, [table])
        return {name for (name,) in cursor.fetchall()}


def _may(connection: BaseDatabaseWrapper, table: str, privilege: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s)", [table, privilege])
        (may,) = cursor.fetchone()
    return bool(may)

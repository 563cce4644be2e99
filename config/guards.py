"""What keeps the ledger as it is inside the database: its triggers and, on PostgreSQL, what our role may not do."""

from django.db.backends.base.base import BaseDatabaseWrapper

from audit import triggers
from audit.models import Entry

LEDGER = Entry._meta.db_table
TRIGGERS = {
    "postgresql": ("audit_entry_append_only", "audit_entry_no_truncate", "audit_entry_queued"),
    "sqlite": (
        "audit_entry_append_only",
        "audit_entry_no_delete",
        "audit_entry_no_replace",
        "audit_entry_queued",
    ),
}
FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE", "TRIGGER")


def grant(connection: BaseDatabaseWrapper, role: str) -> None:
    """Let the application's role work on tables that another owns, and only add to the ledger (PostgreSQL).

    Redaction may still set the personal columns to NULL; the trigger sees to it that it does nothing else.
    """
    name = connection.ops.quote_name(role)
    personal = ", ".join(triggers.PERSONAL)
    with connection.cursor() as cursor:
        for statement in (
            f"GRANT USAGE ON SCHEMA public TO {name}",
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}",
            f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}",
            f"REVOKE UPDATE, DELETE, TRUNCATE, TRIGGER ON {LEDGER} FROM {name}",
            f"GRANT UPDATE ({personal}) ON {LEDGER} TO {name}",
            f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {name}",
        ):
            cursor.execute(statement)


def missing(connection: BaseDatabaseWrapper, *, with_privileges: bool) -> list[str]:
    """Names of the guards that are not there; privileges count where another role owns the tables."""
    found = _triggers(connection)
    lacking = [f"trigger {name}" for name in TRIGGERS[connection.vendor] if name not in found]
    if with_privileges and connection.vendor == "postgresql":
        lacking += [f"privilege {privilege}" for privilege in FORBIDDEN if _may(connection, privilege)]
    return lacking


def _triggers(connection: BaseDatabaseWrapper) -> set[str]:
    if connection.vendor == "postgresql":
        statement = "SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s) AND tgenabled IN ('O', 'A')"
    else:
        statement = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s"
    with connection.cursor() as cursor:
        cursor.execute(statement, [LEDGER])
        return {name for (name,) in cursor.fetchall()}


def _may(connection: BaseDatabaseWrapper, privilege: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(%s, %s)", [LEDGER, privilege])
        (may,) = cursor.fetchone()
    return bool(may)

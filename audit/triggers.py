"""The guards inside the database: entries are only ever added, and each waits for its seal.

The one UPDATE that passes sets personal columns to NULL (redaction); the hash of what they held stays in the seal.
``DELETE`` never passes, nor ``TRUNCATE`` on PostgreSQL.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

PERSONAL = ("actor_label", "address", "user_agent", "subject_label", "owner_label", "details")
FIXED = (
    "id", "at", "verb", "result", "reason", "organisation_id", "actor_id", "channel", "scheme", "subject_kind",
    "subject_id", "owner_id", "token_id", "token_name", "request_id", "method", "path",
)  # fmt: skip

_ALLOWED_UPDATE = " AND ".join(
    [f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in FIXED]
    + [f"(NEW.{column} IS NULL OR NEW.{column} IS NOT DISTINCT FROM OLD.{column})" for column in PERSONAL]
)

POSTGRESQL_CREATE = f"""
CREATE OR REPLACE FUNCTION audit_entry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND {_ALLOWED_UPDATE} THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'audit_entry is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE OR REPLACE FUNCTION audit_entry_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_pendingseal (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_refuse();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_entry_refuse();
CREATE TRIGGER audit_entry_queued AFTER INSERT ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_entry_queue();
"""  # noqa: S608  # made of this module's own column names
POSTGRESQL_DROP = """
DROP TRIGGER IF EXISTS audit_entry_append_only ON audit_entry;
DROP TRIGGER IF EXISTS audit_entry_no_truncate ON audit_entry;
DROP TRIGGER IF EXISTS audit_entry_queued ON audit_entry;
DROP FUNCTION IF EXISTS audit_entry_refuse();
DROP FUNCTION IF EXISTS audit_entry_queue();
"""

_SQLITE_ALLOWED = _ALLOWED_UPDATE.replace(" IS NOT DISTINCT FROM ", " IS ")
SQLITE_CREATE = (
    f"""CREATE TRIGGER audit_entry_append_only BEFORE UPDATE ON audit_entry FOR EACH ROW
    WHEN NOT ({_SQLITE_ALLOWED}) BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END""",
    """CREATE TRIGGER audit_entry_no_delete BEFORE DELETE ON audit_entry FOR EACH ROW
    BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END""",
    # INSERT OR REPLACE deletes without asking the trigger above.
    """CREATE TRIGGER audit_entry_no_replace BEFORE INSERT ON audit_entry FOR EACH ROW
    WHEN EXISTS (SELECT 1 FROM audit_entry WHERE id = NEW.id)
    BEGIN SELECT RAISE(ABORT, 'audit_entry is append-only'); END""",
    """CREATE TRIGGER audit_entry_queued AFTER INSERT ON audit_entry FOR EACH ROW
    BEGIN INSERT INTO audit_pendingseal (entry_id) VALUES (NEW.id); END""",
)
SQLITE_DROP = (
    "DROP TRIGGER IF EXISTS audit_entry_append_only",
    "DROP TRIGGER IF EXISTS audit_entry_no_delete",
    "DROP TRIGGER IF EXISTS audit_entry_no_replace",
    "DROP TRIGGER IF EXISTS audit_entry_queued",
)


def create(connection: BaseDatabaseWrapper) -> None:
    """Install the guards on the given connection's database."""
    _run(connection, (POSTGRESQL_CREATE,) if connection.vendor == "postgresql" else SQLITE_CREATE)


def drop(connection: BaseDatabaseWrapper) -> None:
    """Remove the guards: for the reverse migration, and for test databases that are emptied between tests."""
    _run(connection, (POSTGRESQL_DROP,) if connection.vendor == "postgresql" else SQLITE_DROP)


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

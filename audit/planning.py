"""What PostgreSQL's planner is told of the ledger beyond its columns: which values of them come together."""

from django.db.backends.base.base import BaseDatabaseWrapper

# Only calls are refused as expired, only they are sent as Bearer. A planner that takes the columns for independent
# expects a handful of rows where there are thousands, and reads them all to sort them (docs/decisions/0033).
NAME, COLUMNS = "audit_entry_kinds", ("organisation_id", "verb", "result", "reason", "channel", "scheme")


def create(connection: BaseDatabaseWrapper) -> None:
    """Gathered by every ANALYZE from now on, the server's own as well; free for who writes."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE STATISTICS {NAME} (mcv) ON {', '.join(COLUMNS)} FROM audit_entry")
        cursor.execute("ANALYZE audit_entry")


def drop(connection: BaseDatabaseWrapper) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"DROP STATISTICS IF EXISTS {NAME}")

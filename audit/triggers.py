"""The guards inside the database: what is in the ledger is only ever added, and each entry waits for its seal.

The one UPDATE that passes sets what is personal to NULL (redaction), in an entry and in its leaf; the hash of what they
held stays in the seal. ``DELETE`` never passes, nor ``TRUNCATE`` on PostgreSQL. The tree's head may only grow.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

PERSONAL = ("actor_label", "address", "user_agent", "subject_label", "owner_label", "details")
FIXED = (
    "id", "at", "verb", "result", "reason", "organisation_id", "actor_id", "channel", "scheme", "subject_kind",
    "subject_id", "owner_id", "token_id", "token_name", "request_id", "method", "path",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guarded:
    """A table that is only added to. An UPDATE passes that sets ``personal`` columns to NULL and leaves ``fixed``."""

    name: str
    keys: tuple[tuple[str, ...], ...]
    fixed: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()

    @property
    def allowed(self) -> str:
        """The condition of an UPDATE that passes, in PostgreSQL's words."""
        if not self.personal:
            return "FALSE"
        return " AND ".join(
            [f"NEW.{column} IS NOT DISTINCT FROM OLD.{column}" for column in self.fixed]
            + [f"(NEW.{column} IS NULL OR NEW.{column} IS NOT DISTINCT FROM OLD.{column})" for column in self.personal]
        )

    @property
    def taken(self) -> str:
        """Whether a row of one of the new row's keys is there."""
        return " OR ".join("(" + " AND ".join(f"{key} = NEW.{key}" for key in keys) + ")" for keys in self.keys)


ENTRY = Guarded("audit_entry", (("id",),), FIXED, PERSONAL)
LEAF = Guarded("audit_leaf", (("sequence",), ("entry_id",)), ("sequence", "entry_id", "data", "hash"), ("personal",))
NODE = Guarded("audit_node", (("height", "position"),))
CHECKPOINT = Guarded("audit_checkpoint", (("id",), ("generation", "size")))
SEALS = (LEAF, NODE, CHECKPOINT)
GUARDED = (ENTRY, *SEALS)
HEAD, QUEUE = "audit_head", "audit_pendingseal"


def names(vendor: str) -> dict[str, tuple[str, ...]]:
    """The names of all guards, by table, as they are on the engine."""
    kinds = ("append_only", "no_truncate") if vendor == "postgresql" else ("append_only", "no_delete", "no_replace")
    found = {table.name: tuple(f"{table.name}_{kind}" for kind in kinds) for table in GUARDED}
    found[ENTRY.name] += (f"{ENTRY.name}_queued",)
    found[HEAD] = (f"{HEAD}_grows",) if vendor == "postgresql" else (f"{HEAD}_grows", f"{HEAD}_no_delete")
    return found


def create(connection: BaseDatabaseWrapper, tables: Iterable[Guarded] = GUARDED) -> None:
    """Install the guards of the tables on the given connection's database; those of the seals bring the head's."""
    _run(connection, _creating(connection.vendor, tuple(tables)))


def drop(connection: BaseDatabaseWrapper, tables: Iterable[Guarded] = GUARDED) -> None:
    """Remove the guards: for the reverse migration, and for test databases that are emptied between tests."""
    _run(connection, _dropping(connection.vendor, tuple(tables)))


def _creating(vendor: str, tables: tuple[Guarded, ...]) -> Iterator[str]:
    for table in tables:
        yield from _on_postgresql(table) if vendor == "postgresql" else _on_sqlite(table)
    if ENTRY in tables:
        yield from QUEUED[vendor]
    if LEAF in tables:
        yield from GROWS[vendor]


def _on_postgresql(table: Guarded) -> Iterator[str]:
    name = table.name
    yield f"""CREATE OR REPLACE FUNCTION {name}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND {table.allowed} THEN RETURN NEW; END IF;
            RAISE EXCEPTION '{name} is append-only' USING ERRCODE = 'restrict_violation';
        END $$"""
    yield f"""CREATE TRIGGER {name}_append_only BEFORE UPDATE OR DELETE ON {name}
        FOR EACH ROW EXECUTE FUNCTION {name}_refuse()"""
    yield f"""CREATE TRIGGER {name}_no_truncate BEFORE TRUNCATE ON {name}
        FOR EACH STATEMENT EXECUTE FUNCTION {name}_refuse()"""


def _on_sqlite(table: Guarded) -> Iterator[str]:
    name, refuse = table.name, f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    allowed = table.allowed.replace(" IS NOT DISTINCT FROM ", " IS ")
    yield f"CREATE TRIGGER {name}_append_only BEFORE UPDATE ON {name} FOR EACH ROW WHEN NOT ({allowed}) {refuse}"
    yield f"CREATE TRIGGER {name}_no_delete BEFORE DELETE ON {name} FOR EACH ROW {refuse}"
    # INSERT OR REPLACE deletes without asking the trigger above.
    yield f"""CREATE TRIGGER {name}_no_replace BEFORE INSERT ON {name} FOR EACH ROW
        WHEN EXISTS (SELECT 1 FROM {name} WHERE {table.taken}) {refuse}"""  # noqa: S608 - this module's own names


QUEUED = {
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION audit_entry_queue() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {QUEUE} (entry_id) VALUES (NEW.id);
            RETURN NULL;
        END $$""",  # noqa: S608 - this module's own names
        """CREATE TRIGGER audit_entry_queued AFTER INSERT ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION audit_entry_queue()""",
    ),
    "sqlite": (
        f"""CREATE TRIGGER audit_entry_queued AFTER INSERT ON audit_entry FOR EACH ROW
        BEGIN INSERT INTO {QUEUE} (entry_id) VALUES (NEW.id); END""",  # noqa: S608 - this module's own names
    ),
}
GROWS = {
    "postgresql": (
        f"""CREATE OR REPLACE FUNCTION {HEAD}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'UPDATE' AND NEW.size >= OLD.size THEN RETURN NEW; END IF;
            RAISE EXCEPTION 'the tree only grows' USING ERRCODE = 'restrict_violation';
        END $$""",
        f"""CREATE TRIGGER {HEAD}_grows BEFORE UPDATE OR DELETE ON {HEAD}
        FOR EACH ROW EXECUTE FUNCTION {HEAD}_refuse()""",
    ),
    "sqlite": (
        f"""CREATE TRIGGER {HEAD}_grows BEFORE UPDATE ON {HEAD} FOR EACH ROW WHEN NEW.size < OLD.size
        BEGIN SELECT RAISE(ABORT, 'the tree only grows'); END""",
        f"""CREATE TRIGGER {HEAD}_no_delete BEFORE DELETE ON {HEAD} FOR EACH ROW
        BEGIN SELECT RAISE(ABORT, 'the tree only grows'); END""",
    ),
}


def _dropping(vendor: str, tables: tuple[Guarded, ...]) -> Iterator[str]:
    of_tables = [table.name for table in tables] + ([HEAD] if LEAF in tables else [])
    for table in of_tables:
        for name in names(vendor)[table]:
            yield f"DROP TRIGGER IF EXISTS {name}" + (f" ON {table}" if vendor == "postgresql" else "")
        if vendor == "postgresql":
            yield f"DROP FUNCTION IF EXISTS {table}_refuse()"
    if vendor == "postgresql" and ENTRY in tables:
        yield "DROP FUNCTION IF EXISTS audit_entry_queue()"


def _run(connection: BaseDatabaseWrapper, statements: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)

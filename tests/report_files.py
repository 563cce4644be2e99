"""Databases that reports are read from, and the files that name them: real SQLite, real PostgreSQL."""

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from config import databases
from tests import postgres

READINGS = """
CREATE TABLE readings (day date, department text, meter text, utility text, kilowatt_hours numeric(12, 4), note text)
"""
ROWS = [
    ("2026-10-01", "Energy > South", "S-1", "Electricity", "100.5000", "=1+1"),
    ("2026-10-02", "Energy > South", "S-1", "Electricity", "20.2500", "'; DROP TABLE readings; --"),
    ("2026-10-02", "Finance", "F-1", "Electricity", "7.0000", "100 % of %(it)s :x"),
    ("2026-10-03", "Energy", "E-1", "Gas", "1000.0000", "ünï"),
    ("2026-10-03", None, "X-1", "Gas", "3.0000", None),
    ("2026-10-04", "Nowhere", "N-1", "Gas", "4.0000", ""),
]
HEADER = """\
-- id: {id}
-- title: Readings of the meters
-- organisation: {organisation}
"""
QUERY = """\
SELECT day, department, meter, utility, kilowatt_hours AS kwh, note FROM readings;
"""


@dataclass
class Ground:
    """One folder of files and one database of either kind."""

    engine: str
    folder: Path
    execute: Callable[[str], None]
    url: str
    server: postgres.Server | None = None

    def write(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}.sql"
        path.write_text(text)
        return path


@pytest.fixture(scope="session")
def reports_server() -> Iterator[postgres.Server]:
    try:
        server = postgres.Server()
        server.start()
    except postgres.Unavailable as missing:
        pytest.skip(str(missing))
    yield server
    server.remove()


ROLE = "reader_of_reports"


def _postgresql(folder: Path, server: postgres.Server) -> Ground:
    """A role that may do no more than read: the documented set-up."""

    def execute(text: str) -> None:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute(text)

    execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    execute(READINGS)
    execute(f"DROP ROLE IF EXISTS {ROLE}; CREATE ROLE {ROLE} LOGIN PASSWORD 'secret-of-reports'")
    execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")
    url = f"postgresql://{ROLE}:secret-of-reports@/postgres?host={server.folder}"
    return Ground("postgresql", folder, execute, url, server)


def _sqlite(folder: Path) -> Ground:
    path = folder.parent / "published.sqlite3"

    def execute(text: str) -> None:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.executescript(text)

    execute(READINGS)
    return Ground("sqlite", folder, execute, f"sqlite:///{path}")


def use(ground: Ground, settings: Any) -> Ground:
    settings.REPORTS_DIR = ground.folder
    settings.REPORTS_DATABASE = databases.database(ground.url, "REPORTS_DATABASE_URL")
    settings.REPORTS_TIMEOUT = 5
    return ground


@pytest.fixture(params=["sqlite", "postgresql"])
def ground(request: pytest.FixtureRequest, settings: Any, tmp_path: Path) -> Ground:
    """The settings' reports are those of an empty folder, their database has a few readings."""
    folder = tmp_path / "reports"
    folder.mkdir()
    if request.param == "sqlite":
        found = _sqlite(folder)
    else:
        found = _postgresql(folder, request.getfixturevalue("reports_server"))
    values = ", ".join(f"({', '.join(literal(cell) for cell in row)})" for row in ROWS)
    found.execute(f"INSERT INTO readings VALUES {values}")
    return use(found, settings)


def literal(cell: str | None) -> str:
    return "NULL" if cell is None else "'" + cell.replace("'", "''") + "'"


def publish(
    ground: Ground, organisation: int, *header: str, name: str = "Readings", query: str = QUERY, number: int = 2001
) -> Path:
    lines = "".join(f"-- {line}\n" for line in header)
    return ground.write(name, HEADER.format(id=number, organisation=organisation) + lines + query)


def look_again(folder: Any, *, settled: bool = True) -> None:
    """As if a second had passed."""
    folder.look_at = time.monotonic() - 1
    if settled:
        for path in folder.directory.glob("*.sql"):
            before = path.stat().st_mtime - 5
            os.utime(path, (before, before))


__all__ = ["Ground", "ground", "look_again", "publish", "reports_server", "use"]

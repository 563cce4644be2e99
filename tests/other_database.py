"""A database of its own for one test, with a folder of its own: as an operator's programs see it, and as bytes."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from tests.servers import ROOT, python, served_environment

REMOVED = ("SERVED_BY_TEST", "TEST_DATABASE_URL", "DATABASE_OWNER_URL", "SECRET_KEY", "ALLOWED_HOSTS", "EMAIL_URL")
DEMO_PASSWORD = "demo password of the tests"


class OtherDatabase:
    """Named databases side by side; the programs use one of them, with the product's own settings."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.names = folder, ["first"]
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in REMOVED},
            "DJANGO_SETTINGS_MODULE": "config.settings", "DATA_DIR": str(folder / "data"), "DEMO": "1",
            "DEMO_PASSWORD": DEMO_PASSWORD, "PUBLIC_URL": "http://localhost:8000", "LOG_LEVEL": "WARNING",
        }  # fmt: skip
        self.make("first")
        self.use("first")

    def make(self, name: str) -> None:
        """An empty one, in place of one of that name."""
        if connection.vendor == "postgresql":
            self.drop(name)
            with psycopg.connect(_url(""), autocommit=True) as server:
                server.execute(f'CREATE DATABASE "{self._real(name)}"')
        else:
            self.drop(name)
        if name not in self.names:
            self.names.append(name)

    def drop(self, name: str) -> None:
        if connection.vendor == "postgresql":
            with psycopg.connect(_url(""), autocommit=True) as server:
                server.execute(f'DROP DATABASE IF EXISTS "{self._real(name)}" WITH (FORCE)')
        else:
            for ending in ("", "-wal", "-shm"):
                Path(f"{self.path(name)}{ending}").unlink(missing_ok=True)

    def use(self, name: str) -> None:
        self.name = name
        self.environment["DATABASE_URL"] = self.url(name)

    def url(self, name: str) -> str:
        return _url(self._real(name)) if connection.vendor == "postgresql" else f"sqlite:///{self.path(name)}"

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.sqlite3"

    def copy(self, source: str, target: str) -> None:
        """A backup as bytes: what the files held at one moment, while nobody writes."""
        self.make(target)
        if connection.vendor == "sqlite":
            with closing(sqlite3.connect(self.path(source))) as old, closing(sqlite3.connect(self.path(target))) as new:
                old.backup(new)
            return
        with psycopg.connect(_url(""), autocommit=True) as server:
            server.execute(f'DROP DATABASE "{self._real(target)}"')
            server.execute(f'CREATE DATABASE "{self._real(target)}" TEMPLATE "{self._real(source)}"')

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [python, *arguments], cwd=ROOT, env={**self.environment, **environment}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def run(self, *arguments: str, status: int = 0, **environment: str) -> str:
        """What a program says. Another end than this is the test's failure."""
        process = self.start(*arguments, **environment)
        out, errors = process.communicate(timeout=300)
        assert process.returncode == status, f"{process.returncode}: {out[-2000:]}{errors[-4000:]}"
        return out + errors

    def manage(self, *arguments: str, status: int = 0, **environment: str) -> str:
        return self.run("manage.py", *arguments, status=status, **environment)

    @contextmanager
    def connected(self) -> Iterator[Any]:
        """A plain connection, past the product."""
        if connection.vendor == "postgresql":
            with psycopg.connect(self.url(self.name), autocommit=True) as opened:
                yield opened
        else:
            with closing(sqlite3.connect(self.path(self.name), isolation_level=None, timeout=30)) as opened:
                yield opened

    def ask(self, statement: str) -> list[tuple[Any, ...]]:
        with self.connected() as opened:
            return [tuple(row) for row in opened.execute(statement).fetchall()]

    def remove(self) -> None:
        for name in self.names:
            self.drop(name)

    def _real(self, name: str) -> str:
        return f"other_{self.folder.name}_{name}".replace("-", "_").lower()[-60:]


def _url(name: str) -> str:
    url = served_environment()["DATABASE_URL"]
    if not name:
        return url
    address, _question, query = url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")

"""Databases by their addresses, as Django's settings want them; what cannot be used is refused with one line."""

import warnings
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config.exceptions import Refused

SQLITE_OPTIONS = {
    "timeout": 20,
    # A transaction that reads and then writes would fail at once beside another writer if it began as a reader.
    "transaction_mode": "IMMEDIATE",
    # Durable at each commit. Carried over into the file every 16 MB, not every 4 (docs/decisions/0031).
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000",
}


def database(url: str, name: str) -> dict[str, Any]:
    """What the variable of that name says."""
    try:
        with warnings.catch_warnings(action="ignore"):  # the refusal below says it
            settings: dict[str, Any] = environ.Env.db_url_config(url)
    except (ValueError, ImproperlyConfigured):
        settings = {}
    if not settings.get("ENGINE"):
        raise Refused(f"{name} is no address of a database, such as postgresql://user:password@host/name.")
    options = settings.get("OPTIONS", {})
    if settings["ENGINE"].endswith("sqlite3"):
        if settings["NAME"] == ":memory:":
            raise Refused(f"{name} must name a file: several processes share the database.")
        return {**settings, "CONN_MAX_AGE": None, "OPTIONS": {**SQLITE_OPTIONS, **options}}
    if not settings["ENGINE"].endswith("postgresql"):
        raise Refused(f"{name} must be of SQLite or PostgreSQL.")
    # Deadlines for connecting and preparing; a kept connection per thread is what makes prepared statements pay.
    return {
        **settings,
        "ENGINE": "config.postgresql",
        "CONN_MAX_AGE": None,
        "OPTIONS": {"connect_timeout": 2, "prepare_threshold": 5, "application_name": "console", **options},
    }


def owner(url: str) -> dict[str, Any] | None:
    return database(url, "DATABASE_OWNER_URL") if url else None


def reports_database(url: str, data_dir: Path, console: dict[str, Any]) -> dict[str, Any]:
    found = database(url or f"sqlite:///{data_dir / 'reports.sqlite3'}", "REPORTS_DATABASE_URL")
    if _place(found) == _place(console):
        raise Refused("REPORTS_DATABASE_URL must not be the console's own database: any report could read passwords.")
    return found


def _place(settings: dict[str, Any]) -> list[Any]:
    """What tells one database, and the role in it, from another."""
    if settings["ENGINE"].endswith("sqlite3"):
        return [Path(settings["NAME"]).resolve()]
    return [settings.get(part) for part in ("NAME", "HOST", "PORT", "USER")] + [settings["OPTIONS"].get("host")]

"""The demonstration's own data: meters and what they showed, in a small SQLite file that two reports read."""

from __future__ import annotations

import datetime as dt
import math
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from django.conf import settings

from accounts.models import Organisation
from tokens.demo import people

FILES = Path(__file__).parent / "reports"
WRITTEN_FOR = "-- organisation: 1\n"
YEARS = 2
SATURDAY = 5
SCHEMA = """
CREATE TABLE meters (meter text PRIMARY KEY, name text, department text, utility text, unit text);
CREATE TABLE readings (meter text, day text, consumption real, PRIMARY KEY (day, meter)) WITHOUT ROWID;
CREATE TABLE prices (utility text, year integer, price real, PRIMARY KEY (utility, year));
"""


@dataclass(frozen=True, slots=True)
class Utility:
    """How much more it takes in the depth of winter, what is left of it at the weekend, and what a unit costs."""

    unit: str
    winter: float
    weekend: float
    price: float


UTILITIES = {
    "Electricity": Utility("kWh", 0.15, 0.55, 0.262),
    "Gas": Utility("kWh", 0.8, 0.8, 0.071),
    "Water": Utility("m3", -0.2, 0.4, 3.15),
}
# Meter, its name, its department as a report's cell names it, what it measures, and how much on an ordinary day.
METERS = (
    ("EN-101", "Substation North", "Energy > North", "Electricity", 420.0),
    ("EN-102", "Boiler house North", "Energy > North", "Gas", 610.0),
    ("ES-201", "Substation South", "Energy > South", "Electricity", 380.0),
    ("ES-202", "Boiler house South", "Energy > South", "Gas", 540.0),
    ("ES-203", "Pumps South", "Energy > South", "Water", 75.0),
    ("FI-301", "Head office", "Finance", "Electricity", 130.0),
    ("OP-401", "Warehouse", "Operations > Logistics", "Electricity", 240.0),
    ("OP-402", "Vehicle wash", "Operations > Logistics", "Water", 40.0),
    ("OP-403", "Workshop", "Operations > Maintenance", "Electricity", 160.0),
)


def publish(today: dt.date) -> bool:
    """Make the data file and the two reports, or bring them up to date; whether this console has the demonstration.

    Nothing is written where the environment names a folder or a database of reports: those are somebody's own.
    """
    folder, data = settings.DATA_DIR / "reports", settings.DATA_DIR / "reports.sqlite3"
    organisation = Organisation.objects.filter(name=people.ORGANISATION, logins__user_name="ada@demo.example").first()
    named = (settings.REPORTS_DIR, Path(settings.REPORTS_DATABASE["NAME"])) != (folder, data)
    if organisation is None or named:
        return False
    if newest_day(data) != today - dt.timedelta(days=1):
        make_data(data, today)
    folder.mkdir(mode=0o700, exist_ok=True)
    for file in sorted(FILES.glob("*.sql")):
        place, line = folder / file.name, f"-- organisation: {organisation.pk}\n"
        if not place.exists() or line not in place.read_text():  # what somebody has tried out there stays
            replace(place, file.read_text().replace(WRITTEN_FOR, line))
    return True


def newest_day(data: Path) -> dt.date | None:
    """The last day of an earlier start's file; None without one that can be read."""
    if not data.exists():
        return None
    try:
        with closing(sqlite3.connect(f"{data.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return dt.date.fromisoformat(connection.execute("SELECT max(day) FROM readings").fetchone()[0])
    except (sqlite3.Error, TypeError, ValueError):
        return None


def make_data(data: Path, today: dt.date) -> None:
    """Two years and what has passed of this one. The same day always has the same readings."""
    draft = data.with_name(f".{data.name}.{secrets.token_hex(8)}")
    days = list(_days(dt.date(today.year - YEARS, 1, 1), today))
    with closing(sqlite3.connect(draft)) as connection, connection:
        connection.executescript(SCHEMA)
        connection.executemany(
            "INSERT INTO meters VALUES (?, ?, ?, ?, ?)",
            [(*words, utility, UTILITIES[utility].unit) for *words, utility, _usual in METERS],
        )
        connection.executemany(
            "INSERT INTO prices VALUES (?, ?, ?)",
            [
                (name, year, round(utility.price * (1 + 0.04 * (year - today.year)), 4))
                for name, utility in UTILITIES.items()
                for year in range(today.year - YEARS, today.year + 1)
            ],
        )
        connection.executemany(
            "INSERT INTO readings VALUES (?, ?, ?)",
            [(meter, day.isoformat(), consumption(meter, day, UTILITIES[utility], usual))
             for day in days for meter, _name, _department, utility, usual in METERS],
        )  # fmt: skip
    draft.chmod(0o600)
    draft.replace(data)


def consumption(meter: str, day: dt.date, utility: Utility, usual: float) -> float:
    """By season and weekday, and never quite the same."""
    season = 1 + utility.winter * math.cos(2 * math.pi * (day.timetuple().tm_yday - 15) / 365)
    weekend = utility.weekend if day.weekday() >= SATURDAY else 1.0
    chance = Random(f"{meter} {day}").uniform(0.9, 1.1)  # noqa: S311  # made-up readings, not secrets
    return round(usual * season * weekend * chance, 1)


def replace(place: Path, text: str) -> None:
    """Whole or not at all: the console may be reading."""
    draft = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
    draft.write_text(text)
    draft.replace(place)


def _days(first: dt.date, end: dt.date) -> Iterator[dt.date]:
    for number in range((end - first).days):
        yield first + dt.timedelta(days=number)

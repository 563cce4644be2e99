"""The ground that every test stands on: databases that can be emptied, servers, a browser, the cast."""

import gc
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import django.test.utils
import pytest
from django.db import connection, transaction
from django.template import Context, Template
from django.test import TransactionTestCase
from django.test.signals import template_rendered
from django.utils import timezone, translation
from whitenoise.middleware import WhiteNoiseMiddleware

from accounts import limits
from audit import triggers
from tests.browser import *  # noqa: F403
from tests.cast import *  # noqa: F403
from tests.once import asks_nothing_of_it, runs_here
from tests.servers import *  # noqa: F403
from tokens.api import authentication

WINDOW = 300  # longer than any test
# What migrating puts there, and nothing changes.
KEPT = {"django_content_type", "auth_permission"}


def empty_tables(case: TransactionTestCase) -> None:
    """Tests that commit are followed by emptying every table, past the ledger's guards, in one short transaction.

    Django's own way empties every table, whether it has rows or not, and then runs all that follows a migration.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        names = {*connection.introspection.django_table_names(include_views=False)} - KEPT
        tables = [connection.ops.quote_name(name) for name in sorted(names)]
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables))
        filled = [table for table, has_rows in zip(tables, cursor.fetchone(), strict=True) if has_rows]
        filled_names = {table.strip('"') for table in filled}
        guarded = [table for table in triggers.GUARDED if table.name in filled_names]
        if triggers.HEAD in filled_names and triggers.LEAF not in guarded:
            guarded.append(triggers.LEAF)
        triggers.drop(connection, guarded)
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")
        triggers.create(connection, guarded)


TransactionTestCase._fixture_teardown = empty_tables  # type: ignore[method-assign]

find_files = WhiteNoiseMiddleware.add_files_from_finders
found: dict[str, object] = {}


def find_files_once(middleware: WhiteNoiseMiddleware) -> None:
    """Each client of a test has its own middleware; the style and scripts of all are the same."""
    if not found:
        find_files(middleware)
        found.update(middleware.files)
    middleware.files.update(found)


WhiteNoiseMiddleware.add_files_from_finders = find_files_once


def render_and_tell(template: Template, context: Context) -> str:
    """Django's client keeps the context of every template; here of pages alone, not of what they include."""
    if context.template is template:
        template_rendered.send(sender=template, template=template, context=context)
    return template.nodelist.render(context)


django.test.utils.instrumented_test_render = render_and_tell


@pytest.fixture(autouse=True)
def nothing_outside(settings: Any) -> Iterator[None]:
    """What one test's sealer kept outside the database is not of the next one's ledger."""
    yield
    for path in Path(settings.LEDGER_DIR).glob("[nc]*"):  # newest, checkpoints; the key stays
        path.unlink()


@pytest.fixture(autouse=True)
def in_one_window() -> Iterator[None]:
    """What is counted by the minute, or the quarter of an hour, is not counted anew in the middle of a test.

    A test that travels in time takes the clock with it.
    """
    original, began = limits.time, time.time()
    limits.time = SimpleNamespace(time=lambda: began if 0 <= time.time() - began < WINDOW else time.time())  # type: ignore[assignment]
    yield
    limits.time = original


@pytest.fixture(autouse=True)
def neutral_language_and_zone() -> Iterator[None]:
    """A request activates the language and zone of a person; the next test starts without."""
    yield
    authentication.beyond_until.clear()
    translation.deactivate()
    timezone.deactivate()


def is_of_the_other_kind(item: pytest.Item) -> bool:
    """Whether reports are read from another kind of database than the console's: every kind is beside its own."""
    kind = getattr(item, "callspec", None) and item.callspec.params.get("ground")  # type: ignore[attr-defined]
    return kind is not None and kind != connection.vendor


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that opens a page is a browser test, whoever forgets to mark it."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
        is_here = runs_here(item, connection.vendor)
        if is_of_the_other_kind(item) or not is_here:
            item.add_marker(pytest.mark.long)
        if not is_here and asks_nothing_of_it(item):
            item.add_marker(pytest.mark.elsewhere)


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: looking through it for garbage, over and over, takes its time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)

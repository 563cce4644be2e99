"""The ground that every test stands on: databases that can be emptied, servers, a browser, the cast."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone, translation

from audit import triggers
from tests.browser import *  # noqa: F403
from tests.cast import *  # noqa: F403
from tests.servers import *  # noqa: F403

empty_tables = TransactionTestCase._fixture_teardown


def empty_tables_past_the_guards(case: TransactionTestCase) -> None:
    """Tests that commit are followed by emptying every table, which the ledger's guards rightly refuse."""
    triggers.drop(connection)
    try:
        empty_tables(case)
    finally:
        triggers.create(connection)


TransactionTestCase._fixture_teardown = empty_tables_past_the_guards  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def neutral_language_and_zone() -> Iterator[None]:
    """A request activates the language and zone of a person; the next test starts without."""
    yield
    translation.deactivate()
    timezone.deactivate()


# What only looks at pages is the same on every database: on the second one it is left to the long run.
ABOUT_LOOKS = {"test_walk", "test_look"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that opens a page is a browser test, whoever forgets to mark it."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
            if connection.vendor == "postgresql" and item.path.stem in ABOUT_LOOKS:
                item.add_marker(pytest.mark.long)

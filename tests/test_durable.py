"""A database that would lose what it has acknowledged is not ready: no test of a crash shows all of that."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def forgetful(client: Client) -> Iterator[str]:
    """The setting that is wrong; with SQLite and in one session alone."""
    name, off, on = {
        "postgresql": ("synchronous_commit", "SET synchronous_commit = off", "RESET synchronous_commit"),
        "sqlite": ("synchronous", "PRAGMA synchronous = NORMAL", "PRAGMA synchronous = FULL"),
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(off)
        yield name
        cursor.execute(on)


def test_a_setting_that_loses_entries_is_named(client: Client, forgetful: str) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["missing_guards"] == [f"setting {forgetful}"]


def test_the_products_own_settings_lose_nothing(client: Client) -> None:
    assert client.get("/readyz").json()["missing_guards"] == []

"""What a deed holds it has to itself: whoever comes second waits, and then sees what the first one did."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, models, transaction

from accounts.actions import locks as accounts
from accounts.models import Login
from tests.token_story import created
from tokens.actions import locks as tokens

pytestmark = pytest.mark.django_db(transaction=True)

Held = Callable[[Any], models.Model]
WAITS_SECONDS = 0.3
# What is held, by which rule, and a column in which the first one leaves its trace.
LOCKS: dict[str, tuple[Held, str]] = {
    "organisation": (lambda organisation: accounts.hold(organisation.pk), "name"),
    "contact": (accounts.locked_contact, "first_name"),
    "login": (accounts.locked, "time_zone"),
    "owner": (lambda owner: tokens.locked_owner(owner.pk), "time_zone"),
    "token": (tokens.locked, "name"),
}


def waited_for(thing: models.Model, held: Held, column: str) -> tuple[bool, str]:
    """Whether a second deed waits for a first one that changes the thing's row alone; and what the second then sees."""

    def second() -> str:
        try:
            with transaction.atomic():
                return str(getattr(held(thing), column))
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            type(thing)._default_manager.filter(pk=thing.pk).update(**{column: "first"})
            seen = pool.submit(second)
            try:
                return False, seen.result(WAITS_SECONDS)
            except TimeoutError:
                pass
        return True, seen.result(30)


def things(olivia: Login) -> dict[str, models.Model]:
    return {
        "organisation": olivia.organisation,
        "contact": olivia.contact,
        "login": olivia,
        "owner": olivia,
        "token": created(olivia),
    }


@pytest.mark.parametrize("kind", LOCKS)
def test_the_second_waits_and_sees_what_the_first_did(olivia: Login, kind: str) -> None:
    assert waited_for(things(olivia)[kind], *LOCKS[kind]) == (True, "first")


@pytest.mark.parametrize("kind", ["login", "token"])
def test_who_only_reads_goes_on_with_what_was(olivia: Login, kind: str) -> None:
    """The control: without the lock PostgreSQL shows what is about to change; SQLite lets one deed in at a time."""
    thing = things(olivia)[kind]
    waits, seen = waited_for(thing, lambda row: type(row)._default_manager.get(pk=row.pk), LOCKS[kind][1])
    assert waits == (connection.vendor == "sqlite")
    assert (seen == "first") == waits

"""Whatever happens to a token, in whatever order: exactly the JWTs of the rules are admitted, and all is on record."""

from typing import Any

import pytest

from accounts.actions import roles
from accounts.rules import logins as rules
from audit.actions import record
from tests.races.machine import explore
from tests.races.script import Script
from tokens.actions import editing, generation
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_model_of_a_tokens_life_agrees_after_every_step() -> None:
    explore(3, 15)


@pytest.mark.long
def test_the_model_agrees_however_long_it_goes_on() -> None:
    explore(20, 50)


def test_every_deed_of_a_long_story_is_on_record_once() -> None:
    Script(seed=6).run(50)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2020, 2030))
def test_ten_thousand_deeds_are_on_record_once_each(seed: int) -> None:
    """J01: after each deed the ledger holds what it did, in the order of the effects, and nothing else."""
    Script(seed).run(1000, look_every=50)


def not_at_all(*_given: Any, **_named: Any) -> None:
    """In the place of what a control removes."""


def twice(**values: Any) -> None:
    record(**values)
    record(**values)


@pytest.mark.parametrize(
    ("seed", "module", "name", "instead"),
    [
        (6, editing, "_narrow", not_at_all),
        (7, generation, "with_pending", lambda token, _dialog: AccessToken.objects.filter(pk=token.pk)),
        (10, rules, "roles_lost", lambda *_given, **_named: []),
        (10, roles, "record", not_at_all),
        (10, roles, "record", twice),
    ],
    ids=["narrowing waits", "any dialog saves", "View Only keeps roles", "not recorded", "recorded twice"],
)
def test_a_short_story_notices_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, seed: int, module: Any, name: str, instead: Any
) -> None:
    """The control: each rule is broken once, and a story that comes upon it early tells so."""
    monkeypatch.setattr(module, name, instead)
    with pytest.raises(AssertionError):
        Script(seed).run(60)

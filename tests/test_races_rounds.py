"""Deeds on one token and its owner at one moment end as some order of them would, and the ledger tells that order."""

from collections.abc import Iterator
from itertools import combinations_with_replacement

import pytest

from accounts.models import Login
from tests.races.rounds import DEEDS, Rounds
from tokens.actions import editing, generation, revocation
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = list(combinations_with_replacement(DEEDS, 2))
PAGES = [name for name in DEEDS if not name.startswith("call")]
INTERRUPTIONS = [(name, "delete") for name in ("cancel", "save", "generate")] + [("save", "take role")]
HARDEST = [("save", "revoke"), ("save", "take role"), ("generate", "save"), ("save", "delete"), ("narrow", "save")]


@pytest.fixture
def rounds(ada: Login, olivia: Login) -> Iterator[Rounds]:
    rounds = Rounds(ada, threads=3)
    yield rounds
    rounds.close()


def test_the_hardest_pairs_at_once(rounds: Rounds) -> None:
    for pair in HARDEST:
        rounds.check(pair, looking_first=True)


def test_a_deed_done_between_what_another_reads_and_does(rounds: Rounds) -> None:
    for pair in INTERRUPTIONS:
        rounds.check_interrupted(pair)


@pytest.mark.long
@pytest.mark.parametrize("name", PAGES)
def test_every_deed_done_between_what_another_reads_and_does(rounds: Rounds, name: str) -> None:
    for interrupting in PAGES:
        rounds.check_interrupted((name, interrupting))


@pytest.mark.long
@pytest.mark.parametrize("name", DEEDS)
def test_every_two_deeds_at_once(rounds: Rounds, name: str) -> None:
    for pair in PAIRS:
        for turn in range(6 if pair[0] == name else 0):
            rounds.check(pair, looking_first=turn % 2 == 0)


@pytest.mark.long
@pytest.mark.parametrize("part", range(4))
def test_three_deeds_at_once(rounds: Rounds, part: int) -> None:
    rounds.chance.seed(part)
    for turn in range(12):
        rounds.check(tuple(rounds.chance.choices(list(DEEDS), k=3)), looking_first=turn % 2 == 0)


def believed(token: AccessToken) -> AccessToken:
    """The token and its owner as the page read them before; as they are now only from the second time on."""
    if "believed" in token.__dict__:
        token = AccessToken.objects.select_related("owner__organisation", "owner__contact").get(pk=token.pk)
    token.__dict__["believed"] = True
    return token


def many_turns(rounds: Rounds) -> None:
    for _turn in range(10):
        for pair in HARDEST[:2]:
            rounds.check(pair, looking_first=True)


def test_without_the_locks_no_order_explains_it(rounds: Rounds, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: Save, Revoke and Edit believe what was read before, as they would if they held nothing."""
    for module in (generation, revocation, editing):
        monkeypatch.setattr(module, "locked", believed)
    with pytest.raises(AssertionError, match="no order gives that"):
        many_turns(rounds)

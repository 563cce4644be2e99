"""Deeds of several people at one moment, over pages and calls, and what the same deeds give one after the other."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import permutations
from random import Random
from time import sleep
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.test import Client

from accounts import actor as actors
from accounts.models import Login, OutboxMail
from audit.models import Entry
from audit.verbs import Verb
from tests.cast import person
from tests.token_story import actor, created, generated
from tests.visitor import DIALOG, SHOWN_JWT
from tokens import actions
from tokens.jwt import digest
from tokens.models import AccessToken

JITTER_SECONDS = 0.01


class Round:
    """A person with one token, whose JWT "old" is in use and whose JWT "new" is shown and not yet saved."""

    def __init__(self, ada: Login, number: int) -> None:
        user_name = f"round{number}@demo.example"
        self.owner = person(ada.organisation, "Round", str(number), user_name, has_personal_role=True)
        self.token = created(self.owner, by=ada)
        self.jwts = {"old": generated(self.token, by=ada)}
        shown = actions.generate(token=self.token, by=actor(ada))
        self.jwts["new"], self.dialog = shown.jwt, shown.dialog
        self.newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        self.mails = OutboxMail.objects.filter(to=user_name).count()

    @property
    def of_login(self) -> str:
        return f"/logins/{self.owner.public_id}/"

    @property
    def of_token(self) -> str:
        return f"{self.of_login}tokens/{self.token.public_id}/"

    def state(self) -> tuple[Any, ...]:
        """What a person can see of token and owner afterwards."""
        names = {digest(jwt): name for name, jwt in self.jwts.items()}
        row = AccessToken.objects.filter(pk=self.token.pk).first()
        owner = Login.objects.filter(pk=self.owner.pk).first()
        of_row = row and (
            names.get(bytes(row.digest or b"")), names.get(bytes(row.pending_digest or b"")), row.scopes,
            row.current_scopes, row.first_used_at is not None, row.status,
        )  # fmt: skip
        types = owner and sorted(each.user_type.slug for each in owner.assignments_now)
        return of_row, owner and (owner.enabled, owner.has_personal_role, tuple(types or ()))

    def ledger(self) -> tuple[tuple[str, ...], ...]:
        """The changes in their order."""
        changes = self._entries().exclude(verb=Verb.TOKEN_AUTHENTICATE).order_by("id")
        return tuple(changes.values_list("verb", "result", "reason"))

    def calls(self) -> list[tuple[str, str]]:
        """Calls, whose order beside changes says nothing."""
        calls = self._entries().filter(verb=Verb.TOKEN_AUTHENTICATE)
        return sorted(calls.values_list("result", "reason"))

    def _entries(self) -> Any:
        mine = Q(token_id=self.token.public_id) | Q(subject_id=self.owner.public_id)
        return Entry.objects.filter(mine, id__gt=self.newest)

    def works(self) -> list[str]:
        """Which of the JWTs that were ever shown are admitted."""
        return [name for name, jwt in self.jwts.items() if call_with(Client(), jwt) == 200]


class Outcome(NamedTuple):
    """What became of the deeds, in their order, and of the token."""

    statuses: tuple[bool, ...]
    state: tuple[Any, ...]
    ledger: tuple[tuple[str, ...], ...]
    calls: list[tuple[str, str]]
    mails: int
    works: list[str]


def outcome_of(one: Round, done: list[bool]) -> Outcome:
    mails = OutboxMail.objects.filter(to=one.owner.user_name).count() - one.mails
    # ``works`` comes last: its calls are on record as well.
    return Outcome(tuple(done), one.state(), one.ledger(), one.calls(), mails, one.works())


# --- deeds: each takes the round, the browser and its own name, and tells whether it was done ------------------------

Deed = Callable[[Round, Client, str], bool]


def answered(response: Any) -> bool:
    """Done is 303, or 200 of a call; everything else must be a refusal."""
    assert response.status_code in {200, 303, 302, 401, 403, 404, 409, 422}, (response.status_code, response.content)
    return response.status_code in {200, 303}


def call_with(client: Client, jwt: str) -> int:
    return int(client.get("/api/meta", headers={"authorization": f"Bearer {jwt}"}).status_code)


def generate(one: Round, client: Client, name: str) -> bool:
    response = client.post(f"{one.of_token}generate")
    if found := SHOWN_JWT.search(response.content.decode()):
        one.jwts[f"of {name}"] = found[1].strip()
        assert DIALOG.search(response.content.decode())
    return answered(response) and found is not None


def save(one: Round, client: Client, _name: str) -> bool:
    return answered(client.post(f"{one.of_token}generate/save", {"dialog": one.dialog}))


def cancel(one: Round, client: Client, _name: str) -> bool:
    """Whether there was something to cancel is nobody's concern: the JWT that was shown is void in any case."""
    answered(client.post(f"{one.of_token}generate/cancel", {"dialog": one.dialog}))
    return True


def revoke(one: Round, client: Client, _name: str) -> bool:
    return answered(client.post(f"{one.of_token}revoke", {"confirmation": one.token.name}))


def narrow(one: Round, client: Client, _name: str) -> bool:
    return answered(client.post(f"{one.of_token}edit", {"name": one.token.name, "expires_on": "30", "scopes": ["1"]}))


def page(path: str) -> Deed:
    return lambda one, client, _name: answered(client.post(f"{one.of_login}{path}"))


def delete(one: Round, client: Client, _name: str) -> bool:
    return answered(client.post(f"{one.of_login}delete", {"confirmation": one.owner.user_name}))


def call(jwt: str) -> Deed:
    return lambda one, client, _name: call_with(client, one.jwts[jwt]) == 200


DEEDS: dict[str, Deed] = {
    "generate": generate,
    "save": save,
    "cancel": cancel,
    "revoke": revoke,
    "narrow": narrow,
    "disable": page("disable"),
    "take role": page("roles/personal/remove"),
    "view only": page("type/view-only"),
    "delete": delete,
    "call": call("old"),
    "call with the new": call("new"),
}


# --- at one moment ---------------------------------------------------------------------------------------------------


@dataclass
class Gate:
    """Holds everyone who has looked and is about to act until all have, or have gone home without."""

    number: int
    here: int = 0
    changed: threading.Condition = field(default_factory=threading.Condition)

    def arrive(self) -> None:
        with self.changed:
            self.here += 1
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.here >= self.number, timeout=30)


@contextmanager
def everyone_looks_before_anyone_acts(number: int) -> Iterator[Callable[[], None]]:
    """Pages ask who acts when all that they read beforehand is read: there they wait for each other."""
    gate, mine, ask = Gate(number), threading.local(), actors.actor_in

    def arrive() -> None:
        if not getattr(mine, "arrived", False):
            mine.arrived = True
            gate.arrive()

    def wait_and_ask(*given: Any, **named: Any) -> Any:
        arrive()
        return ask(*given, **named)

    actors.actor_in = wait_and_ask
    try:
        yield arrive
    finally:
        actors.actor_in = ask


class Rounds:
    """Rounds of one administrator. Every thread has a browser, and keeps its connection to the database."""

    def __init__(self, ada: Login, threads: int, seed: int = 1) -> None:
        self.ada, self.number, self.chance = ada, 0, Random(seed)  # noqa: S311  # a race, not a secret
        self.browsers = [Client() for _ in range(threads)]
        for browser in self.browsers:
            browser.force_login(ada)
        self.pool = ThreadPoolExecutor(threads, initializer=connection.ensure_connection)
        self.one_after_the_other = cache(self._one_after_the_other)

    def close(self) -> None:
        leave = threading.Barrier(len(self.browsers))

        def end(_number: int) -> None:
            leave.wait(30)
            connection.close()

        list(self.pool.map(end, range(len(self.browsers))))
        self.pool.shutdown()

    def begin(self) -> Round:
        self.number += 1
        return Round(self.ada, self.number)

    def at_once(self, names: tuple[str, ...], *, looking_first: bool) -> Outcome:
        """The deeds at the same moment; ``looking_first``: each has read everything before the first one acts."""
        one, start = self.begin(), threading.Barrier(len(names))
        pauses = [0.0 if looking_first else self.chance.uniform(0, JITTER_SECONDS) for _ in names]

        def do(index: int) -> bool:
            start.wait(30)
            sleep(pauses[index])
            try:
                return DEEDS[names[index]](one, self.browsers[index], str(index))
            finally:
                arrive()

        with everyone_looks_before_anyone_acts(len(names) if looking_first else 0) as arrive:
            done = list(self.pool.map(do, range(len(names))))
        return outcome_of(one, done)

    def interrupted(self, names: tuple[str, str]) -> Outcome:
        """The first has read everything when the second is done from beginning to end; then the first acts."""
        one, ask, done = self.begin(), actors.actor_in, [False, False]

        def interrupt(*given: Any, **named: Any) -> Any:
            actors.actor_in = ask
            done[1] = DEEDS[names[1]](one, self.browsers[1], "1")
            return ask(*given, **named)

        actors.actor_in = interrupt
        try:
            done[0] = DEEDS[names[0]](one, self.browsers[0], "0")
        finally:
            was_asked, actors.actor_in = actors.actor_in is ask, ask
        assert was_asked, f"{names[0]} acted without saying who does"
        return outcome_of(one, done)

    def _one_after_the_other(self, names: tuple[str, ...], order: tuple[int, ...]) -> Outcome:
        one, done = self.begin(), dict.fromkeys(order, False)
        for index in order:
            done[index] = DEEDS[names[index]](one, self.browsers[0], str(index))
        return outcome_of(one, [done[index] for index in range(len(names))])

    def check(self, names: tuple[str, ...], *, looking_first: bool) -> None:
        """What happened at one moment is what happens in some order, in the ledger as well; one JWT works at most."""
        self._explain(names, self.at_once(names, looking_first=looking_first))

    def check_interrupted(self, names: tuple[str, str]) -> None:
        self._explain(names, self.interrupted(names))

    def _explain(self, names: tuple[str, ...], found: Outcome) -> None:
        orders = [self.one_after_the_other(names, order) for order in permutations(range(len(names)))]
        assert found in orders, explained(names, found, orders)
        assert len(found.works) <= 1


def explained(names: tuple[str, ...], found: Outcome, orders: list[Outcome]) -> str:
    return "\n".join([f"{' | '.join(names)} gave", str(found), "and no order gives that:", *map(str, orders)])


__all__ = ["DEEDS", "Outcome", "Round", "Rounds"]

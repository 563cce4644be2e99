"""The state machine that hypothesis drives: any deed, in any order, and the world is compared after each."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.roles import TokenRole
from tests.races.deeds import Deeds
from tests.races.model import Person, Token
from tokens.scopes import Scope

ANY = st.integers(0, 99)  # which of those that there are, counted round
PEOPLE = st.sampled_from([0, 0, 0, 1])
SCOPES = st.sampled_from([1, 2, 3, 3])
EXPIRY = st.sampled_from(["1", "7", "30", "never"])
SLUGS = st.sampled_from(["general-user", "general-user", "view-only", "owner"])
NAMES = st.sampled_from("ABC")
CHANGES = st.one_of(
    st.fixed_dictionaries({"scopes": SCOPES}),
    st.fixed_dictionaries({"expiry": EXPIRY}),
    st.fixed_dictionaries({"pairs": st.none() | st.frozensets(st.integers(0, 9), min_size=1, max_size=3)}),
    st.fixed_dictionaries({"name": NAMES}),
)
has_token = precondition(lambda self: bool(self.kept))
has_jwt = precondition(lambda self: any(token.jwts for token in self.kept))


class TokenLife(RuleBasedStateMachine):
    """One organisation from its beginning. The JWTs ever shown are all asked for again after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.world = Deeds()

    @initialize(expiry=EXPIRY, scopes=SCOPES)
    def begin_with_a_token(self, expiry: str, scopes: int) -> None:
        self.create(0, "A", expiry, scopes, None)
        self.generate_and_save(0)

    @property
    def kept(self) -> list[Token]:
        return [token for token in self.world.model.tokens if not token.owner.deleted]

    def _person(self, number: int) -> Person:
        people = [one for one in self.world.model.people if not one.deleted]
        return people[number % len(people)]

    def _token(self, number: int) -> Token:
        return self.kept[-1 - number % len(self.kept)]

    def _dialog(self, token: Token, number: int) -> str:
        """Mostly that of the newest JWT, now and then one that is void."""
        return token.jwts[-1 - (number % len(token.jwts) if number > 69 else 0)].dialog if token.jwts else "none"

    def _limit(self, numbers: frozenset[int] | None) -> frozenset | None:
        return None if numbers is None else frozenset(self.world.pairs[number] for number in numbers)

    @rule(who=PEOPLE, name=NAMES, expiry=EXPIRY, scopes=SCOPES, own=st.sampled_from([None, 0, 1]))
    def create(self, who: int, name: str, expiry: str, scopes: int, own: int | None) -> None:
        person = self._person(who)
        mine = sorted(person.types, key=lambda pair: pair.encoded())
        pairs = None if own is None else frozenset({mine[own % len(mine)]})
        self.world.create(person, name, expiry=expiry, scopes=scopes, pairs=pairs)

    @has_token
    @rule(token=ANY)
    def generate(self, token: int) -> None:
        self.world.generate(self._token(token))

    @has_token
    @rule(token=ANY, dialog=ANY)
    def save(self, token: int, dialog: int) -> None:
        chosen = self._token(token)
        self.world.save(chosen, self._dialog(chosen, dialog))

    @has_token
    @rule(token=ANY)
    def generate_and_save(self, token: int) -> None:
        chosen = self._token(token)
        self.world.generate(chosen)
        self.world.save(chosen, self._dialog(chosen, 0))

    @has_token
    @rule(token=ANY, dialog=ANY)
    def cancel(self, token: int, dialog: int) -> None:
        chosen = self._token(token)
        self.world.cancel(chosen, self._dialog(chosen, dialog))

    @has_token
    @rule(token=ANY, changes=CHANGES)
    def edit(self, token: int, changes: dict[str, Any]) -> None:
        if "pairs" in changes:
            changes = {"pairs": self._limit(changes["pairs"])}
        self.world.edit(self._token(token), **changes)

    @has_token
    @rule(token=ANY)
    def revoke(self, token: int) -> None:
        self.world.revoke(self._token(token))

    @has_jwt
    @rule(scope=st.sampled_from([Scope.META, Scope.REPORT]))
    def call_with_all(self, scope: Scope) -> None:
        for token in self.kept:
            for jwt in token.jwts:
                self.world.call(token, jwt, scope)

    @rule(who=PEOPLE, enabled=st.none() | st.booleans(), ended=st.booleans())
    def shut_out(self, who: int, enabled: bool | None, ended: bool) -> None:  # drawn by name
        if enabled is None:
            self.world.end_login(self._person(who), ended=ended)
        else:
            self.world.set_enabled(self._person(who), enabled=enabled)

    @rule(who=PEOPLE, role=st.sampled_from(TokenRole), held=st.booleans())
    def set_role(self, who: int, role: TokenRole, held: bool) -> None:  # drawn by name
        self.world.set_role(self._person(who), role, held=held)

    @rule(who=PEOPLE, slug=SLUGS, numbers=st.none() | st.frozensets(st.integers(0, 9), min_size=1, max_size=4))
    def place(self, who: int, slug: str, numbers: frozenset[int] | None) -> None:
        if numbers is None:
            self.world.set_type(self._person(who), slug)
        else:
            self.world.assign(self._person(who), self._limit(numbers) or frozenset())

    @rule(suspended=st.booleans())
    def set_suspended(self, suspended: bool) -> None:  # drawn by name
        self.world.set_suspended(suspended=suspended)

    @rule(days=st.sampled_from([0, 1, 6, 7, 30]))
    def pass_days(self, days: int) -> None:
        if days:
            self.world.pass_days(days)
        else:
            self.world.sweep()

    @precondition(lambda self: not any(one.deleted for one in self.world.model.people))
    @rule()
    def delete_one(self) -> None:
        self.world.delete(self.world.model.people[1])

    @invariant()
    def is_as_the_model_says(self) -> None:
        self.world.check()


def explore(examples: int, steps: int, *, machine: Callable[[], RuleBasedStateMachine] = TokenLife) -> None:
    """So many worlds of so many steps. The runs are the same each time; a failure is told in its shortest form."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )

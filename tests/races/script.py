"""A long story told by chance, the same for a seed: any deed on anybody, each looked up in the ledger at once."""

from random import Random

from accounts.roles import TokenRole
from tests.races.deeds import Deeds
from tests.races.model import Person, Token
from tests.races.world import World
from tokens.scopes import Scope

WEIGHTS = {
    "call": 50, "generate_and_save": 8, "create": 5, "edit": 8, "revoke": 2, "generate": 4, "save": 4, "cancel": 3,
    "place": 4, "set_role": 6, "set_enabled": 4, "suspend": 2, "end_login": 2, "pass_days": 2, "sweep": 1, "delete": 1,
}  # fmt: skip
EXPIRY = ("1", "7", "30", "never")
RECENT = 12


class Script:
    """Whoever is deleted is followed by a new person. What shuts people out is mostly taken back soon."""

    def __init__(self, seed: int) -> None:
        self.world, self.chance = Deeds(), Random(seed)  # noqa: S311  # a story, not a secret
        self.create()
        self.generate_and_save()

    def run(self, count: int, *, look_every: int = 10) -> None:
        for number in range(count):
            (name,) = self.chance.choices(list(WEIGHTS), list(WEIGHTS.values()))
            getattr(self, name)()
            self.world.check_ledger()
            if number % look_every == 0:
                self.world.check(list(self.world.model.jwts)[-RECENT:])
        self.world.check()

    @property
    def people(self) -> list[Person]:
        return [one for one in self.world.model.people if not one.deleted]

    @property
    def person(self) -> Person:
        return self.chance.choice(self.people)

    @property
    def token(self) -> Token | None:
        """Mostly a recent one that is not revoked."""
        of_all = [token for person in self.people for token in person.tokens]
        standing = [token for token in of_all if not token.revoked]
        return self.chance.choice(standing[-RECENT:] if standing and self._is(0.9) else of_all) if of_all else None

    def _is(self, likely: float) -> bool:
        return self.chance.random() < likely

    def call(self) -> None:
        if (token := self.token) and token.jwts:
            jwt = token.jwts[-1] if self._is(0.7) else self.chance.choice(token.jwts)
            self.world.call(token, jwt, self.chance.choice([Scope.META, Scope.REPORT]))

    def create(self) -> None:
        person = self.person
        mine = sorted(person.types, key=lambda pair: pair.encoded())
        pairs = None if self._is(0.5) else frozenset({self.chance.choice(mine)})
        name, expiry = self.chance.choice("ABCDEFGH"), self.chance.choice(EXPIRY)
        self.world.create(person, name, expiry=expiry, scopes=self.chance.choice([1, 2, 3, 3]), pairs=pairs)

    def generate(self) -> None:
        if token := self.token:
            self.world.generate(token)

    def save(self) -> None:
        if token := self.token:
            self.world.save(token, self._dialog(token))

    def generate_and_save(self) -> None:
        if token := self.token:
            self.world.generate(token)
            self.world.save(token, self._dialog(token))

    def cancel(self) -> None:
        if token := self.token:
            self.world.cancel(token, self._dialog(token))

    def _dialog(self, token: Token) -> str:
        if not token.jwts:
            return "none"
        return (token.jwts[-1] if self._is(0.8) else self.chance.choice(token.jwts)).dialog

    def edit(self) -> None:
        if (token := self.token) is None:
            return
        pairs = self.chance.sample(self.world.pairs, self.chance.randint(1, 3))
        field, value = self.chance.choice([
            ("name", self.chance.choice("ABCDEFGH")),
            ("expiry", self.chance.choice(EXPIRY)),
            ("scopes", self.chance.choice([1, 2, 3])),
            ("pairs", None if self._is(0.4) else frozenset([*token.owner.types, *pairs][: self.chance.randint(1, 3)])),
        ])  # fmt: skip
        self.world.edit(token, **{field: value})

    def revoke(self) -> None:
        if token := self.token:
            self.world.revoke(token)

    def place(self) -> None:
        person = self.person
        if self._is(0.5):
            slugs = ["general-user", "general-user", "view-only", "owner"]
            self.world.set_type(person, self.chance.choice(slugs))
        else:
            pairs = self.chance.sample(self.world.pairs, self.chance.randint(1, 4))
            self.world.assign(person, frozenset(pairs))

    def set_role(self) -> None:
        role = TokenRole.PERSONAL if self._is(0.7) else TokenRole.ADMIN
        self.world.set_role(self.person, role, held=self._is(0.8))

    def set_enabled(self) -> None:
        self.world.set_enabled(self.person, enabled=self._is(0.7))

    def end_login(self) -> None:
        self.world.end_login(self.person, ended=self._is(0.3))

    def suspend(self) -> None:
        self.world.set_suspended(suspended=self._is(0.3))

    def pass_days(self) -> None:
        self.world.pass_days(self.chance.choice([1, 1, 6, 30]))

    def sweep(self) -> None:
        self.world.sweep()

    def delete(self) -> None:
        self.world.delete(self.person)
        while len(self.people) < World.PEOPLE:
            self.world.join(f"joined{len(self.world.model.people)}")

"""An organisation in the database and in the model, and the comparison of the two."""

from typing import Any

from accounts.models import Login, Organisation
from accounts.pairs import Pair
from audit.models import Entry
from tests.cast import person
from tests.factories import DepartmentFactory, OrganisationFactory, UserTypeFactory
from tests.races.model import Jwt, Model, Person, Token
from tokens.admission import statements_for
from tokens.admission.execution import run
from tokens.jwt import digest
from tokens.models import AccessToken
from tokens.scopes import Scope

Written = tuple[str, str, str, str]  # verb, result, reason, and the id of the token or login that it is about


class World:
    """One organisation of two people and their administrator, in the database and in the model."""

    PEOPLE = 2

    def __init__(self) -> None:
        self.organisation: Organisation = OrganisationFactory()
        self.places = [DepartmentFactory(organisation=self.organisation) for _ in range(2)]
        slugs = {self.organisation.user_types.get(slug=slug): slug for slug in ("general-user", "view-only", "owner")}
        slugs[UserTypeFactory(organisation=self.organisation, slug="reader")] = "reader"
        self.slugs = {user_type.pk: slug for user_type, slug in slugs.items()}
        self.types = {slug: key for key, slug in self.slugs.items()}
        self.ada = self._person("ada", "owner")
        self.model = Model([])
        for name in ("olivia", "peter"):
            self.join(name)
        self.expected: list[Written] = []
        self.newest = self._newest()

    def _person(self, name: str, slug: str, place: Any = None) -> Login:
        user_name = f"{name}{self.organisation.pk}@demo.example"
        return person(self.organisation, name, "", user_name, user_type=slug, user_type__department=place)

    def join(self, name: str) -> None:
        """A new General User with the Personal role, put there by the test."""
        login = self._person(name, "general-user", self.places[len(self.model.people) % len(self.places)])
        Login.objects.filter(pk=login.pk).update(has_personal_role=True)
        types = {pair: self.slugs[pair.user_type_id] for pair in login.pairs}
        self.model.people.append(Person(login.public_id, types, personal=True))

    @property
    def pairs(self) -> list[Pair]:
        """What can be assigned."""
        places = [None, *(place.pk for place in self.places)]
        kinds = ("general-user", "view-only", "reader")
        return [Pair(self.types[slug], place) for slug in kinds for place in places] + [Pair(self.types["owner"], None)]

    def login(self, who: Person) -> Login:
        return Login.objects.select_related("organisation", "contact").get(public_id=who.public_id)

    def row(self, token: Token) -> AccessToken:
        return AccessToken.objects.select_related("owner__organisation", "owner__contact").get(
            public_id=token.public_id
        )

    def check(self, jwts: list[tuple[Token, Jwt]] | None = None) -> None:
        """The ledger, the states, the lists, and which JWTs would be admitted: all as the model says."""
        self.check_ledger()
        by_id = {row.public_id: row for row in AccessToken.objects.of_organisation(self.organisation.pk)}
        kept = [token for token in self.model.tokens if not token.owner.deleted]
        assert {key: row.status for key, row in by_id.items()} == {
            token.public_id: self.model.status(token) for token in kept
        }
        listed = AccessToken.objects.of_organisation(self.organisation.pk).listed().values_list("public_id", flat=True)
        assert set(listed) == {token.public_id for token in kept if not token.revoked}
        for token, jwt in self.model.jwts if jwts is None else jwts:
            for scope in (Scope.META, Scope.REPORT):
                assert self.look(token, jwt, scope) == self.model.verdict(token, jwt, scope), (token, jwt, scope)

    def check_ledger(self) -> None:
        """Everything that was done since the last look is on record once, in the order in which it was done."""
        entries = Entry.objects.filter(organisation_id=self.organisation.pk, id__gt=self.newest).order_by("id")
        names = ("verb", "result", "reason", "token_id", "subject_id")
        written = [(*entry[:3], entry[3] or entry[4]) for entry in entries.values_list(*names)]
        assert written == self.expected
        self.expected, self.newest = [], self._newest()

    def _newest(self) -> int:
        return Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0

    def look(self, token: Token, jwt: Jwt, scope: Scope) -> str | None:
        """What the statement that decides on calls says, without a use."""
        asked = {"token": token.public_id, "digest": digest(jwt.text), "expires": None, "tenant": None, "window": None}
        row = run(statements_for(token.public_id).look_anywhere, {**asked, "scope": int(scope)})
        return None if row is None else str(row[0])

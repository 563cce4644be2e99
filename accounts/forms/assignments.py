"""Rows of department and user type, as many as a login has, of which each makes an assignment."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.models import Department, Login, UserType
from accounts.pairs import Pair
from accounts.permissions import GENERAL_USER, Permission
from accounts.placing import against_changing, places_of
from accounts.rules.managing import may_grant, may_manage_all

WHOLE = "whole"
MOST_ROWS = 50


@dataclass(frozen=True)
class Choice:
    value: str
    label: str
    key: int | None


class Choices:
    """What a manager can choose from: the departments within reach, and the user types that they may give somewhere."""

    def __init__(self, manager: Login) -> None:
        paths = Department.objects.paths(manager.organisation_id)
        places = Department.objects.filter(organisation_id=manager.organisation_id).values_list("pk", "public_id")
        held = {key for key, names in manager.rights.items() if Permission.CONTACT_MANAGE in names}
        within = [
            Choice(public_id, paths[key], key) for key, public_id in places if may_manage_all(manager) or key in held
        ]
        whole = [Choice(WHOLE, _("Whole organisation"), None)] if may_manage_all(manager) else []
        self.departments = whole + sorted(within, key=lambda choice: choice.label.casefold())
        types = UserType.objects.filter(organisation_id=manager.organisation_id)
        self.user_types = [
            Choice(found.slug, found.label, found.pk)
            for found in sorted(types, key=lambda each: each.label.casefold())
            if may_grant(manager)
            or any(found.granted <= names | manager.rights[None] for names in manager.rights.values())
        ]
        self.pairs = {
            (place.value, kind.value): Pair(kind.key or 0, place.key)
            for place in self.departments
            for kind in self.user_types
        }
        self.values = {pair: names for names, pair in self.pairs.items()}


@dataclass(frozen=True)
class Row:
    number: int
    department: str
    user_type: str


class AssignmentRows:
    """The rows as they were typed, or as the login has them. A row without a user type is none.

    ``kept`` are assignments that the manager can neither give nor take: they stay as they are and are not shown.
    """

    def __init__(self, data: QueryDict | None, *, manager: Login, now: Iterable[Pair] = ()) -> None:
        self.manager = manager
        self.choices = Choices(manager)
        self.now = frozenset(now)
        self.shown = sorted((pair for pair in self.now if pair in self.choices.values), key=Pair.encoded)
        self.kept = self.now - set(self.shown)
        self.errors: list[str] = []
        self.wants_more = data is not None and "more" in data
        given = self._typed(data) if data is not None else [self.choices.values[pair] for pair in self.shown]
        if not given or self.wants_more:
            given.append(self._usual if not given else (self._usual[0], ""))
        self.rows = [Row(number, *values) for number, values in enumerate(given[:MOST_ROWS], start=1)]

    @property
    def _usual(self) -> tuple[str, str]:
        """What most logins get: General User."""
        types = [choice.value for choice in self.choices.user_types]
        usual = GENERAL_USER if GENERAL_USER in types else ""
        return (self.choices.departments[0].value if self.choices.departments else "", usual)

    @staticmethod
    def _typed(data: QueryDict) -> list[tuple[str, str]]:
        return list(zip(data.getlist("department"), data.getlist("user_type"), strict=False))

    @property
    def pairs(self) -> frozenset[Pair]:
        """What the login would have. Only after ``is_valid``."""
        chosen = {self.choices.pairs[row.department, row.user_type] for row in self.rows if row.user_type}
        return frozenset(chosen) | self.kept

    def is_valid(self) -> bool:
        if any(row.user_type and (row.department, row.user_type) not in self.choices.pairs for row in self.rows):
            self.errors = [_("A user type or department that was chosen is there no more.")]
            return False
        before, after = self.now, self.pairs
        places = places_of(self.manager.organisation_id, before | after)
        refusal = against_changing(self.manager, before=before, after=after, places=places)
        self.errors = [refusal.message] if refusal else []
        return refusal is None

    def refuse(self, refusal: Refused) -> None:
        self.errors = [refusal.message]

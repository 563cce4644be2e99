"""Who gains and who loses, and which tokens, when the tree of departments or a user type changes: told before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import Assignment, Login
from accounts.pairs import Pair, decode
from accounts.permission_words import ORDER
from accounts.permissions import VIEWING, Permission
from accounts.reach import Ground

SHOWN = 8  # names that a sentence lists before it says how many more there are
Pairs = frozenset[Pair]
Logins = QuerySet[Assignment, Any]  # the keys of logins, as a subquery


@dataclass
class Named:
    """A number of things and the first of their names."""

    names: list[str] = field(default_factory=list)
    count: int = 0

    @classmethod
    def of(cls, names: QuerySet[Any, str]) -> Named:
        """The first of them, by name, and their number (two queries; sorting all would take longer than both)."""
        return cls(sorted(names[:SHOWN], key=str.casefold), names.count())

    def add(self, name: str) -> None:
        """Without a name it is counted alone."""
        self.count += 1
        if name and len(self.names) < SHOWN:
            self.names.append(name)

    @property
    def more(self) -> int:
        return self.count - len(self.names)

    def __bool__(self) -> bool:
        return bool(self.count)


@dataclass
class Shift:
    """Who gains and who loses one permission, somewhere or everywhere."""

    permission: Permission
    gain: Named = field(default_factory=Named)
    lose: Named = field(default_factory=Named)


@dataclass
class PlaceEffect:
    """What a change does. Tokens are those that work now: ``stop`` read no report any more, the others reach more or
    fewer rows.
    """

    shifts: list[Shift] = field(default_factory=list)
    gaining: Named = field(default_factory=Named)
    losing: Named = field(default_factory=Named)
    stop: Named = field(default_factory=Named)
    fewer: Named = field(default_factory=Named)
    more: Named = field(default_factory=Named)

    @property
    def takes_something(self) -> bool:
        return bool(self.losing or self.stop or self.fewer)

    def __bool__(self) -> bool:
        return self.takes_something or bool(self.gaining or self.more)


class Comparison:
    """Two grounds; each answer is worked out once for equal pairs, which thousands of logins share."""

    def __init__(self, before: Ground, after: Ground) -> None:
        self.before, self.after = before, after
        self.shifts, self.rows = cache(self._shifts), cache(self._rows)

    def _shifts(self, pairs: Pairs) -> dict[Permission, tuple[bool, bool]]:
        """By permission, whether somebody with these pairs gains, and whether they lose, some of where it holds."""
        found = {}
        for permission in ORDER:
            before, after = self.before.reach(pairs, permission), self.after.reach(pairs, permission)
            if before != after:
                found[permission] = (bool(after - before), bool(before - after))
        return found

    def _rows(self, pairs: Pairs) -> str:
        """What becomes of the rows that reports give for these pairs: a field of ``PlaceEffect``, or nothing."""
        if reads(self.before, pairs) and not reads(self.after, pairs):
            return "stop"
        shifts = [shift for permission, shift in self.shifts(pairs).items() if permission in VIEWING]
        if any(loses for _gains, loses in shifts):
            return "fewer"
        return "more" if any(gains for gains, _loses in shifts) else ""


def reads(ground: Ground, pairs: Pairs) -> bool:
    """Whether reports answer at all."""
    return any(Permission.REPORT_READ in ground.permissions.get(pair.user_type_id, ()) for pair in pairs)


def place_effect(viewer: Login, before: Ground, after: Ground, *, assigned: Q) -> PlaceEffect:
    """Compare two grounds for the logins with an assignment that ``assigned`` finds: no others can be concerned.

    All are counted; named are those whom the viewer may see anyway.
    """
    organisation_id = viewer.organisation_id
    concerned = Assignment.objects.filter(assigned, login__organisation_id=organisation_id).values("login_id")
    pairs = pairs_by_login(concerned)
    comparison = Comparison(before, after)
    effect = PlaceEffect()
    people = Login.objects.filter(pk__in=concerned).order_by("contact__first_name", "contact__last_name", "pk")
    seen = set(Login.objects.visible_to(viewer).filter(pk__in=concerned).values_list("pk", flat=True))
    named = people.values_list("pk", "contact__first_name", "contact__last_name")
    _count_people(
        effect, comparison, pairs, ((key, f"{one} {two}".strip() if key in seen else "") for key, one, two in named)
    )
    _count_tokens(effect, comparison, pairs, working_tokens(concerned))
    return effect


def pairs_by_login(logins: Logins) -> dict[int, Pairs]:
    """All pairs of each login (one query)."""
    found: dict[int, set[Pair]] = {}
    rows = Assignment.objects.filter(login_id__in=logins).values_list("login_id", "user_type_id", "department_id")
    for login, user_type, department in rows:
        found.setdefault(login, set()).add(Pair(user_type, department))
    return {login: frozenset(pairs) for login, pairs in found.items()}


def working_tokens(logins: Logins) -> Iterable[tuple[int, str, str | None]]:
    """Owner, name and restriction of the tokens whose calls are admitted now, in no order: there may be thousands."""
    valid = Q(tokens__expires_at=None) | Q(tokens__expires_at__gt=timezone.now())
    owners = Login.objects.active().filter(pk__in=logins, has_personal_role=True)
    tokens = owners.filter(valid, tokens__kind="api", tokens__revoked_at=None, tokens__generated_at__isnull=False)
    found: Iterable[tuple[int, str, str | None]] = tokens.order_by().values_list(
        "pk", "tokens__name", "tokens__current_restriction"
    )
    return found


def _count_people(
    effect: PlaceEffect, comparison: Comparison, pairs: dict[int, Pairs], people: Iterable[tuple[int, str]]
) -> None:
    changed = {permission: Shift(permission) for permission in ORDER}
    for key, name in people:
        shifts = comparison.shifts(pairs[key])
        for permission, (gains, loses) in shifts.items():
            if gains:
                changed[permission].gain.add(name)
            if loses:
                changed[permission].lose.add(name)
        if any(gains for gains, _loses in shifts.values()):
            effect.gaining.add(name)
        if any(loses for _gains, loses in shifts.values()):
            effect.losing.add(name)
    effect.shifts = [shift for shift in changed.values() if shift.gain or shift.lose]


def _count_tokens(
    effect: PlaceEffect,
    comparison: Comparison,
    pairs: dict[int, Pairs],
    tokens: Iterable[tuple[int, str, str | None]],
) -> None:
    named = {"stop": effect.stop, "fewer": effect.fewer, "more": effect.more}

    @cache
    def outcome(held: Pairs, restriction: str | None) -> str:
        limits = decode(restriction)
        return comparison.rows(held if limits is None else held & limits)

    for owner, name, restriction in tokens:
        if found := outcome(pairs[owner], restriction):
            named[found].add(name)
    for some in named.values():
        some.names.sort(key=str.casefold)


def tokens_limited_to(organisation_id: int, mark: str) -> Named:
    """The tokens, not revoked, whose limits name what ``mark`` finds in an encoded restriction (accounts/pairs.py)."""
    marked = Q(tokens__restriction__contains=mark) | Q(tokens__current_restriction__contains=mark)
    owners = Login.objects.filter(marked, organisation_id=organisation_id, tokens__kind="api", tokens__revoked_at=None)
    return Named.of(owners.values_list("tokens__name", flat=True).order_by("pk"))

"""Assignments as they are asked for: which user type in which department, whether they exist, and in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.models import Assignment, Department, Login, UserType
from accounts.pairs import Pair
from accounts.rules.managing import against_assigning, against_taking


@dataclass(frozen=True)
class Place:
    """A user type in a department, or in the whole organisation (None)."""

    user_type: UserType
    department: Department | None


def places_of(organisation_id: int, pairs: Iterable[Pair]) -> dict[Pair, Place]:
    """The pairs that exist in the organisation, as what they are (two queries)."""
    wanted = set(pairs)
    types = UserType.objects.filter(organisation_id=organisation_id)
    departments = Department.objects.filter(organisation_id=organisation_id)
    user_types = types.in_bulk({pair.user_type_id for pair in wanted})
    places = departments.in_bulk({pair.department_id for pair in wanted if pair.department_id})
    return {
        pair: Place(user_types[pair.user_type_id], places[pair.department_id] if pair.department_id else None)
        for pair in wanted
        if pair.user_type_id in user_types and (pair.department_id is None or pair.department_id in places)
    }


def against_changing(
    manager: Login | None, *, before: frozenset[Pair], after: frozenset[Pair], places: dict[Pair, Place]
) -> Refused | None:
    """Why the manager may not turn these assignments into those; ``places`` tells what the pairs of both are."""
    if not after:
        return Refused("assignments", _("Choose at least one user type and where it holds."))
    if not after <= places.keys():
        return Refused("assignments", _("A user type or department that was chosen is there no more."))
    for pair in sorted(after - before, key=Pair.encoded):
        if refusal := against_assigning(manager, places[pair].user_type, places[pair].department):
            return refusal
    for pair in sorted(before - after, key=Pair.encoded):
        if refusal := against_taking(manager, places[pair].user_type, places[pair].department):
            return refusal
    return None


def assignments_in_words(login: Login) -> list[dict[str, str | None]]:
    """The login's assignments as the ledger keeps them: names as they are now, None for the whole organisation."""
    return in_words(login.assignments_now, Department.objects.paths(login.organisation_id))


def in_words(items: Iterable[Assignment | Place], paths: dict[int, str]) -> list[dict[str, str | None]]:
    """The same of assignments, present or to come, where the paths of the departments are known."""
    return [
        {"user_type": item.user_type.name, "department": paths[item.department.pk] if item.department else None}
        for item in items
    ]


def unsaved(login: Login, places: Iterable[Place]) -> list[Assignment]:
    """Assignments of the login, not yet written, in a steady order."""
    ordered = sorted(places, key=lambda place: (place.department.name if place.department else "", place.user_type.pk))
    return [Assignment(login=login, user_type=place.user_type, department=place.department) for place in ordered]

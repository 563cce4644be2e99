"""What assignments reach: the tree of departments and the permissions of user types, as they are or would be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from accounts.models import Department, UserType
from accounts.pairs import WHOLE_ORGANISATION, Pair

Reach = frozenset[int]  # keys of departments, and 0 for the whole organisation


@dataclass(frozen=True)
class Ground:
    """All departments (each with the one above it) and user types (each with its permissions) of an organisation."""

    parents: Mapping[int, int | None]
    permissions: Mapping[int, frozenset[str]]
    _known: dict[tuple[frozenset[Pair], str], Reach] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, organisation_id: int) -> Ground:
        """As it is now (two queries)."""
        departments = Department.objects.filter(organisation_id=organisation_id).values_list("pk", "parent_id")
        types = UserType.objects.filter(organisation_id=organisation_id)
        return cls(dict(departments), {user_type.pk: user_type.granted for user_type in types})

    def with_parent(self, department_id: int, parent_id: int | None) -> Ground:
        return replace(self, parents={**self.parents, department_id: parent_id}, _known={})

    def with_permissions(self, user_type_id: int, names: Iterable[str]) -> Ground:
        return replace(self, permissions={**self.permissions, user_type_id: frozenset(names)}, _known={})

    def above(self, department_id: int | None) -> list[int]:
        """The department and those above it, from the lowest to the highest."""
        found: list[int] = []
        while department_id is not None and department_id not in found:
            found.append(department_id)
            department_id = self.parents[department_id]
        return found

    def below(self, department_id: int) -> frozenset[int]:
        """The department and all below it."""
        return frozenset(self._below[department_id])

    @cached_property
    def _below(self) -> dict[int, set[int]]:
        """For each department, itself and all below it."""
        found: dict[int, set[int]] = {key: set() for key in self.parents}
        for key in self.parents:
            for higher in self.above(key):
                found[higher].add(key)
        return found

    def height(self, department_id: int) -> int:
        """How many levels the department and those below it make."""
        depth = len(self.above(department_id))
        return max(len(self.above(key)) for key in self.below(department_id)) - depth + 1

    def reach(self, pairs: frozenset[Pair], permission: str) -> Reach:
        """Where the permission holds for somebody with these pairs; each pair is asked by itself."""
        wanted = (pairs, permission)
        if wanted not in self._known:
            self._known[wanted] = self._reach(pairs, permission)
        return self._known[wanted]

    def _reach(self, pairs: frozenset[Pair], permission: str) -> Reach:
        places = {pair.department_id for pair in pairs if permission in self.permissions.get(pair.user_type_id, ())}
        if None in places:
            return frozenset({WHOLE_ORGANISATION, *self.parents})
        return frozenset().union(*(self._below[place] for place in places if place in self._below))

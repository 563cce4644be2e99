"""On whose behalf a report is read, and which departments that reaches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from zoneinfo import ZoneInfo

from accounts.models import Department, UserType
from accounts.pairs import Pair
from accounts.permissions import VIEWING, Permission

PATH_SEPARATOR = " > "  # as the published group names have it


@dataclass(frozen=True)
class Reader:
    """The owner of an admitted token, with the effective pairs of this call and nothing else of the owner's."""

    organisation_id: int
    login_id: int
    login_public_id: str
    pairs: frozenset[Pair]
    zone: ZoneInfo
    read_only: bool = False

    @cached_property
    def permissions(self) -> dict[int, frozenset[str]]:
        """The permissions of each user type of the pairs (one query); of a read-only token those to view alone."""
        keys = {pair.user_type_id for pair in self.pairs}
        types = UserType.objects.filter(organisation_id=self.organisation_id, pk__in=keys)
        return {held.pk: VIEWING & held.granted if self.read_only else held.granted for held in types}

    @property
    def may_read_reports(self) -> bool:
        return any(Permission.REPORT_READ in permissions for permissions in self.permissions.values())

    def reach(self, permission: Permission) -> set[int] | None:
        """Keys of the departments in which the permission holds, with those below; None: the whole organisation.

        Each pair is asked by itself: a right from one assignment never meets the department of another.
        """
        holding = {key for key, permissions in self.permissions.items() if permission in permissions}
        keys = {pair.department_id for pair in self.pairs if pair.user_type_id in holding}
        return None if None in keys else self.below({key for key in keys if key is not None})

    def below(self, keys: set[int]) -> set[int]:
        return Department.objects.below(self.organisation_id, keys) if keys else set()

    @cached_property
    def department_paths(self) -> dict[int, str]:
        return department_paths(self.organisation_id)


def department_paths(organisation_id: int) -> dict[int, str]:
    """Each department's name with those above it, as programs get them: "Energy > South" (one query)."""
    paths = Department.objects.paths(organisation_id)
    return {key: path.replace(" › ", PATH_SEPARATOR) for key, path in paths.items()}

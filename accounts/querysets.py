"""How organisations' people are read, and which of them a login may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.utils import timezone

from accounts.permissions import OWNER, Permission

if TYPE_CHECKING:
    from accounts.models import Assignment, Contact, Department, Login, OutboxMail


class DepartmentQuerySet(models.QuerySet["Department"]):
    def below(self, organisation_id: int, keys: set[int]) -> set[int]:
        """The given departments of one organisation and all below them (one query, whatever the depth)."""
        parents = dict(self.filter(organisation_id=organisation_id).values_list("id", "parent_id"))
        found = {key for key in keys if key in parents}
        while True:
            more = {child for child, parent in parents.items() if parent in found and child not in found}
            if not more:
                return found
            found |= more

    def paths(self, organisation_id: int) -> dict[int, str]:
        """Each department's path of names, such as "Energy › South" (one query)."""
        rows = {
            row[0]: row[1:]
            for row in self.filter(organisation_id=organisation_id).values_list("id", "name", "parent_id")
        }

        def path(key: int) -> str:
            name, parent = rows[key]
            return name if parent is None else f"{path(parent)} › {name}"

        return {key: path(key) for key in rows}


class ContactQuerySet(models.QuerySet["Contact"]):
    def visible_to(self, login: Login) -> ContactQuerySet:
        """Contacts that ``contact:view`` lets the login see: all of the organisation, or those with a login in reach."""
        contacts = self.filter(organisation_id=login.organisation_id)
        reach = login.reach(Permission.CONTACT_VIEW)
        if reach is None:
            return contacts
        return contacts.filter(logins__assignments__department_id__in=reach).distinct()


class LoginQuerySet(models.QuerySet["Login"]):
    def of_organisation(self, organisation_id: int) -> LoginQuerySet:
        return self.filter(organisation_id=organisation_id)

    def active(self) -> LoginQuerySet:
        return self.filter(
            models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now()),
            enabled=True,
            organisation__suspended_at=None,
        )

    def system_administrators(self) -> LoginQuerySet:
        return self.filter(assignments__user_type__slug=OWNER, assignments__user_type__built_in=True).distinct()

    def can_grant_roles(self, organisation_id: int) -> LoginQuerySet:
        """Whom to ask for a token role: the organisation's System Administrators who can sign in."""
        return self.of_organisation(organisation_id).active().system_administrators().select_related("contact")


class LoginManager(BaseUserManager.from_queryset(LoginQuerySet)):  # type: ignore[misc]
    def get_by_natural_key(self, username: str | None) -> Login:
        """The login of a user name, ignoring case, with what every request needs of it."""
        return self.select_related("organisation", "contact").get(user_name__iexact=username or "")


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def of_login(self, login_id: int) -> AssignmentQuerySet:
        return self.filter(login_id=login_id).select_related("user_type", "department")


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    def waiting(self) -> OutboxQuerySet:
        return self.filter(sent_at=None, given_up_at=None)

    def due(self) -> OutboxQuerySet:
        now = timezone.now()
        return self.waiting().filter(
            models.Q(lease_until=None) | models.Q(lease_until__lt=now), next_attempt_at__lte=now
        )

"""How organisations' people are read, and which of them a login may see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.apps import apps
from django.contrib.auth.base_user import BaseUserManager
from django.db import models
from django.db.models.functions import Coalesce, Concat, Lower, Upper
from django.utils import timezone

from accounts.permissions import OWNER, Permission

if TYPE_CHECKING:
    from accounts.models import Assignment, Contact, ContactImport, Department, Login, OutboxMail


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
        """Contacts that ``contact:view`` lets the login see: the organisation's, or those with a login in reach."""
        contacts = self.filter(organisation_id=login.organisation_id)
        reach = login.reach(Permission.CONTACT_VIEW)
        if reach is None:
            return contacts
        return contacts.filter(logins__assignments__department_id__in=reach).distinct()

    def with_logins(self, viewer: Login) -> ContactQuerySet:
        """One row for each contact and each login of it that the viewer may see; one for a contact without a login.

        Adds ``login_id``, ``row_id`` (the public id of the login, else of the contact) and what a list sorts and
        filters by. All of it stands on one join: filter by these names.
        """
        logins = apps.get_model("accounts", "Login").objects
        assignments = apps.get_model("accounts", "Assignment").objects.visible_to(viewer)
        types = assignments.filter(login_id=models.OuterRef("logins__id"))
        contacts = self.filter(organisation_id=viewer.organisation_id)
        if viewer.reach(Permission.CONTACT_VIEW) is not None:
            contacts = contacts.filter(logins__in=logins.visible_to(viewer))
        return (
            contacts.annotate(
                login_id=models.F("logins__id"),
                user_name=models.F("logins__user_name"),
                enabled=models.F("logins__enabled"),
                expires_at=models.F("logins__expires_at"),
                last_login=models.F("logins__last_login"),
                is_service=models.F("logins__is_service"),
                is_sso=models.F("logins__is_sso"),
                row_id=Coalesce("logins__public_id", "public_id"),
                has_personal_role=models.F("logins__has_personal_role"),
                has_admin_role=models.F("logins__has_admin_role"),
                user_type_name=models.Subquery(types.order_by("id").values("user_type__name")[:1]),
                full_name=Concat("first_name", models.Value(" "), "last_name"),
            )
            .alias(password=models.F("logins__password"))
            .prefetch_related(
                models.Prefetch("logins", logins.select_related("organisation")),
                models.Prefetch("logins__assignments", assignments.select_related("user_type")),
            )
        )


class LoginQuerySet(models.QuerySet["Login"]):
    def of_organisation(self, organisation_id: int) -> LoginQuerySet:
        return self.filter(organisation_id=organisation_id)

    def visible_to(self, viewer: Login) -> LoginQuerySet:
        """Logins that ``contact:view`` lets the viewer see: all of the organisation, or those assigned in reach."""
        logins = self.of_organisation(viewer.organisation_id)
        if viewer.reach(Permission.CONTACT_VIEW) is None:
            return logins
        assigned = apps.get_model("accounts", "Assignment").objects.visible_to(viewer)
        return logins.filter(pk__in=assigned.values("login_id"))

    def with_assignments(self, viewer: Login) -> LoginQuerySet:
        """With those of their assignments that the viewer may see, read at once."""
        assignments = apps.get_model("accounts", "Assignment").objects.visible_to(viewer).select_related("user_type")
        return self.prefetch_related(models.Prefetch("assignments", assignments))

    def with_all_assignments(self) -> LoginQuerySet:
        """With all their assignments as ``assignments_now``, read at once: for rules that are asked of many logins."""
        assignments = apps.get_model("accounts", "Assignment").objects.select_related("user_type", "department")
        read_at_once = models.Prefetch("assignments", assignments.order_by("id"), "assignments_now")
        return self.prefetch_related(read_at_once)  # type: ignore[no-redef]  # it fills the cached property

    def named(self, user_name: str) -> Login | None:
        """The login of a user name, ignoring case. User names are ASCII: no other letter folds into one of theirs."""
        name = user_name.strip().lower()
        logins = self.select_related("organisation", "contact").alias(lower_name=Lower("user_name"))
        return logins.filter(lower_name=name).first() if name.isascii() else None

    def called(self, text: str) -> LoginQuerySet:
        """The logins that a text names as a whole: by user name, public id or the person's name.

        A union of what indexes find: one condition over two tables would be held against every login.
        """
        named = models.Q(lower_name=Lower(models.Value(text))) | models.Q(public_id=text)
        by_login = self.alias(lower_name=Lower("user_name")).filter(named)
        full_name = Upper(Concat("contact__first_name", models.Value(" "), "contact__last_name"))
        by_person = self.alias(called_name=full_name).filter(called_name=Upper(models.Value(text)))
        return self.filter(pk__in=by_login.values("pk").union(by_person.values("pk")))

    def assigned_in(self, departments: set[int]) -> LoginQuerySet:
        """The logins that have an assignment in one of the departments, whatever it is."""
        assignments = apps.get_model("accounts", "Assignment").objects.filter(department_id__in=departments)
        return self.filter(pk__in=assignments.values("login_id"))

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
        logins = self.of_organisation(organisation_id).active().filter(is_service=False)
        return logins.system_administrators().select_related("contact")


class LoginManager(BaseUserManager.from_queryset(LoginQuerySet)):  # type: ignore[misc]
    """What Django and allauth expect of the manager of users, with the querysets of logins."""


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, viewer: Login) -> AssignmentQuerySet:
        """Assignments that ``contact:view`` lets the viewer see: the organisation's, or those within reach."""
        assignments = self.filter(login__organisation_id=viewer.organisation_id)
        reach = viewer.reach(Permission.CONTACT_VIEW)
        return assignments if reach is None else assignments.filter(department_id__in=reach)


CLOCK_ASTRAY = timedelta(hours=2)
"""Longer than anything is ever put off: a moment further in the future was written while the clock was wrong."""


def is_unclaimed(now: datetime) -> models.Q:
    ended = models.Q(lease_until__lt=now) | models.Q(lease_until__gt=now + CLOCK_ASTRAY)
    return models.Q(lease_until=None) | ended


class OutboxQuerySet(models.QuerySet["OutboxMail"]):
    def waiting(self) -> OutboxQuerySet:
        return self.filter(sent_at=None, given_up_at=None)

    def due(self) -> OutboxQuerySet:
        now = timezone.now()
        its_time = models.Q(next_attempt_at__lte=now) | models.Q(next_attempt_at__gt=now + CLOCK_ASTRAY)
        return self.waiting().filter(is_unclaimed(now), its_time)


class ContactImportQuerySet(models.QuerySet["ContactImport"]):
    def visible_to(self, viewer: Login) -> ContactImportQuerySet:
        """The organisation's imports; one's own alone, where ``contact:manage`` holds in some departments only."""
        imports = self.filter(organisation_id=viewer.organisation_id)
        whole = viewer.departments_where(Permission.CONTACT_MANAGE) is None
        return imports if whole else imports.filter(by_id=viewer.public_id)

    def at_work(self) -> ContactImportQuerySet:
        return self.filter(state__in=("reading", "checking", "writing"))

    def due(self) -> ContactImportQuerySet:
        """At work, and no worker's: the lease of one that died runs out."""
        return self.at_work().filter(is_unclaimed(timezone.now()))

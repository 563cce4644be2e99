"""Organisations, their departments and their user types."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower, Now

from accounts import ids
from accounts.languages import DEFAULT_LANGUAGE, DEFAULT_TIME_ZONE, LANGUAGES
from accounts.permissions import ADMINISTRATOR_ONLY, OWNER, user_type_label
from accounts.querysets import DepartmentQuerySet
from audit.actor import Reference


class Organisation(models.Model):
    """The tenant. Its key is the "tenant id" and the prefix of role ids; the policy columns bind all that is in it."""

    name = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    suspended_at = models.DateTimeField(null=True, blank=True)
    tokens_stopped_at = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=8, choices=LANGUAGES, default=DEFAULT_LANGUAGE)
    time_zone = models.CharField(max_length=64, default=DEFAULT_TIME_ZONE)
    # Policies on tokens. Days; null means no limit.
    token_days_limit = models.PositiveIntegerField(null=True, blank=True)
    token_never_allowed = models.BooleanField(default=True)
    tokens_per_login = models.PositiveIntegerField(default=100)
    token_calls_per_minute = models.PositiveIntegerField(null=True, blank=True)
    token_scopes_allowed = models.PositiveSmallIntegerField(default=7)
    allowed_networks = models.TextField(null=True, blank=True)  # as accounts/networks.py writes them; null: everywhere
    basic_allowed = models.BooleanField(default=False)
    # Policies on passwords and sign-in. Days, minutes and hours as named.
    password_length_minimum = models.PositiveSmallIntegerField(default=12)
    password_classes_minimum = models.PositiveSmallIntegerField(default=1)
    password_days_limit = models.PositiveIntegerField(null=True, blank=True)
    password_attempts_limit = models.PositiveSmallIntegerField(default=10)
    password_reminders = models.BooleanField(default=True)
    second_factor_required = models.BooleanField(default=False)
    session_idle_minutes = models.PositiveIntegerField(default=30)
    session_hours_limit = models.PositiveIntegerField(default=12)
    log_days_kept = models.PositiveIntegerField(null=True, blank=True)
    log_removed_before = models.DateTimeField(null=True, blank=True)
    daily_mail = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> Reference:
        return Reference("organisation", str(self.pk), self.name)


class Department(models.Model):
    """A part of an organisation. Departments form a tree; one includes all below it."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="departments")
    public_id = models.CharField(max_length=32, unique=True, default=ids.department_id, editable=False)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=100)

    objects = DepartmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), "organisation", "parent", name="department_name_among_siblings"),
            models.UniqueConstraint(
                Lower("name"),
                "organisation",
                condition=models.Q(parent=None),
                name="department_name_at_top",
            ),
            models.CheckConstraint(condition=~models.Q(pk=models.F("parent")), name="department_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> Reference:
        return Reference("department", self.public_id, self.name)


class UserType(models.Model):
    """A named set of permissions; the API calls it a role, ``<organisation id>:<slug>``."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="user_types")
    slug = models.SlugField(max_length=50)
    name = models.CharField(max_length=100)
    permissions = models.JSONField(default=list)
    built_in = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "slug"], name="user_type_slug"),
            models.UniqueConstraint(Lower("name"), "organisation", name="user_type_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        """As pages show it. What is written, or told to a program, has the name."""
        return user_type_label(self.slug, self.name, built_in=self.built_in)

    @property
    def is_owner(self) -> bool:
        """Whether this is System Administrator."""
        return self.built_in and self.slug == OWNER

    @property
    def granted(self) -> frozenset[str]:
        """What it gives: whatever is stored, some permissions belong to System Administrators alone."""
        return frozenset(self.permissions) - (frozenset() if self.is_owner else ADMINISTRATOR_ONLY)

    @property
    def role_id(self) -> str:
        return f"{self.organisation_id}:{self.slug}"

    @property
    def reference(self) -> Reference:
        return Reference("user_type", self.role_id, self.name)

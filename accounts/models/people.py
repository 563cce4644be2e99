"""Contacts, their logins, and what the logins are assigned to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Concat, Lower, Now, Upper
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts import ids
from accounts.appearances import APPEARANCES
from accounts.kinds import LoginKind
from accounts.languages import DEFAULT_LANGUAGE, DEFAULT_TIME_ZONE, LANGUAGES
from accounts.models.organisations import Department, Organisation, UserType
from accounts.pairs import Pair
from accounts.permissions import OWNER, VIEW_ONLY, Permission
from accounts.querysets import AssignmentQuerySet, ContactQuerySet, LoginManager
from audit.actor import Reference

USER_NAME = RegexValidator(
    r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~@-]+$", _("Letters, digits and the signs of a mail address only.")
)


class Contact(models.Model):
    """A person's record. May exist without a login; deleting it deletes its logins."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="contacts")
    public_id = models.CharField(max_length=32, unique=True, default=ids.contact_id, editable=False)
    first_name = models.CharField(max_length=100)
    last_name = models.CharField(max_length=100, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    notes = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "first_name", "last_name"], name="contact_name"),
            models.Index(Upper(Concat("first_name", models.Value(" "), "last_name")), name="contact_full_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def reference(self) -> Reference:
        return Reference("contact", self.public_id, self.name)


class Login(AbstractBaseUser):
    """Credentials of a contact, of one organisation for ever.

    A service login never signs in; an SSO login signs in through the identity provider only.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="logins")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="logins")
    public_id = models.CharField(max_length=32, unique=True, default=ids.login_id, editable=False)
    user_name = models.CharField(max_length=150, validators=[USER_NAME])
    email = models.EmailField(blank=True, default="")
    is_service = models.BooleanField(default=False)
    is_sso = models.BooleanField(default=False)
    enabled = models.BooleanField(default=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    must_change_password = models.BooleanField(default=False)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    password_reminded_at = models.DateTimeField(null=True, blank=True)
    tokens_stopped_at = models.DateTimeField(null=True, blank=True)  # the emergency stop of this login's tokens
    has_personal_role = models.BooleanField(default=False)
    has_admin_role = models.BooleanField(default=False)
    language = models.CharField(max_length=8, choices=LANGUAGES, default=DEFAULT_LANGUAGE)
    time_zone = models.CharField(max_length=64, default=DEFAULT_TIME_ZONE)
    appearance = models.CharField(max_length=5, choices=APPEARANCES, blank=True, default="")  # blank: as the device
    hidden_columns = models.JSONField(default=dict, blank=True)  # by the grid's export name: the columns not shown
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "user_name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    is_staff = False
    is_superuser = False

    objects = LoginManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("user_name"), name="login_user_name"),
            models.CheckConstraint(
                condition=~models.Q(is_service=True, is_sso=True), name="login_is_not_service_and_sso"
            ),
        ]

    def __str__(self) -> str:
        return self.user_name

    @property
    def is_active(self) -> bool:  # type: ignore[override]  # Django's name for "may sign in"; a rule, not a column
        """Enabled, not expired and of an organisation that is not suspended. A service login is active all the same."""
        return self.enabled and not self.is_expired and self.organisation.suspended_at is None

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def password_ends_at(self) -> datetime | None:
        """When the password is too old for the organisation; None where it may be as old as it likes."""
        days = self.organisation.password_days_limit
        if days is None or self.is_service or self.is_sso or not self.has_usable_password():
            return None
        return (self.password_changed_at or self.created_at) + timedelta(days=days)

    @property
    def must_choose_password(self) -> bool:
        """Whether it can do nothing else before: an administrator wants it, or its password is too old."""
        end = self.password_ends_at
        return not self.is_sso and (self.must_change_password or (end is not None and end <= timezone.now()))

    @property
    def label(self) -> str:
        return self.contact.name

    @property
    def reference(self) -> Reference:
        return Reference("login", self.public_id, self.user_name)

    @property
    def kind(self) -> LoginKind:
        if self.is_service:
            return LoginKind.SERVICE
        return LoginKind.SSO if self.is_sso else LoginKind.PERSON

    @cached_property
    def assignments_now(self) -> list[Assignment]:
        """The login's assignments with user type and department, read once for this object's life (one request)."""
        return list(self.assignments.select_related("user_type", "department").order_by("id"))

    @property
    def pairs(self) -> frozenset[Pair]:
        return frozenset(assignment.pair for assignment in self.assignments_now)

    @property
    def is_system_administrator(self) -> bool:
        return any(a.user_type.built_in and a.user_type.slug == OWNER for a in self.assignments_now)

    @property
    def is_view_only(self) -> bool:
        """Every assignment is View Only. A login without assignments can do nothing and counts as View Only."""
        return all(a.user_type.built_in and a.user_type.slug == VIEW_ONLY for a in self.assignments_now)

    @cached_property
    def rights(self) -> dict[int | None, frozenset[str]]:
        """The permissions by department, those below included; under None those for the whole organisation."""
        rights: dict[int | None, frozenset[str]] = {None: frozenset()}
        for assignment in self.assignments_now:
            key, given = assignment.department_id, assignment.user_type.granted
            for place in {None} if key is None else Department.objects.below(self.organisation_id, {key}):
                rights[place] = rights.get(place, frozenset()) | given
        return rights

    @cached_property
    def has_factor(self) -> bool:
        """Whether the login has set up a second factor, asked once for this object's life (one request)."""
        own: models.QuerySet[models.Model] = self.authenticator_set  # type: ignore[attr-defined]  # allauth's, untyped
        return own.filter(type__in=("totp", "webauthn")).exists()

    @property
    def has_second_factor(self) -> bool:
        """Whether a password alone does not let this login in: it has a second factor, or is to have one."""
        return self.has_factor or self.organisation.second_factor_required

    def holds(self, permission: Permission) -> bool:
        """Whether some assignment gives the permission, in whatever department."""
        return any(permission in a.user_type.granted for a in self.assignments_now)

    def departments_where(self, permission: Permission) -> set[int] | None:
        """Keys of the departments in which the permission holds (without those below); None: the whole organisation."""
        keys = {a.department_id for a in self.assignments_now if permission in a.user_type.granted}
        return None if None in keys else {key for key in keys if key is not None}

    def reach(self, permission: Permission) -> set[int] | None:
        """Keys of all departments in which the permission holds, with those below; None: the whole organisation."""
        keys = self.departments_where(permission)
        return None if keys is None else Department.objects.below(self.organisation_id, keys)


class Assignment(models.Model):
    """A login has a user type in a department, or (department null) in the whole organisation."""

    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="assignments")
    user_type = models.ForeignKey(UserType, on_delete=models.PROTECT, related_name="assignments")
    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, null=True, blank=True, related_name="assignments"
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["login", "user_type", "department"], name="assignment_once"),
            models.UniqueConstraint(
                fields=["login", "user_type"],
                condition=models.Q(department=None),
                name="assignment_once_for_the_whole_organisation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.login_id} {self.pair.encoded()}"

    @property
    def pair(self) -> Pair:
        return Pair(self.user_type_id, self.department_id)

"""How access tokens are read, and which of them a login may see."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.utils import timezone

from accounts.models import Assignment, Login
from tokens.statuses import Status

if TYPE_CHECKING:
    from tokens.models import AccessToken, MobileSession


class AccessTokenQuerySet(QuerySet["AccessToken"]):
    def listed(self) -> AccessTokenQuerySet:
        """What My API Access Tokens shows: made by people or the API, and not revoked."""
        return self.filter(kind="api", revoked_at=None)

    def of_owner(self, owner: Login) -> AccessTokenQuerySet:
        return self.filter(owner=owner)

    def of_organisation(self, organisation_id: int) -> AccessTokenQuerySet:
        return self.filter(owner__organisation_id=organisation_id)

    def of_departments(self, keys: set[int]) -> AccessTokenQuerySet:
        """The tokens of everyone who has an assignment in one of the departments."""
        assigned = Assignment.objects.filter(department_id__in=keys).values("login_id")
        return self.filter(owner_id__in=assigned)

    def ending_before(self, moment: datetime) -> AccessTokenQuerySet:
        """Tokens whose JWT still works and no longer does at that moment."""
        return self.filter(generated_at__isnull=False, expires_at__gt=timezone.now(), expires_at__lte=moment)

    def with_status(self) -> AccessTokenQuerySet:
        """Add ``status_now``, the derived status as a column that can be filtered and sorted."""
        return self.annotate(
            status_now=Case(
                When(revoked_at__isnull=False, then=Value(Status.REVOKED.value)),
                When(generated_at=None, then=Value(Status.NOT_GENERATED.value)),
                When(Q(expires_at__lte=timezone.now()), then=Value(Status.EXPIRED.value)),
                When(first_used_at=None, then=Value(Status.INACTIVE.value)),
                default=Value(Status.ACTIVE.value),
                output_field=models.CharField(),
            )
        )


class MobileSessionQuerySet(QuerySet["MobileSession"]):
    def open(self) -> MobileSessionQuerySet:
        """Sessions that were neither ended nor are over, by time or because the password was changed since."""
        same_password = Q(login__password_changed_at=None) | Q(login__password_changed_at__lt=F("created_at"))
        return self.filter(same_password, ended_at=None, expires_at__gt=timezone.now())

    def of_organisation(self, organisation_id: int) -> MobileSessionQuerySet:
        return self.filter(login__organisation_id=organisation_id)

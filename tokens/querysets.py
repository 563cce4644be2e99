"""How access tokens are read, and which of them a login may see."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import (
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat, StrIndex
from django.utils import timezone

from accounts.models import Assignment, Login
from accounts.pairs import WHOLE_ORGANISATION
from audit.models import Entry
from audit.verbs import Result, Verb
from tokens.attention import ENDS_SOON, FAILING, IDLE, Attention
from tokens.recent import entries_since
from tokens.statuses import Status

if TYPE_CHECKING:
    from tokens.models import AccessToken, MobileSession


def among_valid_jwts() -> dict[Attention, Q]:
    """Which of the tokens whose JWT works want each kind of attention; failing is another matter."""
    now = timezone.now()
    return {
        Attention.ENDS_SOON: Q(expires_at__lte=now + ENDS_SOON),
        Attention.NEVER_USED: Q(first_used_at=None),
        Attention.NEVER_EXPIRES: Q(expires_at=None),
        Attention.IDLE: Q(last_used_at__lt=now - IDLE),
    }


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

    def for_grid(self) -> AccessTokenQuerySet:
        """With what a list of many people's tokens shows, sorts and filters by; its rows ask nothing further.

        The people of a page are read after it: joined, they would be carried through the sorting of all rows.
        """
        named = Concat("owner__contact__first_name", Value(" "), "owner__contact__last_name")
        owners = Prefetch("owner", Login.objects.select_related("contact"))
        assignments = Prefetch("owner__assignments", Assignment.objects.order_by("id"))
        return self.with_status().with_limits().alias(owner_name=named).prefetch_related(owners, assignments)

    def with_limits(self) -> AccessTokenQuerySet:
        """Add ``limits_now``, the restriction of the JWT in use, else of the next one. Stands on ``with_status``."""
        in_use = When(status_now__in=[Status.INACTIVE.value, Status.ACTIVE.value], then=F("current_restriction"))
        return self.annotate(limits_now=Case(in_use, default=F("restriction"), output_field=models.TextField()))

    def reaching(self, pair: Q) -> AccessTokenQuerySet:
        """Tokens whose owner is assigned so, and that are not limited to something else. Stands on ``with_limits``."""
        department = Cast(Coalesce("department_id", WHOLE_ORGANISATION), models.CharField())
        encoded = Concat(Value("|"), Cast("user_type_id", models.CharField()), Value(":"), department, Value("|"))
        limits = ExpressionWrapper(OuterRef("limits_now"), output_field=models.TextField())
        assigned = Assignment.objects.filter(pair, login=OuterRef("owner")).annotate(
            limits=limits, place=StrIndex(limits, encoded)
        )
        return self.filter(Exists(assigned.filter(Q(limits=None) | Q(place__gt=0))))

    def with_valid_jwt(self) -> AccessTokenQuerySet:
        """Tokens whose JWT was saved and has neither been revoked nor expired."""
        in_time = Q(expires_at=None) | Q(expires_at__gt=timezone.now())
        return self.filter(in_time, generated_at__isnull=False, revoked_at=None)

    def ends_soon(self) -> AccessTokenQuerySet:
        """Tokens whose JWT still works and ends within 30 days."""
        return self.with_valid_jwt().filter(among_valid_jwts()[Attention.ENDS_SOON])

    def failing(self) -> AccessTokenQuerySet:
        """Tokens whose newest call was refused, within the last 24 hours; of those that are not revoked.

        Those that failed lately come first, from the few entries of that time; the newest call of each decides.
        """
        calls = Entry.objects.filter(verb=Verb.TOKEN_AUTHENTICATE)
        lately = entries_since(timezone.now() - FAILING)
        failed = lately.filter(verb=Verb.TOKEN_AUTHENTICATE, result=Result.FAIL)
        newest = calls.filter(token_id=OuterRef("public_id")).order_by("-id").values("result")[:1]
        tokens = self.filter(revoked_at=None, public_id__in=failed.values("token_id"))
        return tokens.alias(newest_result=Subquery(newest)).filter(newest_result=Result.FAIL)

    def never_used(self) -> AccessTokenQuerySet:
        """Tokens whose JWT works and was not used yet."""
        return self.with_valid_jwt().filter(among_valid_jwts()[Attention.NEVER_USED])

    def never_expires(self) -> AccessTokenQuerySet:
        """Tokens whose JWT works and has no end."""
        return self.with_valid_jwt().filter(among_valid_jwts()[Attention.NEVER_EXPIRES])

    def idle(self) -> AccessTokenQuerySet:
        """Tokens whose JWT works and was last used more than 90 days ago."""
        return self.with_valid_jwt().filter(among_valid_jwts()[Attention.IDLE])

    def count_valid_jwts(self) -> dict[Attention, int]:
        """How many there are of each kind of attention that valid JWTs want, read at once."""
        counts = {attention.value: Count("pk", filter=which) for attention, which in among_valid_jwts().items()}
        return {Attention(name): count for name, count in self.with_valid_jwt().aggregate(**counts).items()}

    def wanting(self, attention: Attention) -> AccessTokenQuerySet:
        """The tokens that want this kind of attention."""
        chosen: AccessTokenQuerySet = getattr(self, attention.value)()
        return chosen

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

    def for_grid(self) -> MobileSessionQuerySet:
        """With what the list of mobile users shows, sorts and filters by; its rows ask nothing further."""
        named = Concat("login__contact__first_name", Value(" "), "login__contact__last_name")
        return self.alias(login_name=named).select_related("login__contact")

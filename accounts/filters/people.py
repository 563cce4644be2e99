"""What Contacts & Logins can be filtered by."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.blocks import blocked_logins
from accounts.models import Assignment, Contact, Department, Login
from accounts.permissions import Permission
from accounts.roles import SHORT_NAMES, TokenRole
from accounts.type_words import type_choices
from audit.grids.filters import ChoiceFilter, DayRangeFilter, GridFilterSet, SearchFilter, TextFilter, midnight

YES, DISABLED, EXPIRED, BLOCKED, INVITED, SERVICE, SSO, NO_LOGIN = (
    "yes", "no", "expired", "blocked", "invited", "service", "sso", "none"
)  # fmt: skip
STANDINGS = [
    (YES, _("Yes")),
    (DISABLED, _("Disabled")),
    (EXPIRED, _("Expired")),
    (BLOCKED, _("Blocked")),
    (INVITED, _("Invited")),
    (SERVICE, _("Service login")),
    (SSO, _("SSO")),
    (NO_LOGIN, _("No login")),
]
WHOLE_ORGANISATION = "whole"
NO_ROLE = "none"

Contacts = QuerySet[Contact]


class LastDayFilter(DayRangeFilter):
    """A login that ends at midnight has its last day before it: the day that column and form show."""

    def filter(self, qs: QuerySet[Any], value: slice | None) -> QuerySet[Any]:
        first, last = (value.start, value.stop) if value else (None, None)
        if first:
            qs = qs.filter(Q(expires_at__gt=midnight(first)))
        return qs.filter(Q(expires_at__lte=midnight(last + timedelta(days=1)))) if last else qs


class ContactFilters(GridFilterSet):
    """Stands on ``ContactQuerySet.with_logins``. User types and departments are those of the person's organisation."""

    q = SearchFilter(fields=["full_name", "email", "user_name"], label=_("Search name, mail, user name"))
    name = TextFilter(field_name="full_name", label=_("Name"))
    email = TextFilter(label=_("E Mail"))
    user_name = TextFilter(label=_("User Name"))
    enabled = ChoiceFilter(choices=STANDINGS, method="by_enabled", label=_("Enabled"))
    user_type = ChoiceFilter(method="by_user_type", label=_("User Type"))
    department = ChoiceFilter(method="by_department", label=_("Department"))
    token_roles = ChoiceFilter(
        choices=[*SHORT_NAMES.items(), (NO_ROLE, _("No token role"))], method="by_token_role", label=_("Token roles")
    )
    last_login = DayRangeFilter(label=_("Last signed in"))
    expires_at = LastDayFilter(label=_("Expires On"))

    viewer: Any

    def __init__(self, data: QueryDict, *, queryset: Contacts, request: HttpRequest) -> None:
        super().__init__(data, queryset=queryset, request=request)
        self.viewer = request.user
        self.filters["user_type"].extra["choices"] = type_choices(self.viewer.organisation_id)
        self.filters["department"].extra["choices"] = department_choices(self.viewer)

    def by_enabled(self, rows: Contacts, name: str, value: str) -> Contacts:
        """A login may be several of these at once: "Yes" are those that are let in when they come."""
        if value == BLOCKED:
            return rows.filter(Q(login_id__in=list(blocked_logins(self.viewer.organisation))))
        now = timezone.now()
        conditions = {
            YES: Q(enabled=True) & (Q(expires_at=None) | Q(expires_at__gt=now)),
            DISABLED: Q(enabled=False),
            EXPIRED: Q(enabled=True, expires_at__lte=now),
            INVITED: Q(password__startswith=UNUSABLE_PASSWORD_PREFIX, is_service=False, is_sso=False),
            SERVICE: Q(is_service=True),
            SSO: Q(is_sso=True),
            NO_LOGIN: Q(login_id=None),
        }
        return rows.filter(conditions[value])

    def by_user_type(self, rows: Contacts, name: str, value: str) -> Contacts:
        return self.assigned(rows, Q(user_type__slug=value))

    def by_department(self, rows: Contacts, name: str, value: str) -> Contacts:
        """Logins assigned to the department or one below it; those of the whole organisation have their own choice."""
        if value == WHOLE_ORGANISATION:
            return self.assigned(rows, Q(department=None))
        chosen = Department.objects.get(public_id=value)
        return self.assigned(rows, Q(department_id__in=Department.objects.below(chosen.organisation_id, {chosen.pk})))

    def by_token_role(self, rows: Contacts, name: str, value: str) -> Contacts:
        conditions = {
            TokenRole.PERSONAL.value: Q(has_personal_role=True),
            TokenRole.ADMIN.value: Q(has_admin_role=True),
            NO_ROLE: Q(has_personal_role=False, has_admin_role=False),
        }
        return rows.filter(conditions[value])

    def assigned(self, rows: Contacts, condition: Q) -> Contacts:
        assignments = Assignment.objects.visible_to(self.viewer).filter(condition)
        return rows.filter(Q(login_id__in=assignments.values("login_id")))


def department_choices(viewer: Login) -> list[tuple[str, str]]:
    """The departments that the viewer may see people of, by their paths."""
    reach = viewer.reach(Permission.CONTACT_VIEW)
    paths = Department.objects.paths(viewer.organisation_id)
    ids = Department.objects.filter(organisation_id=viewer.organisation_id).values_list("id", "public_id")
    seen = [(public_id, paths[key]) for key, public_id in ids if reach is None or key in reach]
    whole = [(WHOLE_ORGANISATION, str(_("Whole organisation")))] if reach is None else []
    return whole + sorted(seen, key=lambda choice: choice[1].casefold())


class LoginFilters(GridFilterSet):
    """The search box of a contact's logins."""

    q = SearchFilter(fields=["user_name"], label=_("Search user name"))

"""What user types, and the logins that have one, can be filtered by."""

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Login, UserType
from accounts.permission_words import ORDER
from audit.grids.filters import ChoiceFilter, GridFilterSet, SearchFilter, TextFilter

YES, NO = "yes", "no"


class UserTypeFilters(GridFilterSet):
    q = SearchFilter(fields=["name", "slug"], label=_("Search name or role id"))
    name = TextFilter(label=_("Name"))
    permissions = ChoiceFilter(
        choices=[(permission.value, permission.label) for permission in ORDER],
        method="including",
        label=_("Permissions"),
    )

    def including(self, rows: QuerySet[UserType], name: str, value: str) -> QuerySet[UserType]:
        """Read in Python: neither engine looks into a list in the same way, and there are few user types."""
        return rows.filter(pk__in=[user_type.pk for user_type in rows if value in user_type.granted])


class HolderFilters(GridFilterSet):
    q = SearchFilter(
        fields=["contact__first_name", "contact__last_name", "user_name"], label=_("Search name or user name")
    )
    user_name = TextFilter(label=_("User Name"))
    enabled = ChoiceFilter(choices=[(YES, _("Yes")), (NO, _("Disabled"))], method="by_enabled", label=_("Enabled"))

    def by_enabled(self, rows: QuerySet[Login], name: str, value: str) -> QuerySet[Login]:
        return rows.filter(enabled=value == YES)

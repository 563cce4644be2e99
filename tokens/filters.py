"""The filters of the grid of access tokens."""

from django.utils.translation import gettext_lazy as _

from audit.grids.filters import ChoiceFilter, DayRangeFilter, GridFilterSet, SearchFilter, TextFilter
from tokens.expiry import Expiry
from tokens.querysets import AccessTokenQuerySet
from tokens.scopes import ALL, LABELS
from tokens.statuses import Status

# A revoked token is not in the list.
STATUSES = [(status.value, status.label) for status in Status if status is not Status.REVOKED]


class TokenFilters(GridFilterSet):
    q = SearchFilter(fields=["name", "description"], label=_("Search token name"))
    name = TextFilter(label=_("Token Name"))
    status = ChoiceFilter(field_name="status_now", choices=STATUSES, label=_("Token Status"))
    expiring_on = ChoiceFilter(field_name="expiry_choice", choices=Expiry.choices, label=_("Expiring On"))
    expires_at = DayRangeFilter(label=_("Expiry Date"))
    last_used_at = DayRangeFilter(label=_("Last Used"))
    scopes = ChoiceFilter(
        choices=[(int(scope), label) for scope, label in LABELS.items()], method="with_scope", label=_("Scopes")
    )
    created_by = TextFilter(field_name="created_by_label", label=_("Created By"))
    created_at = DayRangeFilter(label=_("Created On"))

    def with_scope(self, tokens: AccessTokenQuerySet, _name: str, value: str) -> AccessTokenQuerySet:
        """Tokens whose next JWT gets the scope, whatever else it gets."""
        return tokens.filter(scopes__in=[bits for bits in range(1, int(ALL) + 1) if bits & int(value)])

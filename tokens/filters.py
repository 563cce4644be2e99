"""The filters of the grids of access tokens and of mobile sessions."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet, TextChoices
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from accounts.models import Department, Login, UserType
from accounts.type_words import type_choices
from audit.grids.filters import ChoiceFilter, DayRangeFilter, GridFilterSet, SearchFilter, TextFilter
from tokens.attention import Attention
from tokens.expiry import Expiry
from tokens.models import AccessToken
from tokens.querysets import AccessTokenQuerySet, MobileSessionQuerySet
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
        return with_scope(tokens, int(value))


def with_scope(tokens: AccessTokenQuerySet, scope: int) -> AccessTokenQuerySet:
    """Tokens whose next JWT gets the scope, whatever else it gets."""
    return tokens.filter(scopes__in=[bits for bits in range(1, int(ALL) + 1) if bits & scope])


WHOLE_ORGANISATION = "whole"


class Kinds(TextChoices):
    """Which kinds of tokens a grid lists; without a choice, those that people and the API made."""

    ALL = "all", _("API and system tokens")
    SYSTEM = "system", _("System tokens")


def of_kind(tokens: AccessTokenQuerySet, wanted: str) -> AccessTokenQuerySet:
    """System tokens are those of the token endpoint, which live for an hour."""
    if wanted == Kinds.ALL:
        return tokens
    kind = AccessToken.Kind.CLIENT_CREDENTIALS if wanted == Kinds.SYSTEM else AccessToken.Kind.API
    return tokens.filter(kind=kind)


class PlacesFilters(GridFilterSet):
    """A grid whose rows have departments and user types, of the person's own organisation."""

    def __init__(self, data: QueryDict, *, queryset: QuerySet[Any], request: HttpRequest) -> None:
        super().__init__(data, queryset=queryset, request=request)
        viewer: Any = request.user
        self.filters["user_type"].extra["choices"] = type_choices(viewer.organisation_id)
        if "department" in self.filters:
            self.filters["department"].extra["choices"] = departments(viewer)

    def below(self, value: str) -> Q:
        """Assignments to the chosen department or one below it; those to the whole organisation are a choice apart."""
        return Q(department=None) if value == WHOLE_ORGANISATION else Q(department__in=self.keys_below(value))

    def keys_below(self, value: str) -> set[int]:
        chosen = Department.objects.get(public_id=value)
        return Department.objects.below(chosen.organisation_id, {chosen.pk})


def departments(viewer: Login) -> list[tuple[str, str]]:
    paths = Department.objects.paths(viewer.organisation_id)
    ids = Department.objects.filter(organisation_id=viewer.organisation_id).values_list("id", "public_id")
    found = sorted(((public_id, paths[key]) for key, public_id in ids), key=lambda choice: choice[1].casefold())
    return [(WHOLE_ORGANISATION, str(_("Whole organisation"))), *found]


class OrganisationTokenFilters(PlacesFilters):
    """Administrator > Tokens. Stands on ``AccessTokenQuerySet.for_grid``."""

    q = SearchFilter(
        fields=["name", "owner_name", "owner__user_name", "description", "public_id"],
        label=_("Search token, user, id"),
    )
    name = TextFilter(label=_("Token Name"))
    user = TextFilter(method="of_user", label=_("User"))
    user_type = ChoiceFilter(method="with_user_type", label=_("User Type"))
    department = ChoiceFilter(method="with_department", empty_label=_("Any department"), label=_("Department"))
    status = ChoiceFilter(field_name="status_now", choices=STATUSES, label=_("Token Status"))
    updated_at = DayRangeFilter(label=_("Updated"))
    expires_at = DayRangeFilter(label=_("Expiry Date"))
    last_used_at = DayRangeFilter(label=_("Last Used"))
    scopes = ChoiceFilter(
        choices=[(int(scope), label) for scope, label in LABELS.items()], method="with_scope", label=_("Scopes")
    )
    attention = ChoiceFilter(
        choices=Attention.choices, method="wanting", empty_label=_("Any condition"), label=_("Condition")
    )
    kind = ChoiceFilter(choices=Kinds.choices, method="as_given", empty_label=_("API tokens"), label=_("Kind"))

    def of_user(self, tokens: AccessTokenQuerySet, _name: str, value: str) -> AccessTokenQuerySet:
        return tokens.filter(Q(owner_name__icontains=value) | Q(owner__user_name__icontains=value))

    def with_user_type(self, tokens: AccessTokenQuerySet, _name: str, value: str) -> AccessTokenQuerySet:
        return tokens.reaching(Q(user_type__slug=value))

    def with_department(self, tokens: AccessTokenQuerySet, _name: str, value: str) -> AccessTokenQuerySet:
        return tokens.reaching(self.below(value))

    def with_scope(self, tokens: AccessTokenQuerySet, _name: str, value: str) -> AccessTokenQuerySet:
        return with_scope(tokens, int(value))

    def wanting(self, tokens: AccessTokenQuerySet, _name: str, value: str) -> AccessTokenQuerySet:
        return tokens.wanting(Attention(value))

    def as_given(self, tokens: AccessTokenQuerySet, _name: str, _value: str) -> AccessTokenQuerySet:
        """The page has chosen the rows by it already (``of_kind``)."""
        return tokens


class CheckInput(forms.CheckboxInput):
    """A check box of a filter: set when its name is in the address at all."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> str:  # type: ignore[override]
        return "1" if name in data else ""


class AccessTokenFilters(PlacesFilters):
    """Configuration > Access Tokens. Stands on ``AccessTokenQuerySet.for_grid``."""

    q = SearchFilter(
        fields=["name", "public_id", "owner_name", "owner__user_name"], label=_("Search token id, name, user")
    )
    token_id = TextFilter(field_name="public_id", label=_("Token ID"))
    name = TextFilter(label=_("Name"))
    user_type = ChoiceFilter(method="with_user_type", label=_("Roles"))
    created_at = DayRangeFilter(label=_("Created"))
    created_by = TextFilter(field_name="created_by_label", label=_("Created By"))
    expires_at = DayRangeFilter(label=_("Expiry Date"))
    system = ChoiceFilter(
        choices=[("1", _("Yes"))], method="as_given", widget=CheckInput, label=_("Include system tokens")
    )

    def with_user_type(self, tokens: AccessTokenQuerySet, _name: str, value: str) -> AccessTokenQuerySet:
        return tokens.reaching(Q(user_type__slug=value))

    def as_given(self, tokens: AccessTokenQuerySet, _name: str, _value: str) -> AccessTokenQuerySet:
        """The page has chosen the rows by it already (``of_kind``)."""
        return tokens


class MobileSessionFilters(PlacesFilters):
    """Administrator > Tokens, Mobile Users Logged In."""

    q = SearchFilter(
        fields=["login_name", "login__user_name", "login__email", "device"], label=_("Search user, mail, device")
    )
    user = TextFilter(method="of_user", label=_("User"))
    department = ChoiceFilter(method="with_department", label=_("Department"))
    user_type = ChoiceFilter(method="with_user_type", label=_("User Type"))
    device = TextFilter(label=_("Device"))
    last_active_at = DayRangeFilter(label=_("Last Active"))
    expires_at = DayRangeFilter(label=_("Expiry Date"))

    def of_user(self, sessions: MobileSessionQuerySet, _name: str, value: str) -> MobileSessionQuerySet:
        return sessions.filter(Q(login_name__icontains=value) | Q(login__user_name__icontains=value))

    def with_department(self, sessions: MobileSessionQuerySet, _name: str, value: str) -> MobileSessionQuerySet:
        """The one pair of a session is ``|user type:department|``."""
        keys = [0] if value == WHOLE_ORGANISATION else self.keys_below(value)
        chosen = Q(pk__in=[])
        for key in keys:
            chosen |= Q(restriction__endswith=f":{key}|")
        return sessions.filter(chosen)

    def with_user_type(self, sessions: MobileSessionQuerySet, _name: str, value: str) -> MobileSessionQuerySet:
        viewer: Any = self.request.user
        key = UserType.objects.get(organisation_id=viewer.organisation_id, slug=value).pk
        return sessions.filter(restriction__startswith=f"|{key}:")

"""The token logs' tables and filters: which tokens can be chosen, where a name leads, why a call was refused."""

import re
from typing import Any

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import Login
from audit.filters import LogFilters
from audit.grids.filters import ChoiceFilter, TextFilter
from audit.grids.tables import LinkColumn
from audit.models import Entry
from audit.tables import LogTable, ResultColumn
from tokens.models import AccessToken, name_key
from tokens.verdicts import Verdict

LOOKED_UP = 2_000
REASONS = dict(Verdict.choices)
REQUEST_ID = re.compile(r"[a-z2-7]{16}")  # as config/middleware.py makes them


class TokenLogTable(LogTable):
    """The log of one token."""

    caption = _("Token Logs")

    result = ResultColumn(reasons=REASONS)


class MyLogTable(TokenLogTable):
    """The log of all tokens of one login; a name leads to the log of that token."""

    token = LinkColumn(
        accessor="token_name",
        row_header=False,
        to=lambda entry: reverse("tokens:logs", args=[entry.token_id]),
        verbose_name=_("Token Name"),
    )


class OrganisationLogTable(TokenLogTable):
    """The log of the tokens of many people; a name leads to the same page with that token alone."""

    token = LinkColumn(
        accessor="token_name",
        row_header=False,
        to=lambda entry: f"?token={entry.token_id}",
        verbose_name=_("Token Name"),
    )


class TokenLogFilters(LogFilters):
    """The filters of one token's log."""

    reasons = REASONS


class MyLogFilters(TokenLogFilters):
    """Further, which of the login's own tokens, revoked ones too; not those of an hour, which share one name."""

    token = ChoiceFilter(field_name="token_id", choices=(), label=_("Token Name"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        own = AccessToken.objects.of_owner(self.request.user).filter(kind=AccessToken.Kind.API)
        own = own.order_by("name_key", "pk")
        self.filters["token"].extra["choices"] = list(own.values_list("public_id", "name"))


class OrganisationLogFilters(TokenLogFilters):
    """Further, which token and whose. Both are looked up first, because entries are found by token."""

    q = TextFilter(method="with_any", label=_("Request id, token, person"))
    token = TextFilter(method="with_token", label=_("Token Name"))
    owner = TextFilter(method="with_owner", label=_("Owner"))

    def filter_queryset(self, queryset: QuerySet[Entry]) -> QuerySet[Entry]:
        """As of one token; but all entries are found by moment, because keys are of all organisations."""
        rows: QuerySet[Entry] = super().filter_queryset(queryset)
        chosen = self.form.cleaned_data
        few = self.asks_for_rare_entries() or any(chosen.get(name) for name in ("q", "token", "owner"))
        return rows if few else rows.order_by("-at", "-pk")

    def with_any(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """The entries of a request, of a token or of a person's tokens, whichever the text names as a whole."""
        if REQUEST_ID.fullmatch(value):
            return rows.filter(request_id=value)
        return self.with_token(rows, name, value) | self.with_owner(rows, name, value)

    def with_token(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """The token of this name or public id; of several people's tokens of one name, all."""
        tokens = AccessToken.objects.of_organisation(self.request.user.organisation_id)
        same = tokens.filter(Q(name_key=name_key(value)) | Q(public_id=value))
        return rows.filter(token_id__in=[value, *newest(same)])

    def with_owner(self, rows: QuerySet[Entry], name: str, value: str) -> QuerySet[Entry]:
        """The person of this user name, public id or whole name."""
        logins = Login.objects.of_organisation(self.request.user.organisation_id)
        named = Concat("contact__first_name", Value(" "), "contact__last_name")
        same = logins.annotate(full_name=named).filter(
            Q(user_name__iexact=value) | Q(public_id=value) | Q(full_name__iexact=value)
        )
        owners = same.values("pk")
        return rows.filter(token_id__in=newest(AccessToken.objects.filter(owner__in=owners)))


def newest(tokens: QuerySet[AccessToken]) -> list[str]:
    """Their public ids. Of a program that asks for a token with every call, there are too many: the newest."""
    return list(tokens.order_by("kind", "-pk").values_list("public_id", flat=True)[:LOOKED_UP])

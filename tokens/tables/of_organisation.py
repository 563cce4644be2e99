"""The two grids of all access tokens of an organisation."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, ngettext_lazy

from accounts.pairs import decode
from audit.grids.tables import ActionsColumn, DateTimeColumn, LinkColumn, StatusColumn, TextColumn
from audit.grids.words import Text
from tokens.models import AccessToken
from tokens.rules import IN_USE_DAYS, ends_soon, in_use_since
from tokens.statuses import Status
from tokens.tables.columns import (
    PlacesTable,
    ReachColumn,
    ScopesColumn,
    TokenIdColumn,
    kind_tag,
    never_text,
    of_grid,
    page_of,
    status_tag,
)


class AllTokensTable(PlacesTable):
    """What the two grids of the organisation's tokens share: rows of ``AccessTokenQuerySet.for_grid``."""

    caption = _("API access tokens of the organisation")
    noun = ngettext_lazy("%(count)d token", "%(count)d tokens", "count")

    def texts_of(self, token: AccessToken) -> list[str]:
        assigned = frozenset(assignment.pair for assignment in token.owner.assignments.all())
        limits = decode(token.limits_now)  # type: ignore[attr-defined]  # an annotation
        return self.words(token.owner.organisation_id).texts(assigned if limits is None else assigned & limits)

    def is_spent(self, record: AccessToken) -> bool:
        return record.status is Status.EXPIRED

    def selection_fact(self, rows: QuerySet[Any]) -> Text:
        """How many of them somebody would miss."""
        count = rows.filter(last_used_at__gt=in_use_since()).count()
        if not count:
            return _("none of them was used in the last %(days)d days") % {"days": IN_USE_DAYS}
        return ngettext(
            "%(count)d of them was used in the last %(days)d days",
            "%(count)d of them were used in the last %(days)d days",
            count,
        ) % {"count": count, "days": IN_USE_DAYS}


class OrganisationTokenTable(AllTokensTable):
    """Administrator > Tokens, API Tokens."""

    default_sort = "name"
    default_hidden = ("scopes",)

    name = LinkColumn(to=page_of("token", own=False), verbose_name=_("Token Name"))
    user = LinkColumn(
        accessor="owner__label",
        order_by=("owner__contact__first_name", "owner__contact__last_name", "owner__user_name"),
        to=lambda token: reverse("accounts:logins", args=[token.owner.contact.public_id]),
        row_header=False,
        wide=False,
        verbose_name=_("User"),
    )
    user_type = ReachColumn(roomy=True)
    status = StatusColumn(tag=status_tag, order_by=("status_now",), verbose_name=_("Token Status"))
    updated_at = DateTimeColumn(time=False, verbose_name=_("Updated"), on_phone=False)
    expires_at = DateTimeColumn(time=False, warns=ends_soon, otherwise=never_text, verbose_name=_("Expiry Date"))
    last_used_at = DateTimeColumn(time=False, verbose_name=_("Last Used"))
    scopes = ScopesColumn(on_phone=False)
    actions = ActionsColumn(to=of_grid("actions", "all"), label=lambda token: token.name)


class AccessTokenTable(AllTokensTable):
    """Configuration > Access Tokens."""

    default_sort = "-created_at"

    token_id = TokenIdColumn(accessor="public_id", to=page_of("token", own=False), verbose_name=_("Token ID"))
    name = TextColumn(verbose_name=_("Name"))
    kind = StatusColumn(tag=kind_tag, order_by=("kind",), verbose_name=_("Token Type"))
    user_type = ReachColumn(verbose_name=_("Roles"))
    created_at = DateTimeColumn(time=False, verbose_name=_("Created"))
    created_by = TextColumn(accessor="created_by_label", verbose_name=_("Created By"), on_phone=False)
    expires_at = DateTimeColumn(time=False, warns=ends_soon, otherwise=never_text, verbose_name=_("Expiry Date"))
    actions = ActionsColumn(to=of_grid("actions", "access"), label=lambda token: token.name)

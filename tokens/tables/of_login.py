"""The grid of one login's access tokens: one's own, or those that somebody administers."""

from django.utils.translation import gettext_lazy as _

from audit.grids.tables import ActionsColumn, DateTimeColumn, GridTable, LinkColumn, StatusColumn, TextColumn
from tokens.models import AccessToken
from tokens.rules import ends_soon
from tokens.statuses import Status
from tokens.tables.columns import ScopesColumn, never_text, page_of, status_tag
from tokens.words import expiring_text


class TokenTable(GridTable):
    """One's own tokens."""

    caption = _("API access tokens")
    default_sort = "name"

    name = LinkColumn(to=page_of("token", own=True), verbose_name=_("Token Name"))
    status = StatusColumn(tag=status_tag, order_by=("status_now",), verbose_name=_("Token Status"))
    expiring_on = TextColumn(accessor="expires_at", empty_values=(), verbose_name=_("Expiring On"), on_phone=False)
    expires_at = DateTimeColumn(warns=ends_soon, otherwise=never_text, verbose_name=_("Expiry Date"))
    last_used_at = DateTimeColumn(time=False, verbose_name=_("Last Used"))
    scopes = ScopesColumn(on_phone=False)
    created_by = TextColumn(accessor="created_by_label", verbose_name=_("Created By"), on_phone=False)
    created_at = DateTimeColumn(time=False, verbose_name=_("Created On"), on_phone=False)
    actions = ActionsColumn(to=page_of("actions", own=True), label=lambda token: token.name)

    def render_expiring_on(self, record: AccessToken) -> str:
        return expiring_text(record)

    def value_expiring_on(self, record: AccessToken) -> str:
        return expiring_text(record)

    def is_spent(self, record: AccessToken) -> bool:
        return record.status is Status.EXPIRED


class TokenOfLoginTable(TokenTable):
    """The tokens of a login that somebody administers: the same columns, other addresses."""

    name = LinkColumn(to=page_of("token", own=False), verbose_name=_("Token Name"))
    actions = ActionsColumn(to=page_of("actions", own=False), label=lambda token: token.name)

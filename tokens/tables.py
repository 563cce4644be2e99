"""The grid of access tokens."""

from collections.abc import Callable

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit.grids.tables import ActionsColumn, DateTimeColumn, GridTable, LinkColumn, StatusColumn, TextColumn
from audit.grids.tags import Tag, Tone
from audit.grids.words import Text
from tokens.desk import token_url
from tokens.expiry import Expiry
from tokens.models import AccessToken
from tokens.rules import ends_soon
from tokens.scopes import short_labels
from tokens.statuses import Status
from tokens.words import expiring_text

TAGS: dict[Status, tuple[Tone, str]] = {
    Status.NOT_GENERATED: ("outline", "circle-dashed"),
    Status.INACTIVE: ("blue", "circle-dot"),
    Status.ACTIVE: ("green", "circle-check"),
    Status.EXPIRED: ("amber", "clock"),
    Status.REVOKED: ("grey", "ban"),
}


READ_ONLY = _("Read only")


def status_tag(token: AccessToken) -> Tag:
    tone, icon = TAGS[token.status]
    return Tag(token.status.label, tone, icon)


def never_text(token: AccessToken) -> Text:
    """What stands in for an expiry date: nothing before the first JWT."""
    return Expiry.NEVER.label if token.generated_at is not None else ""


def with_read_only(scopes: str, token: AccessToken) -> str:
    return f"{scopes} · {READ_ONLY}" if token.read_only else scopes


def page_of(page: str, *, own: bool) -> Callable[[AccessToken], str]:
    return lambda token: token_url(token, page, own=own)


class TokenTable(GridTable):
    """One's own tokens."""

    caption = _("API access tokens")
    default_sort = "name"

    name = LinkColumn(to=page_of("token", own=True), verbose_name=_("Token Name"))
    status = StatusColumn(tag=status_tag, order_by=("status_now",), verbose_name=_("Token Status"))
    expiring_on = TextColumn(accessor="expires_at", empty_values=(), verbose_name=_("Expiring On"), on_phone=False)
    expires_at = DateTimeColumn(warns=ends_soon, otherwise=never_text, verbose_name=_("Expiry Date"))
    last_used_at = DateTimeColumn(time=False, verbose_name=_("Last Used"))
    scopes = TextColumn(accessor="scope_labels", narrow=True, orderable=False, verbose_name=_("Scopes"), on_phone=False)
    created_by = TextColumn(accessor="created_by_label", verbose_name=_("Created By"), on_phone=False)
    created_at = DateTimeColumn(time=False, verbose_name=_("Created On"), on_phone=False)
    actions = ActionsColumn(to=page_of("actions", own=True), label=lambda token: token.name)

    def render_scopes(self, record: AccessToken) -> SafeString:
        """The words without "Record", so that both fit; the title has all of them."""
        short = with_read_only(short_labels(record.scopes), record)
        return format_html('<span class="clip" title="{}">{}</span>', self.value_scopes(record), short)

    def value_scopes(self, record: AccessToken) -> str:
        return with_read_only(record.scope_labels, record)

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

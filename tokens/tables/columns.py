"""The columns and tags that the grids of tokens share."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from audit.grids.tables import NOTHING, GridTable, LinkColumn, TextColumn
from audit.grids.tags import Tag, Tone
from audit.grids.words import Text
from tokens.desk import BACK, token_url
from tokens.expiry import Expiry
from tokens.models import AccessToken
from tokens.reach import PairWords
from tokens.scopes import short_labels
from tokens.statuses import Status

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


def kind_tag(token: AccessToken) -> Tag:
    """As epilot has it: who made it, a person or the token endpoint."""
    return Tag("API", "blue") if token.kind == AccessToken.Kind.API else Tag("client_credentials", "outline")


def never_text(token: AccessToken) -> Text:
    """What stands in for an expiry date: nothing before the first JWT."""
    return Expiry.NEVER.label if token.generated_at is not None else ""


def with_read_only(scopes: str, token: AccessToken) -> str:
    return f"{scopes} · {READ_ONLY}" if token.read_only else scopes


def page_of(page: str, *, own: bool) -> Callable[[AccessToken], str]:
    return lambda token: token_url(token, page, own=own)


def of_grid(page: str, grid: str) -> Callable[[AccessToken], str]:
    """The address of a page about a token from which one of the organisation's grids is the way back."""
    return lambda token: f"{token_url(token, page, own=False)}?{BACK}={grid}"


class ScopesColumn(TextColumn):
    """The words without "Record", so that both fit; the title has all of them."""

    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="scope_labels", narrow=True, orderable=False, verbose_name=_("Scopes"), **options)

    def render(self, record: AccessToken) -> SafeString:
        short = with_read_only(short_labels(record.scopes), record)
        return format_html('<span class="clip" title="{}">{}</span>', self.value(record), short)

    def value(self, record: AccessToken) -> str:
        return with_read_only(record.scope_labels, record)


class TokenIdColumn(LinkColumn):
    """The id that programs know a token by, with a button to copy it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options, wide=False)
        self.cell_class = "mono"

    def render(self, value: str, record: AccessToken) -> SafeString:  # type: ignore[override]
        button = render_to_string("tokens/_copy_id.html", {"text": value})
        return format_html('<span class="with-copy">{}{}</span>', super().render(value, record), button)


class DialogColumn(LinkColumn):
    """A link to a page that script shows as a dialog."""

    def render(self, value: Any, record: Any) -> SafeString:  # type: ignore[override]
        text = str(value)
        return format_html('<a class="clip" href="{}" title="{}" data-dialog>{}</a>', self.to(record), text, text)


class ReachColumn(TextColumn):
    """The pairs that a row of a ``PlacesTable`` reaches: "Energy › South › General User + 1", all in the title.

    A ``roomy`` one shows most of them whole, where the other columns leave the space.
    """

    def __init__(self, *, roomy: bool = False, **options: Any) -> None:
        options.setdefault("verbose_name", _("Department › User Type"))
        super().__init__(accessor="pk", orderable=False, **options)
        self.cell_class = "roomy" if roomy else ""

    def render(self, record: Any, table: Any) -> SafeString:  # type: ignore[override]
        texts = table.texts_of(record)
        if not texts:
            return NOTHING
        more = f" + {len(texts) - 1}" if len(texts) > 1 else ""
        return format_html('<span class="clip" title="{}">{}{}</span>', "; ".join(texts), texts[0], more)

    def value(self, record: Any, table: Any) -> str:  # type: ignore[override]
        return "; ".join(table.texts_of(record))


class PlacesTable(GridTable):
    """A table whose rows reach pairs, of which the words are read once for each organisation."""

    @cached_property
    def known_words(self) -> dict[int, PairWords]:
        return {}

    def words(self, organisation_id: int) -> PairWords:
        if organisation_id not in self.known_words:
            self.known_words[organisation_id] = PairWords.of(organisation_id)
        return self.known_words[organisation_id]

"""The grid of a token log."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.grids.moments import number_text
from audit.grids.tables import DateTimeColumn, GridTable, StatusColumn, TextColumn
from audit.grids.tags import Tag, yes
from audit.grids.words import Text
from audit.models import Entry
from audit.removals import REMOVED
from audit.tools import tool_of
from audit.verbs import REPORTS_API, SCHEMES, Result, Verb

FAIL = Tag(Result.FAIL.label, "red", "circle-x")


class MomentLinkColumn(DateTimeColumn):
    """The moment of an entry, to the second, as the link to the entry's page."""

    def __init__(self, *, to: Callable[[Entry], str], **options: Any) -> None:
        options.setdefault("verbose_name", gettext_lazy("Activity On"))
        super().__init__(seconds=True, **options)
        self.to = to

    def render(self, value: dt.datetime | dt.date | None, record: Entry) -> SafeString:
        return format_html('<a href="{}">{}</a>', self.to(record), super().render(value, record))


def result_tag(entry: Entry) -> Tag | None:
    """Only the use of a token has a result: OK is quiet, Fail is not."""
    if entry.verb != Verb.TOKEN_AUTHENTICATE:
        return None
    return yes(Result.OK.label) if entry.result == Result.OK else FAIL


class OutcomeColumn(StatusColumn):
    """How something ended; a row that is a block, on a phone, names this too."""

    cell_class = "labelled"


class ResultColumn(OutcomeColumn):
    """OK, or Fail and why. ``reasons`` gives the words of each reason; one without words is shown as it is."""

    def __init__(self, *, reasons: Mapping[str, Text], **options: Any) -> None:
        super().__init__(
            tag=result_tag, note=self.reason, verbose_name=gettext_lazy("Authentication Result"), **options
        )
        self.reasons = reasons

    def reason(self, entry: Entry) -> Text:
        if result_tag(entry) is not FAIL:
            return ""
        label = self.reasons.get(entry.reason, entry.reason)
        details = entry.details if isinstance(entry.details, dict) else {}
        if unrecorded := details.get("unrecorded"):
            words = ngettext(
                "%(number)s further one in one minute, most often: %(reason)s",
                "%(number)s further ones in one minute, most often: %(reason)s",
                unrecorded,
            )
            return words % {"number": number_text(unrecorded), "reason": label}
        return _("%(reason)s, and further ones in this minute") % {"reason": label} if details.get("summary") else label


class ActivityColumn(TextColumn):
    """CREATE … AUTHENTICATE."""

    def __init__(self, **options: Any) -> None:
        super().__init__(mono=True, verbose_name=gettext_lazy("Activity"), **options)


def personal_text(entry: Entry, text: str | None) -> str:
    """A personal detail of the entry, or the word for one that was removed."""
    return str(REMOVED) if text is None and entry.is_redacted else text or ""


class PersonalColumn(TextColumn):
    """A personal detail. ``id_of`` names the column without which the entry has no such detail."""

    def __init__(self, *, id_of: str = "", **options: Any) -> None:
        super().__init__(empty_values=(), **options)
        self.id_of = id_of

    def render(self, value: str | None, record: Entry) -> SafeString:  # type: ignore[override]
        return super().render(self.value(value, record))

    def value(self, value: str | None, record: Entry) -> str:  # type: ignore[override]
        return personal_text(record, value) if not self.id_of or getattr(record, self.id_of) else ""


class ActorColumn(TextColumn):
    """The person who changed the token; the API when it was used."""

    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="actor_label", empty_values=(), verbose_name=gettext_lazy("Activity By"), **options)

    def render(self, value: str | None, record: Entry) -> SafeString:  # type: ignore[override]
        return super().render(actor_text(record))

    def value(self, value: str | None, record: Entry) -> str:  # type: ignore[override]
        return actor_text(record)


class ToolColumn(PersonalColumn):
    """The tool's name; the whole user agent is in the title."""

    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="user_agent", narrow=True, verbose_name=gettext_lazy("Tool"), **options)

    def render(self, value: str | None, record: Entry) -> SafeString:  # type: ignore[override]
        if not value:
            return super().render(value, record)
        return format_html('<span class="clip" title="{}">{}</span>', value, tool_of(value))

    def value(self, value: str | None, record: Entry) -> str:  # type: ignore[override]
        return tool_of(value) if value else super().value(value, record)


class SchemeColumn(TextColumn):
    """How the token came with the call; nothing for what was done in the console."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            accessor="scheme", narrow=True, on_phone=False, verbose_name=gettext_lazy("Sent as"), **options
        )

    def render(self, value: str) -> SafeString:
        return super().render(scheme_text(value))

    def value(self, value: str | None) -> str:
        return scheme_text(value or "")


def scheme_text(scheme: str) -> str:
    return str(SCHEMES.get(scheme, scheme))


def actor_text(entry: Entry) -> str:
    return REPORTS_API if entry.verb == Verb.TOKEN_AUTHENTICATE else personal_text(entry, entry.actor_label)


class LogTable(GridTable):
    """A token log, newest first. A subclass links the tokens and words the reasons."""

    at = DateTimeColumn(seconds=True, verbose_name=gettext_lazy("Activity On"))
    token = TextColumn(accessor="token_name", verbose_name=gettext_lazy("Token Name"))
    activity = ActivityColumn()
    actor = ActorColumn()
    result = ResultColumn(reasons={})
    tool = ToolColumn()
    address = PersonalColumn(mono=True, verbose_name=gettext_lazy("Address"))
    request_id = TextColumn(mono=True, narrow=True, verbose_name=gettext_lazy("Request"))
    owner = PersonalColumn(accessor="owner_label", id_of="owner_id", narrow=True, verbose_name=gettext_lazy("Owner"))
    sent_as = SchemeColumn()

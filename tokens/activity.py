"""The activity log's table and filters: everything that happened in an organisation, in words."""

from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.called import logins_called
from accounts.models import Login
from audit.filters import CHANGES, EVERY, NO_CALLS, EntryFilters
from audit.grids.filters import ChoiceFilter, TextFilter
from audit.grids.tables import NOTHING, GridTable, TextColumn
from audit.grids.tags import Tag, yes
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.request_ids import REQUEST_ID
from audit.tables import FAIL, ActorColumn, MomentLinkColumn, OutcomeColumn, PersonalColumn, personal_text
from audit.verbs import GROUPS, REPORTS_API, SIGNING, Result, Verb
from tokens.entry_places import Key, places_of
from tokens.entry_words import CHANNELS, REASONS, channel_text, kind_text, reason_text
from tokens.logs import tokens_called
from tokens.receipts import Numbered, NumberedColumn
from tokens.reports.registry import reports_for

NO_CHANGES = (*SIGNING, *next(verbs for label, verbs in GROUPS if Verb.LOG_EXPORT in verbs))
ACTIVITIES = [
    (CHANGES, _("Only changes")),
    *((label, [(verb.value, verb.label) for verb in verbs]) for label, verbs in GROUPS),
]
PREFIXES = ("api_", "mob_")  # of the ids of tokens and mobile sessions, which may be forgotten


def entry_url(entry: Entry) -> str:
    return reverse("tokens:entry", args=[entry.pk])


def outcome_tag(entry: Entry) -> Tag:
    return FAIL if entry.result == Result.FAIL else yes(Result.OK.label)


def subject_of(entry: Entry) -> Key:
    """What the entry is about: a call is about its token."""
    return (
        (entry.subject_kind, entry.subject_id)
        if entry.subject_id
        else ("token" if entry.token_id else "", entry.token_id)
    )


def subject_text(entry: Entry) -> str:
    """Its name as it was."""
    return personal_text(entry, entry.subject_label) if entry.subject_id else entry.token_name


class SubjectColumn(TextColumn):
    """What was acted on: its kind and name, linked where its page is there for the viewer."""

    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="pk", wide=True, verbose_name=_("On what"), **options)

    def render(self, record: Entry, table: "ActivityTable") -> SafeString:  # type: ignore[override]
        kind, _id = subject_of(record)
        if not kind:
            return NOTHING
        name, title = subject_text(record), self.value(record)
        place = table.places.get(subject_of(record))
        shown = format_html('<a href="{}">{}</a>', place, name) if place else name
        return format_html(
            '<span class="clip" title="{}"><span class="kind">{}</span> {}</span>', title, kind_text(kind), shown
        )

    def value(self, record: Entry) -> str:
        kind, _id = subject_of(record)
        return f"{kind_text(kind)} {subject_text(record)}".strip()


class ActivityTable(Numbered, GridTable):
    """Every entry, newest first. ``viewer`` decides which things are linked; ``of`` makes a table for one."""

    caption = _("Activity")
    default_hidden = ("channel", "request_id", "number")
    viewer: ClassVar[Login | None] = None

    at = MomentLinkColumn(to=entry_url)
    activity = TextColumn(accessor="verb_label", verbose_name=_("Activity"))
    actor = ActorColumn()
    subject = SubjectColumn()
    result = OutcomeColumn(
        tag=outcome_tag, note=lambda entry: reason_text(entry) if entry.reason else "", verbose_name=_("Result")
    )
    address = PersonalColumn(mono=True, on_phone=False, verbose_name=_("Address"))
    channel = TextColumn(on_phone=False, verbose_name=_("Channel"))
    request_id = TextColumn(mono=True, narrow=True, on_phone=False, verbose_name=_("Request"))
    number = NumberedColumn(receipt="tokens:receipt")

    @classmethod
    def of(cls, viewer: Login) -> type["ActivityTable"]:
        return type("ActivityTableOfViewer", (cls,), {"viewer": viewer})

    @cached_property
    def places(self) -> dict[Key, str]:
        """Where the things of the shown rows are, asked once for all of them."""
        rows = [row.record for row in self.rows]
        return places_of({subject_of(entry) for entry in rows}, self.viewer) if self.viewer else {}

    def render_channel(self, value: str) -> str:
        return channel_text(value)

    def value_channel(self, value: str) -> str:
        return channel_text(value)


class ActivityFilters(EntryFilters):
    """By whom, on what, which activity, how it ended and why, and by which way it came."""

    exact = ("address", "subject", "request_id")
    reasons = REASONS

    q = TextFilter(method="with_any", label=_("Request id, person, thing"))
    activity = ChoiceFilter(choices=ACTIVITIES, method="with_activity", label=_("Activity"))
    actor = TextFilter(method="with_actor", label=_("Activity By"))
    subject = TextFilter(method="with_subject", label=_("On what"))
    result = ChoiceFilter(choices=Result.choices, label=_("Result"))
    reason = ChoiceFilter(empty_label=_("Any reason"), label=_("Reason"))
    channel = ChoiceFilter(choices=list(CHANNELS.items()), method="with_channel", label=_("Channel"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        labels = sorted(((code, str(label)) for code, label in self.reasons.items()), key=lambda choice: choice[1])
        self.filters["reason"].extra["choices"] = labels

    def verbs(self) -> frozenset[str]:
        """Nothing that programs do over and over comes through the console."""
        return super().verbs() & (NO_CALLS if self.form.cleaned_data.get("channel") == "console" else EVERY)

    def is_exact(self) -> bool:
        chosen = self.form.cleaned_data
        rare = chosen.get("activity") not in {None, "", Verb.TOKEN_AUTHENTICATE.value}
        person = (chosen.get("actor") or REPORTS_API).casefold() != REPORTS_API.casefold()
        failed = chosen.get("result") == Result.FAIL or bool(chosen.get("reason"))
        people = chosen.get("channel") not in {None, "", "api"}
        return rare or person or failed or people or bool(chosen.get("q")) or super().is_exact()

    def logins_called(self, text: str) -> list[str]:
        return logins_called(self.request.user.organisation_id, text)

    def with_activity(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        return rows.changes().exclude(verb__in=NO_CHANGES) if value == CHANGES else rows.filter(verb=value)

    def with_channel(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        return (rows.changes() if value == "console" else rows).filter(channel=value)

    def with_any(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        """The entries of a request, of a person, by whom and on whom, or on a thing."""
        if REQUEST_ID.fullmatch(value):
            return rows.of_request(value)
        if logins := self.logins_called(value):
            return rows.changes().filter(Q(actor_id__in=logins) | Q(subject_id__in=logins))
        return self.with_subject(rows, name, value)

    def with_subject(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        """A token or mobile session with its calls, a report with its readers; else what was done to the thing."""
        organisation_id = self.request.user.organisation_id
        if tokens := tokens_called(organisation_id, value) or [value] * value.startswith(PREFIXES):
            return rows.filter(token_id__in=tokens)
        if names := [name for name, report in reports_for(organisation_id).items() if value in {name, report.title}]:
            read = rows.filter(verb=Verb.REPORT_READ, subject_id__in=names)
            return read if Verb.REPORT_READ in self.verbs() else rows.none()
        if logins := self.logins_called(value):
            return rows.changes().filter(subject_id__in=logins)
        return rows.on_thing(organisation_id, value)

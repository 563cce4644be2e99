"""Login Activity: who came in, by which way, from where, for how long; and who was refused and why."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.program_sign_in import SCHEME
from accounts.called import logins_called
from accounts.reasons import ENDINGS, SIGN_IN_REASONS, SIGN_IN_WAYS
from accounts.sessions import How
from audit.filters import EntryFilters
from audit.grids.filters import ChoiceFilter, DayRangeFilter, TextFilter
from audit.grids.tables import DateTimeColumn, GridTable, LinkColumn, TextColumn
from audit.grids.tags import Tag, yes
from audit.grids.words import Text
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.removals import REMOVED
from audit.tables import FAIL, OutcomeColumn, PersonalColumn, ToolColumn, personal_text
from audit.verbs import Result, Verb

CONSOLE, PROGRAM, MOBILE = "console", "program", "mobile"
WAYS = {
    CONSOLE: gettext_lazy("Console"),
    PROGRAM: gettext_lazy("Program, with the password"),
    MOBILE: gettext_lazy("Mobile app"),
}
HOW_ENDED: dict[str, Text] = {
    **ENDINGS,
    Verb.SIGN_OUT: gettext_lazy("signed out"),
    How.ELSEWHERE: gettext_lazy("signed out elsewhere"),
    How.PASSWORD: gettext_lazy("the password was changed"),
    How.IDLE: gettext_lazy("idle, or open too long"),
    How.ADMINISTRATOR: gettext_lazy("ended by an administrator"),
    How.DISABLED: gettext_lazy("the login was disabled"),
    How.EXPIRED: gettext_lazy("the login expired"),
    How.SUSPENDED: gettext_lazy("the organisation was suspended"),
    How.OTHER_WAY: gettext_lazy("another way of signing in was set"),
    How.DELETED: gettext_lazy("the login was deleted"),
}


def way_of(entry: Entry) -> str:
    if entry.verb == Verb.SESSION_BEGIN:
        return MOBILE
    return PROGRAM if entry.scheme else CONSOLE


def way_text(entry: Entry) -> str:
    """By which way somebody came; of a mobile session its device too."""
    words = str(WAYS[way_of(entry)])
    told = entry.details if isinstance(entry.details, dict) else {}
    if told.get("way") in SIGN_IN_WAYS:
        return f"{words}: {SIGN_IN_WAYS[told['way']]}"
    return f"{words}: {entry.subject_label}" if way_of(entry) == MOBILE and entry.subject_label else words


def person_text(entry: Entry) -> str:
    """The user name as it was."""
    return personal_text(entry, entry.owner_label if way_of(entry) == MOBILE else entry.subject_label)


def result_tag(entry: Entry) -> Tag:
    return FAIL if entry.result == Result.FAIL else yes(Result.OK.label)


def reason_text(entry: Entry) -> Text:
    return SIGN_IN_REASONS.get(entry.reason, entry.reason)


def length_text(length: timedelta) -> str:
    """As "4 h 12 min"."""
    minutes = int(length.total_seconds()) // 60
    if minutes < 1:
        return _("less than a minute")
    hours, rest = divmod(minutes, 60)
    return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": rest} if hours else _("%d min") % minutes


def session_text(entry: Any) -> str:
    """How long the session lasted and how it ended; nothing where none began, or none is known."""
    if entry.ended is not None:
        words = {"length": length_text(entry.ended.at - entry.at), "how": how_text(entry.ended)}
        return _("%(length)s, %(how)s") % words
    if entry.verb == Verb.SESSION_BEGIN:
        return _("over") if is_over(entry) else _("open")
    if entry.is_redacted:
        return str(REMOVED) if entry.result == Result.OK else ""
    return _("open") if entry.session else ""


def how_text(end: Entry) -> Text:
    """A mobile session's end has its reason; a console session's says how, unless it was signed out of."""
    told = end.details if isinstance(end.details, dict) else {}
    code = end.reason or str(told.get("how", end.verb))
    return HOW_ENDED.get(code, code)


def is_over(entry: Entry) -> bool:
    """Whether a mobile session has come to the end that was set when it began."""
    told = entry.details.get("expires_at") if isinstance(entry.details, dict) else None
    return told is not None and datetime.fromisoformat(told) <= timezone.now()


class SessionColumn(TextColumn):
    def __init__(self, **options: Any) -> None:
        super().__init__(accessor="pk", wide=True, verbose_name=gettext_lazy("Session"), **options)

    def render(self, record: Entry) -> Any:
        return super().render(session_text(record))

    def value(self, record: Entry) -> str:
        return session_text(record)


class LoginActivityTable(GridTable):
    """One row for each sign-in, refused ones too. Stands on ``accounts.session_ends.with_endings``."""

    caption = gettext_lazy("Login Activity")
    default_hidden = ("request_id",)

    at = DateTimeColumn(seconds=True, verbose_name=gettext_lazy("Signed In On"))
    person = LinkColumn(
        accessor="pk",
        to=lambda entry: f"?person={(entry.owner_id or entry.subject_id)}",
        row_header=False,
        wide=False,
        verbose_name=gettext_lazy("User Name"),
    )
    way = TextColumn(accessor="pk", verbose_name=gettext_lazy("Signed in with"))
    result = OutcomeColumn(tag=result_tag, note=reason_text, verbose_name=gettext_lazy("Result"))
    session_length = SessionColumn()
    tool = ToolColumn()
    address = PersonalColumn(mono=True, verbose_name=gettext_lazy("Address"))
    request_id = TextColumn(mono=True, narrow=True, on_phone=False, verbose_name=gettext_lazy("Request"))

    def render_person(self, record: Entry, column: Any) -> Any:
        return column.render(person_text(record), record)

    def value_person(self, record: Entry) -> str:
        return person_text(record)

    def render_way(self, record: Entry, column: Any) -> Any:
        return column.render(way_text(record))

    def value_way(self, record: Entry) -> str:
        return way_text(record)


class LoginActivityFilters(EntryFilters):
    """Who, by which way, how it ended and why. All rows have an index of their own."""

    at = DayRangeFilter(label=gettext_lazy("Signed In On"))
    person = TextFilter(method="with_person", label=gettext_lazy("User Name"))
    way = ChoiceFilter(choices=list(WAYS.items()), method="with_way", label=gettext_lazy("Signed in with"))
    result = ChoiceFilter(choices=Result.choices, label=gettext_lazy("Result"))
    reason = ChoiceFilter(
        choices=list(SIGN_IN_REASONS.items()), empty_label=gettext_lazy("Any reason"), label=gettext_lazy("Reason")
    )

    def is_exact(self) -> bool:
        return True

    def with_person(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        """The person of this user name, public id or whole name, also one whose login is deleted."""
        ids = logins_called(self.request.user.organisation_id, value)
        return rows.filter(Q(subject_id__in=ids) | Q(owner_id__in=ids))

    def with_way(self, rows: EntryQuerySet, name: str, value: str) -> QuerySet[Entry]:
        if value == MOBILE:
            return rows.filter(verb=Verb.SESSION_BEGIN)
        rows = rows.exclude(verb=Verb.SESSION_BEGIN)
        return rows.filter(scheme="" if value == CONSOLE else SCHEME)

"""What the reports on the ledger share: whose entries, of which time, in which order."""

from typing import Any, ClassVar

from django.db.models import Case, F, QuerySet, Value, When

from accounts.models import Login
from accounts.permissions import Permission
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.tools import tool_of
from audit.verbs import REPORTS_API, Result, Verb
from tokens.reports.base import Report, department_and_below, logins_in_reach, period_of
from tokens.reports.parameters import Chosen
from tokens.reports.reader import Reader

RESULT_WORDS = {Result.OK.value: "OK", Result.FAIL.value: "Fail"}


def tool_name(user_agent: str | None, reader: Reader) -> str | None:
    return tool_of(user_agent or "") or None


def result_word(result: str | None, reader: Reader) -> str | None:
    return RESULT_WORDS.get(result or "")


def text_or_none(text: str | None, reader: Reader) -> str | None:
    return text or None


def activity_by() -> Case:
    """Who acted: a person, or the API when a token was used."""
    return Case(When(verb=Verb.TOKEN_AUTHENTICATE, then=Value(REPORTS_API)), default=F("actor_label"))


def authentication_result() -> Case:
    return Case(When(verb=Verb.TOKEN_AUTHENTICATE, then=F("result")))


class EntryReport(Report):
    """A report on entries, newest first. Entries name logins by public id, in the column ``about``."""

    permission = Permission.LOG_VIEW
    department: ClassVar[str] = "assignments__department"  # of the login that the entry is about
    about: ClassVar[str] = "owner_id"

    def entries(self, reader: Reader) -> EntryQuerySet:
        """The entries that this report is made of."""
        raise NotImplementedError

    def rows(self, reader: Reader, chosen: Chosen) -> QuerySet[Any]:
        start, end = period_of(chosen, reader)
        entries: QuerySet[Entry] = (
            self.entries(reader).of_organisation(reader.organisation_id).filter(at__gte=start, at__lt=end)
        )
        if reader.reach(self.permission) is not None:
            entries = self.of_logins(entries, logins_in_reach(reader, self.permission))
        if chosen["Department_Id"]:
            keys = department_and_below(reader, chosen["Department_Id"])
            entries = self.of_logins(entries, Login.objects.filter(**{f"{self.department}__in": keys}))
        if chosen["Login_Id"]:
            entries = entries.filter(**{self.about: chosen["Login_Id"]})
        return self.narrowed(entries, chosen).order_by("-at", "-pk")

    def of_logins(self, entries: QuerySet[Entry], logins: QuerySet[Login]) -> QuerySet[Entry]:
        return entries.filter(**{f"{self.about}__in": logins.values("public_id")})

    def narrowed(self, entries: QuerySet[Entry], chosen: Chosen) -> QuerySet[Entry]:
        """The entries that the report's further parameters ask for."""
        return entries

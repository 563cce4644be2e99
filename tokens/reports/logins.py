"""The report of sign-ins to the console."""

from django.db.models import QuerySet

from accounts.permissions import Permission
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.verbs import Result, Verb
from tokens.reports.base import Column, department_parameter, login_parameter
from tokens.reports.entries import RESULT_WORDS, EntryReport, result_word, text_or_none, tool_name
from tokens.reports.parameters import END_PERIOD, PERIOD, Choice, Chosen, Value
from tokens.reports.reader import Reader


class RecentLogins(EntryReport):
    """One row for each sign-in of a known login, refused ones too."""

    id = 104
    name = "RecentLogins"
    title = "Recent Logins"
    about = "subject_id"
    parameters = (
        PERIOD,
        END_PERIOD,
        department_parameter(Permission.LOG_VIEW),
        login_parameter(Permission.LOG_VIEW),
        Choice("Result", [Value("All Results", ""), *(Value(word, word) for word in RESULT_WORDS.values())]),
    )
    columns = (
        Column("Signed In On", "at"),
        Column("Login Id", "subject_id"),
        Column("User Name", "subject_label"),
        Column("Result", "result", result_word),
        Column("Reason", "reason", text_or_none),
        Column("Tool", "user_agent", tool_name),
        Column("Address", "address"),
        Column("Request Id", "request_id"),
    )

    def entries(self, reader: Reader) -> EntryQuerySet:
        return Entry.objects.filter(verb__in=[Verb.SIGN_IN, Verb.SIGN_IN_FAIL], subject_kind="login")

    def narrowed(self, entries: QuerySet[Entry], chosen: Chosen) -> QuerySet[Entry]:
        if not chosen["Result"]:
            return entries
        return entries.filter(result=Result.OK if chosen["Result"] == RESULT_WORDS[Result.OK] else Result.FAIL)

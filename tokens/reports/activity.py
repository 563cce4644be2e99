"""The report of the token log: every change and every use of a token."""

from django.db.models import QuerySet

from accounts.permissions import Permission
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.verbs import ACTIVITIES, Result, Verb
from tokens.reports.base import Column, department_parameter, login_parameter
from tokens.reports.entries import (
    RESULT_WORDS,
    EntryReport,
    activity_by,
    authentication_result,
    result_word,
    text_or_none,
    tool_name,
)
from tokens.reports.parameters import END_PERIOD, PERIOD, Choice, Chosen, Value
from tokens.reports.reader import Reader

VERBS = {activity: verb for verb, activity in ACTIVITIES.items()}


def activity_word(verb: str, reader: Reader) -> str:
    return ACTIVITIES[verb]


class TokenActivity(EntryReport):
    """One row for each CREATE, GENERATE, UPDATE, REVOKE and AUTHENTICATE."""

    id = 103
    name = "TokenActivity"
    title = "Token Activity"
    parameters = (
        PERIOD,
        END_PERIOD,
        department_parameter(Permission.LOG_VIEW),
        login_parameter(Permission.LOG_VIEW),
        Choice("Activity", [Value("All Activities", ""), *(Value(word, word) for word in VERBS)]),
        Choice("Result", [Value("All Results", ""), *(Value(word, word) for word in RESULT_WORDS.values())]),
    )
    columns = (
        Column("Activity On", "at"),
        Column("Token Id", "token_id"),
        Column("Token Name", "token_name"),
        Column("Login Id", "owner_id", text_or_none),
        Column("User Name", "owner_label"),
        Column("Activity", "verb", activity_word),
        Column("Activity By", activity_by()),
        Column("Authentication Result", authentication_result(), result_word),
        Column("Reason", "reason", text_or_none),
        Column("Tool", "user_agent", tool_name),
        Column("Address", "address"),
        Column("Request Id", "request_id"),
    )

    def entries(self, reader: Reader) -> EntryQuerySet:
        return Entry.objects.token_log()

    def narrowed(self, entries: QuerySet[Entry], chosen: Chosen) -> QuerySet[Entry]:
        if chosen["Activity"]:
            entries = entries.filter(verb=VERBS[str(chosen["Activity"])])
        if chosen["Result"]:
            result = Result.OK if chosen["Result"] == RESULT_WORDS[Result.OK] else Result.FAIL
            entries = entries.filter(verb=Verb.TOKEN_AUTHENTICATE, result=result)
        return entries

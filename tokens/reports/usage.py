"""The report of reports: which were read, by which token, how many rows, and whether to the end."""

import json
from collections.abc import Sequence
from typing import Any

from django.db.models import F, QuerySet

from accounts.permissions import Permission
from audit.models import Entry
from audit.querysets import EntryQuerySet
from tokens.reports.base import Column, department_parameter, login_parameter
from tokens.reports.entries import EntryReport, tool_name
from tokens.reports.parameters import END_PERIOD, PERIOD, Choice, Chosen, Value
from tokens.reports.reader import Reader
from tokens.reports.registry import reports_for


def query_text(parameters: Any, reader: Reader) -> str | None:
    """The parameters as one text; a flat row has no room for an object."""
    return None if parameters is None else json.dumps(parameters, ensure_ascii=False, sort_keys=True)


def report_values(reader: Reader) -> Sequence[Value]:
    found = reports_for(reader.organisation_id).values()
    return [Value("All Reports", ""), *(Value(report.title, report.name) for report in found)]


class ReportUsage(EntryReport):
    """One row for each report call that was answered, complete or broken off."""

    id = 105
    name = "ReportUsage"
    title = "Report Usage"
    parameters = (
        PERIOD,
        END_PERIOD,
        department_parameter(Permission.LOG_VIEW),
        login_parameter(Permission.LOG_VIEW),
        Choice("Report", report_values),
    )
    columns = (
        Column("Read On", "at"),
        Column("Report", "subject_id"),
        Column("Token Id", "token_id"),
        Column("Token Name", "token_name"),
        Column("Login Id", "owner_id"),
        Column("User Name", "owner_label"),
        Column("Parameters", F("details__parameters"), query_text),
        Column("Format", F("details__format")),
        Column("Rows", F("details__rows")),
        Column("Complete", F("details__complete")),
        Column("Tool", "user_agent", tool_name),
        Column("Address", "address"),
        Column("Request Id", "request_id"),
    )

    def entries(self, reader: Reader) -> EntryQuerySet:
        return Entry.objects.report_calls()

    def narrowed(self, entries: QuerySet[Entry], chosen: Chosen) -> QuerySet[Entry]:
        return entries.filter(subject_id=chosen["Report"]) if chosen["Report"] else entries

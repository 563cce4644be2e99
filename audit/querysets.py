"""How entries are read."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.db import connection, models
from django.db.models import Q, Value
from django.db.models.functions import Upper

from audit.request_ids import moment_of
from audit.verbs import ACTIVITIES, CALLS, COMINGS, SIGNING, Result, Verb

if TYPE_CHECKING:
    from audit.models import Entry


# An entry of a request is written after it began: at most so long after, and hardly before, as clocks go.
EARLIEST, LATEST = timedelta(minutes=1), timedelta(minutes=15)
# Keys are given before moments are, by several writers at once: their orders differ by seconds.
SPARE = timedelta(minutes=10)
NEXT_ADDRESS = """
WITH RECURSIVE seen(address) AS (
    SELECT MIN(address) FROM {table} WHERE organisation_id = %(organisation)s
    UNION ALL
    SELECT (SELECT MIN(e.address) FROM {table} e
        WHERE e.organisation_id = %(organisation)s AND e.address > seen.address)
    FROM seen WHERE seen.address IS NOT NULL
)
SELECT address FROM seen WHERE address IS NOT NULL LIMIT %(most)s
"""
NAMED = 1_000  # logins that a statement names one by one


class EntryQuerySet(models.QuerySet["Entry"]):
    def of_organisation(self, organisation_id: int) -> EntryQuerySet:
        return self.filter(organisation_id=organisation_id)

    def of_token(self, token_id: str) -> EntryQuerySet:
        return self.filter(token_id=token_id)

    def of_tokens(self, tokens: models.QuerySet[Any]) -> EntryQuerySet:
        """The entries about any of the given tokens, which are found by their public ids."""
        return self.filter(token_id__in=tokens.values("public_id"))

    def of_owner(self, owner_id: str) -> EntryQuerySet:
        """What concerns the tokens and mobile sessions of a login, also of those that are forgotten since."""
        return self.filter(owner_id=owner_id)

    def about(self, logins: models.QuerySet[Any]) -> EntryQuerySet:
        """The entries about any of the given logins, or about what is theirs; found by their public ids.

        Where they are few they are named one by one: the planner then sees that indexes find their entries, be it
        none. Of many, some have something on every page.
        """
        ids: Any = list(logins.values_list("public_id", flat=True)[: NAMED + 1])
        if len(ids) > NAMED:
            ids = logins.values("public_id")
        return self.filter(Q(owner_id__in=ids) | (Q(subject_id__in=ids) & ~Q(verb=Verb.TOKEN_AUTHENTICATE)))

    def of_request(self, request_id: str) -> EntryQuerySet:
        """The entries of one request; its id says when to look."""
        began = moment_of(request_id)
        if began is None:
            return self.none()
        return self.filter(request_id=request_id, at__gte=began - EARLIEST, at__lt=began + LATEST)

    def changes(self) -> EntryQuerySet:
        """What people did: everything but calls and the reading of reports."""
        return self.exclude(verb__in=CALLS)

    def on_thing(self, organisation_id: int, text: str) -> EntryQuerySet:
        """What was done to the thing of this id or, ignoring case, this name.

        Which of the two it is gets looked up first: an index serves either in the order of keys, and neither both.
        """
        changes = self.model._default_manager.alias(name=Upper("subject_label")).filter(organisation_id=organisation_id)
        named = (Q(subject_id=text), Q(name=Upper(Value(text))))
        there = [condition for condition in named if changes.changes().filter(condition).exists()]
        if not there:
            return self.none()
        return self.changes().alias(name=Upper("subject_label")).filter(reduce(or_, there))

    def comings(self) -> EntryQuerySet:
        """Who came in or was refused, in the console, by a program with a password, or on a mobile device."""
        return self.filter(verb__in=COMINGS)

    def near(self, organisation_id: int, start: datetime | None, end: datetime | None) -> EntryQuerySet:
        """Only keys that belong to the time: an index on anything and the key then serves the time as well.

        It narrows too little rather than too much; the moments themselves are for the caller to compare.
        """
        rows = self
        moments = self.model._default_manager.filter(organisation_id=organisation_id)
        if start is not None:
            first = moments.filter(at__gte=start - SPARE).order_by("at", "id").values_list("id", flat=True).first()
            rows = rows.none() if first is None else rows.filter(id__gte=first)
        if end is not None:
            last = moments.filter(at__lt=end + SPARE).order_by("-at", "-id").values_list("id", flat=True).first()
            rows = rows.none() if last is None else rows.filter(id__lte=last)
        return rows

    def addresses_of(self, organisation_id: int, most: int) -> list[str]:
        """The addresses that an organisation's entries came from, each once, at most so many.

        From one to the next by the index, however many entries each has.
        """
        table = connection.ops.quote_name(self.model._meta.db_table)
        text = NEXT_ADDRESS.format(table=table)
        with connection.cursor() as cursor:
            cursor.execute(text, {"organisation": organisation_id, "most": most})
            return [address for (address,) in cursor.fetchall() if address]

    def token_log(self) -> EntryQuerySet:
        """The five activities of the seed documents; the rest of what concerns a token is in the activity log."""
        return self.filter(verb__in=list(ACTIVITIES))

    def report_calls(self) -> EntryQuerySet:
        return self.filter(verb=Verb.REPORT_READ)

    def changes_of(self, organisation_id: int, kind: str, ids: list[str]) -> EntryQuerySet:
        """What was done to the given things of one organisation, signing in and out apart."""
        changes = self.of_organisation(organisation_id).changes().filter(subject_kind=kind, subject_id__in=ids)
        return changes.exclude(verb__in=SIGNING)

    def last_call_of(self, token_id: str) -> Entry | None:
        """The newest call of a token that was admitted."""
        calls = self.filter(token_id=token_id, verb=Verb.TOKEN_AUTHENTICATE, result=Result.OK)
        return calls.order_by("-id").first()

    def newest_first(self) -> EntryQuerySet:
        return self.order_by("-id")

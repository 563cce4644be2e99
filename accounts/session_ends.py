"""How the sessions ended that people began: looked up for a hundred rows at a time, on a page as in an export."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.db.models.query import ModelIterable

from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.verbs import Verb

AT_ONCE = 100


def with_endings(comings: EntryQuerySet) -> EntryQuerySet:
    """Each entry gets ``session``, the id of the console session that it began, or None; and ``ended``, the entry that
    ended its session, or None."""
    rows = comings.all()
    rows._iterable_class = WithEndings
    return rows


class WithEndings(ModelIterable):  # type: ignore[type-arg]
    """The rows of a queryset as they come, each hundred with one query or two more, whatever the chunk read."""

    def __iter__(self) -> Iterator[Any]:
        rows = super().__iter__()
        while found := list(islice(rows, AT_ONCE)):
            attach(found)
            yield from found


def attach(comings: list[Any]) -> None:
    for entry in comings:
        told = entry.details if isinstance(entry.details, dict) else {}
        entry.session, entry.ended = told.get("session"), None
    console = {entry.session: entry for entry in comings if entry.session}
    mobile = {entry.subject_id: entry for entry in comings if entry.verb == Verb.SESSION_BEGIN}
    if not console and not mobile:
        return
    oldest = min(comings, key=lambda entry: entry.pk)
    later = Entry.objects.of_organisation(oldest.organisation_id).filter(pk__gt=oldest.pk).changes()
    if console:
        people = {entry.subject_id for entry in console.values()}
        ends = later.filter(verb__in=[Verb.SIGN_OUT, Verb.LOGIN_SESSION_END], subject_id__in=people)
        for end in ends.filter(details__session__in=list(console)):
            console[(end.details or {})["session"]].ended = end
    if mobile:
        for end in later.filter(verb=Verb.SESSION_END, subject_id__in=list(mobile)):
            mobile[end.subject_id].ended = end

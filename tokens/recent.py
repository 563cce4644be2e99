"""What happened in the last hours, found by a range of keys, which serves where no index knows the moment."""

from datetime import datetime

from django.db.models import OuterRef, Subquery

from accounts.models import Organisation
from audit.models import Entry
from audit.querysets import SPARE, EntryQuerySet


def entries_since(moment: datetime) -> EntryQuerySet:
    """The entries of all organisations since a moment: one look at the index of each finds the first key."""
    of_one = Entry.objects.filter(organisation_id=OuterRef("pk"), at__gte=moment - SPARE).order_by("at", "id")
    firsts = Organisation.objects.order_by().annotate(first=Subquery(of_one.values("id")[:1])).exclude(first=None)
    return Entry.objects.filter(pk__gte=Subquery(firsts.order_by("first").values("first")[:1]), at__gt=moment)

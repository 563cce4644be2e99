"""How the ledger's sealing is at this moment: how far, since when something waits, and what keeps it from going on."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Heartbeat
from audit.grids.moments import number_text
from audit.models import Entry, Head, PendingSeal
from tokens.words import distance

LANE = "sealing"
"""The worker's lane that seals."""
LATE = timedelta(seconds=60)
"""An entry that waits longer for its seal is told of; a worker that was not heard of for longer tells nothing."""

# What the worker says is wrong (audit/actions/sealing.py, config/worker/ledger.py): why, and the way out.
TROUBLES: tuple[tuple[str, str | Promise, str | Promise], ...] = (
    (
        "was sealed with the key",
        gettext_lazy("The key that is here is not the one that sealed the ledger so far."),
        gettext_lazy("Put the ledger's own key file back into the data folder. Nothing is sealed with another key."),
    ),
    (
        "have another root than was signed",
        gettext_lazy("The ledger is another one than was signed: seals were changed in the database."),
        gettext_lazy("Verify the ledger to find the place, keep the database as it is, and restore a backup."),
    ),
    (
        "is no checkpoint of this ledger",
        gettext_lazy("The newest checkpoint that is kept outside the database cannot be read."),
        gettext_lazy("Put the file back from a backup, or find out who changed it. Only then is anything sealed."),
    ),
    (
        "cannot be written",
        gettext_lazy("The checkpoint cannot be kept outside the database: the file cannot be written."),
        gettext_lazy("Make room or give the right to write there. The entries wait in the tree; nothing is lost."),
    ),
)
OTHER_TROUBLE = (
    gettext_lazy("The worker says that the ledger cannot be sealed."),
    gettext_lazy("Whoever runs the console finds the reason in the worker's log. Entries wait; nothing is lost."),
)


@dataclass(frozen=True, slots=True)
class SealState:
    """What one query tells. ``waiting_since`` is when the oldest entry without a seal happened."""

    size: int
    sealed_at: datetime | None
    waiting_since: datetime | None
    trouble: str
    now: datetime

    @property
    def name(self) -> str:
        """``halted``, ``waiting`` (for more than a minute), ``sealed``, or ``empty``."""
        if self.trouble:
            return "halted"
        if self.waiting_since and self.now - self.waiting_since > LATE:
            return "waiting"
        return "sealed" if self.size else "empty"

    @property
    def words(self) -> str:
        """ "Sealed to 13,802 · 2 s ago": what stands at the foot of the side menu."""
        size, age = number_text(self.size), self.age
        if self.name == "halted":
            return _("Sealing halted at %(size)s") % {"size": size}
        if self.name == "waiting" and self.waiting_since:
            since = age_text(self.now - self.waiting_since)
            return _("Waiting to be sealed · oldest %(age)s") % {"age": since}
        return _("Sealed to %(size)s · %(age)s") % {"size": size, "age": age} if self.size else _("Nothing sealed yet")

    @property
    def age(self) -> str:
        return age_text(self.now - self.sealed_at) if self.sealed_at else ""

    @property
    def may_be_accepted(self) -> bool:
        """Whether a person on the server may decide that it goes on as it is: a full disk is no such matter."""
        return bool(self.trouble) and not self.trouble.startswith("no checkpoint is signed")

    @property
    def reason(self) -> tuple[str | Promise, str | Promise]:
        """Why it is halted, and the way out."""
        found = ((why, out) for sign, why, out in TROUBLES if re.search(sign, self.trouble))
        return next(found, OTHER_TROUBLE)


def seal_state() -> SealState:
    """Asked by every page of those who may see the whole log: one query by keys, while there is a ledger."""
    oldest = PendingSeal.objects.order_by("entry_id").values("entry_id")[:1]
    waiting = Entry.objects.filter(pk=Subquery(oldest)).values("at")
    told = Head.objects.annotate(waiting=Subquery(waiting), trouble=Subquery(troubles().values("trouble")[:1]))
    found = told.values_list("size", "sealed_at", "waiting", "trouble", Now()).first()
    if found is None:  # nothing was ever sealed here
        first = Entry.objects.filter(pk=OuterRef("entry_id")).values("at")
        since = PendingSeal.objects.order_by("entry_id").values_list(Subquery(first), Now()).first()
        return SealState(0, None, since[0] if since else None, "", since[1] if since else timezone.now())
    size, sealed_at, since, trouble, now = found
    return SealState(size, sealed_at, since, trouble or "", now)


def troubles() -> QuerySet[Heartbeat]:
    """What sealers tell that they cannot do, of those that were heard of lately."""
    return sealers().exclude(trouble="")


def sealers() -> QuerySet[Heartbeat]:
    return Heartbeat.objects.filter(lane=LANE, at__gt=Now() - LATE)


def age_text(age: timedelta) -> str:
    """As "2 s ago", "5 minutes ago"."""
    seconds = max(0, int(age.total_seconds()))
    return _("%(number)s s ago") % {"number": number_text(seconds)} if seconds < 60 else distance(-age)

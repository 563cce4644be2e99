"""When an owner is told that a JWT ends: so many days before, each once for one end."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from tokens.models import AccessToken, Reminder
from tokens.querysets import AccessTokenQuerySet

DAYS = (1, 7, 30)  # of 24 hours
GATHERED = timedelta(hours=6)
"""What falls due so soon goes into the same mail: tokens that were made one after the other end so too."""


def to_tell(at: datetime | None = None) -> AccessTokenQuerySet:
    """The tokens that somebody is to be told of at the moment (now, unless given), and was not told of yet.

    A JWT that was made for no longer than so many days is not told of so many days before. Nothing is told of tokens
    that are refused anyhow and that their owner could not renew: of logins that are disabled, have expired or lack the
    Personal role.
    """
    now = timezone.now()
    owner_can = Q(owner__expires_at=None) | Q(owner__expires_at__gt=now)
    tokens: AccessTokenQuerySet = AccessToken.objects.listed()
    return tokens.with_valid_jwt().filter(
        owner_can & _within(at or now),
        expires_at__lte=(at or now) + timedelta(days=max(DAYS)),  # few; only for these the rest is asked
        owner__enabled=True,
        owner__has_personal_role=True,
        owner__organisation__suspended_at=None,
    )


def _within(at: datetime) -> Q:
    found = Q(pk__in=())
    for days in DAYS:
        length = timedelta(days=days)
        told = Reminder.objects.filter(token=OuterRef("pk"), expires_at=OuterRef("expires_at"), days__lte=days)
        found |= Q(expires_at__lte=at + length, expires_at__gt=F("generated_at") + length) & Q(~Exists(told))
    return found


def nearest(end: datetime, at: datetime) -> int:
    """Of the numbers of days the one that is told: who comes late tells of the last alone."""
    return next(days for days in DAYS if end - at <= timedelta(days=days))

"""What a tightened policy can do with the JWTs in use: leave, shorten or stop them, and how many that concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models import Organisation
from tokens.expiry import Expiry
from tokens.policy_effects import COUNTED, lost_scopes, with_longer_lives, with_lost_scopes
from tokens.querysets import AccessTokenQuerySet

LEAVE, SHORTEN, STOP = "leave", "shorten", "stop"
DEEDS = (LEAVE, SHORTEN, STOP)
LONGEST_DAYS = 365
"""What is shortened to where only Never is taken away: the longest that can be chosen."""


@dataclass(frozen=True)
class Tightening:
    """A policy as it is and as it is wanted. What is shortened ends ``end`` at the latest."""

    organisation: Organisation
    wanted: Mapping[str, Any]
    now: datetime

    @classmethod
    def of(cls, organisation: Organisation, wanted: Mapping[str, Any]) -> Tightening:
        return cls(organisation, wanted, timezone.now().replace(microsecond=0))

    @property
    def days(self) -> int:
        return int(self.wanted["token_days_limit"] or LONGEST_DAYS)

    @property
    def end(self) -> datetime:
        return self.now + timedelta(days=self.days)

    @property
    def expires_on(self) -> str:
        """The longest choice that the policy allows."""
        return max((choice for choice in COUNTED if int(choice) <= self.days), key=int, default=Expiry.DAY_1.value)

    @property
    def lost(self) -> int:
        """The scopes that are no longer allowed."""
        return lost_scopes(self.organisation, self.wanted)

    @cached_property
    def lives(self) -> AccessTokenQuerySet:
        """Tokens whose Expires On becomes too long."""
        return with_longer_lives(self.organisation, self.wanted)

    @cached_property
    def scopes(self) -> AccessTokenQuerySet:
        """Tokens with a scope that is no longer allowed."""
        return with_lost_scopes(self.organisation, self.wanted)

    @property
    def lasting(self) -> AccessTokenQuerySet:
        """Those of ``lives`` whose JWT works, and longer than the new limit from now on."""
        return self.lives.filter(VALID, Q(expires_at=None) | Q(expires_at__gt=self.end))

    @property
    def holding(self) -> AccessTokenQuerySet:
        """Those of ``scopes`` whose JWT works and has it."""
        return self.scopes.filter(VALID).alias(held=F("current_scopes").bitand(self.lost)).filter(held__gt=0)


VALID = Q(generated_at__isnull=False) & (Q(expires_at=None) | Q(expires_at__gt=Now()))

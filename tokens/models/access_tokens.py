"""Access tokens: the record, what its next JWT will get, what its current one has, and the one pending slot."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts import ids
from accounts.models import Login
from accounts.pairs import Pair, decode
from audit.actor import Reference
from tokens.expiry import Expiry
from tokens.querysets import AccessTokenQuerySet, MobileSessionQuerySet
from tokens.scopes import DEFAULT, labels
from tokens.statuses import Status

PENDING_LIFE = timedelta(minutes=15)
NAME_LENGTH = 100


def name_key(name: str) -> str:
    """What two token names are compared by: Unicode NFKC, without case, surrounding and repeated blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


class AccessToken(models.Model):
    """One access token. Of a JWT only the SHA-256 of its exact bytes and its end are kept.

    ``scopes`` and ``restriction`` are what the next JWT will get; ``current_*`` what the valid one still has;
    ``pending_*`` belong to a JWT that was shown and not yet saved (at most 15 minutes). A restriction is an encoded
    list of pairs (accounts/pairs.py); null means the owner's assignments, whatever they are at the moment.
    """

    class Kind(models.TextChoices):
        API = "api"
        CLIENT_CREDENTIALS = "client_credentials"

    public_id = models.CharField(max_length=32, unique=True, default=ids.token_id, editable=False)
    owner = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.API)
    name = models.CharField(max_length=NAME_LENGTH)
    # Stored although derived: neither engine's LOWER knows Unicode's rules as Python does (docs/decisions/0002).
    name_key = models.CharField(max_length=2 * NAME_LENGTH, editable=False)
    description = models.CharField(max_length=500, blank=True, default="")
    expiry_choice = models.CharField(max_length=8, choices=Expiry.choices)
    expiry_date = models.DateField(null=True, blank=True)
    expiry_seconds = models.PositiveIntegerField(null=True, blank=True)
    scopes = models.PositiveSmallIntegerField(default=int(DEFAULT))
    restriction = models.TextField(null=True, blank=True)
    read_only = models.BooleanField(default=False)  # fixed at creation
    calls_per_minute = models.PositiveIntegerField(null=True, blank=True)  # acts at once; null: no limit of its own
    allowed_networks = models.TextField(null=True, blank=True)  # acts at once; accounts/networks.py; null: everywhere
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    created_by_label = models.CharField(max_length=200)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)  # what people did to it; a call is no update

    digest = models.BinaryField(max_length=32, null=True, editable=False)
    current_scopes = models.PositiveSmallIntegerField(default=0)
    current_restriction = models.TextField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    generated_at = models.DateTimeField(null=True, blank=True)
    first_used_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    pending_dialog = models.CharField(max_length=32, blank=True, default="")
    pending_digest = models.BinaryField(max_length=32, null=True, editable=False)
    pending_scopes = models.PositiveSmallIntegerField(default=0)
    pending_restriction = models.TextField(null=True, blank=True)
    pending_expires_at = models.DateTimeField(null=True, blank=True)
    pending_made_at = models.DateTimeField(null=True, blank=True)
    pending_by_label = models.CharField(max_length=200, blank=True, default="")

    objects = AccessTokenQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "name_key"],
                condition=models.Q(revoked_at=None, kind="api"),
                name="token_name_of_owner",
            ),
            models.CheckConstraint(condition=models.Q(scopes__gte=1, scopes__lte=7), name="token_has_scopes"),
            models.CheckConstraint(
                condition=models.Q(expiry_choice=Expiry.DATE, expiry_date__isnull=False)
                | (~models.Q(expiry_choice=Expiry.DATE) & models.Q(expiry_date=None)),
                name="token_date_with_choice",
            ),
            models.CheckConstraint(
                condition=models.Q(expiry_choice=Expiry.SECONDS, expiry_seconds__isnull=False)
                | (~models.Q(expiry_choice=Expiry.SECONDS) & models.Q(expiry_seconds=None)),
                name="token_seconds_with_choice",
            ),
            models.CheckConstraint(
                condition=models.Q(digest=None, generated_at=None)
                | models.Q(digest__isnull=False, generated_at__isnull=False),
                name="token_generated_with_digest",
            ),
            models.CheckConstraint(
                condition=models.Q(pending_dialog="", pending_digest=None, pending_made_at=None)
                | (
                    ~models.Q(pending_dialog="") & models.Q(pending_digest__isnull=False, pending_made_at__isnull=False)
                ),
                name="token_pending_whole",
            ),
        ]
        indexes = [models.Index(fields=["name_key"], name="token_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def status(self) -> Status:
        return self.status_at(timezone.now())

    def status_at(self, now: datetime) -> Status:
        if self.revoked_at is not None:
            return Status.REVOKED
        if self.generated_at is None:
            return Status.NOT_GENERATED
        if self.expires_at is not None and self.expires_at <= now:
            return Status.EXPIRED
        return Status.INACTIVE if self.first_used_at is None else Status.ACTIVE

    @property
    def has_pending(self) -> bool:
        return self.pending_made_at is not None and timezone.now() < self.pending_made_at + PENDING_LIFE

    @property
    def pairs(self) -> frozenset[Pair] | None:
        """The restriction that the next JWT gets; None: not restricted."""
        return decode(self.restriction)

    @property
    def scope_labels(self) -> str:
        return labels(self.scopes)

    @property
    def reference(self) -> Reference:
        return Reference("token", self.public_id, self.name)


class MobileSession(models.Model):
    """A mobile app that signed in: no JWT is kept, only the SHA-256 of the exact bytes of the two valid ones.

    ``restriction`` is the one chosen pair, encoded as in accounts/pairs.py; ``|`` when none was chosen: no rows. A
    session ends at ``expires_at`` however much it is used.
    """

    class Ending(models.TextChoices):
        SIGNED_OUT = "signed_out"
        DISCONNECTED = "disconnected"
        REUSED = "reused"  # a refresh token came a second time: one of the two who have it is a thief
        LEAKED = "leaked"
        SHUT_OUT = "shut_out"  # its login was disabled, expired or suspended, or signs in by another way

    public_id = models.CharField(max_length=32, unique=True, default=ids.session_id, editable=False)
    login = models.ForeignKey(Login, on_delete=models.CASCADE, related_name="mobile_sessions")
    device = models.CharField(max_length=100)
    restriction = models.TextField(default="|")
    access_digest = models.BinaryField(max_length=32, editable=False)
    access_expires_at = models.DateTimeField()
    refresh_digest = models.BinaryField(max_length=32, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_active_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ending = models.CharField(max_length=16, choices=Ending.choices, blank=True, default="")

    objects = MobileSessionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None, ending="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(ending="")),
                name="mobile_session_ended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.device

    @property
    def pairs(self) -> frozenset[Pair]:
        return decode(self.restriction) or frozenset()

    @property
    def reference(self) -> Reference:
        return Reference("mobile_session", self.public_id, self.device)

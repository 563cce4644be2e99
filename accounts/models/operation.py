"""What keeps the installation going: counters of attempts, the mail that waits, and the workers' signs of life."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from accounts.models.organisations import Organisation
from accounts.querysets import OutboxQuerySet


class Attempts(models.Model):
    """How often something was tried in one window of time: counted by one upsert, exact over all workers."""

    key = models.CharField(max_length=80)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="attempts_key_window")]

    def __str__(self) -> str:
        return f"{self.key} {self.count}"


class OutboxMail(models.Model):
    """A mail written in the transaction of the action that it tells about; the worker delivers it with back-off."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="outbox")
    message_id = models.CharField(max_length=120, unique=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    next_attempt_at = models.DateTimeField(db_default=Now())
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="outbox_due",
                condition=models.Q(sent_at=None, given_up_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.subject


class Lease(models.Model):
    """Whose turn a job of the background worker is, by the database's clock: nobody's once ``until`` has passed."""

    name = models.CharField(max_length=60, primary_key=True)
    holder = models.CharField(max_length=100, blank=True, default="")
    until = models.DateTimeField(null=True)
    ran_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """What one lane of one worker told last: that it lives, when it last went round, which job it was at.

    ``trouble`` says what one of its jobs cannot do until somebody has looked; empty when all is well.
    """

    worker = models.CharField(max_length=100)
    lane = models.CharField(max_length=20)
    at = models.DateTimeField()
    went_round_at = models.DateTimeField()
    job = models.CharField(max_length=60, blank=True, default="")
    trouble = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["worker", "lane"], name="heartbeat_of_a_lane")]

    def __str__(self) -> str:
        return f"{self.worker} {self.lane}"


class PendingRemoval(models.Model):
    """A removal of a person's details from the log that is on record and not done yet: how far it has come.

    ``entry_id`` is the record's key in the ledger, which says whose details they are (audit/actions/redacting.py).
    """

    entry_id = models.BigIntegerField(primary_key=True)
    walk = models.PositiveSmallIntegerField(default=0)
    after = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.entry_id)

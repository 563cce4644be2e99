"""The ledger's tables: entries, the queue of entries that wait for their seal, and what seals them."""

from typing import Any

from django.db import models
from django.db.models.functions import Now, Upper

from audit.fields import RowNumber
from audit.querysets import EntryQuerySet
from audit.verbs import ACTIVITIES, CALLS, COMINGS, USUAL_CHANNELS, USUAL_SCHEMES, Result, Verb

# What the partial indexes hold.
IS_NO_CALL = ~models.Q(verb=Verb.TOKEN_AUTHENTICATE)
IS_CHANGE = ~models.Q(verb__in=CALLS)
IS_COMING = models.Q(verb__in=COMINGS)
HAS_FAILED = models.Q(result=Result.FAIL)
HAS_REASON = ~models.Q(reason="")
HAS_RARE_SCHEME = ~models.Q(scheme__in=USUAL_SCHEMES)
HAS_RARE_CHANNEL = ~models.Q(channel__in=USUAL_CHANNELS)


class Entry(models.Model):
    """One thing that happened. Never updated or deleted: triggers in the database refuse both (audit/triggers.py).

    Things are named by value (public id and label as they were), never by foreign key. The personal columns may be
    NULL (``audit.triggers.PERSONAL``), because redaction is the one change that the triggers let pass.
    """

    at = models.DateTimeField(db_default=Now(), editable=False)
    verb = models.CharField(max_length=32)  # a Verb; no choices here, so that a new verb needs no migration
    result = models.CharField(max_length=4, choices=Result.choices, default=Result.OK)
    reason = models.CharField(max_length=32, blank=True, default="")
    organisation_id = models.BigIntegerField(null=True)
    actor_id = models.CharField(max_length=32, blank=True, default="")
    actor_label = models.CharField(max_length=200, null=True)
    channel = models.CharField(max_length=16)
    scheme = models.CharField(max_length=16, blank=True, default="")
    address = models.CharField(max_length=45, null=True)
    subject_kind = models.CharField(max_length=16, blank=True, default="")
    subject_id = models.CharField(max_length=40, blank=True, default="")
    subject_label = models.CharField(max_length=200, null=True)
    owner_id = models.CharField(max_length=32, blank=True, default="")
    owner_label = models.CharField(max_length=200, null=True)
    token_id = models.CharField(max_length=32, blank=True, default="")
    token_name = models.CharField(max_length=100, blank=True, default="")
    request_id = models.CharField(max_length=32, blank=True, default="")
    method = models.CharField(max_length=8, blank=True, default="")
    path = models.CharField(max_length=200, blank=True, default="")
    user_agent = models.CharField(max_length=200, null=True)
    details = models.JSONField(null=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        # Each whole index is paid on every admitted call: of a token, of an owner, of an address, and the newest of an
        # organisation in time order. What is rare has partial ones that an admitted call never touches
        # (docs/decisions/0024).
        indexes = [
            models.Index(fields=["token_id", "id"], name="entry_token"),
            models.Index(fields=["owner_id", "id"], name="entry_owner"),
            models.Index(fields=["organisation_id", "address", "id"], name="entry_address"),
            models.Index(fields=["organisation_id", "at", "id"], name="entry_organisation_at"),
            models.Index(fields=["token_id", "id"], name="entry_token_change", condition=IS_CHANGE),
            models.Index(fields=["organisation_id", "subject_id", "id"], name="entry_subject", condition=IS_NO_CALL),
            models.Index(
                "organisation_id", Upper("subject_label"), "id", name="entry_subject_name", condition=IS_CHANGE
            ),
            models.Index(fields=["organisation_id", "reason", "id"], name="entry_reason", condition=HAS_REASON),
            models.Index(fields=["organisation_id", "id"], name="entry_change", condition=IS_CHANGE),
            models.Index(fields=["token_id", "id"], name="entry_token_failed", condition=HAS_FAILED),
            models.Index(fields=["organisation_id", "id"], name="entry_failed", condition=HAS_FAILED),
            models.Index(fields=["organisation_id", "verb", "id"], name="entry_failed_verb", condition=HAS_FAILED),
            models.Index(fields=["actor_id", "id"], name="entry_actor", condition=IS_NO_CALL),
            models.Index(fields=["actor_id", "id"], name="entry_actor_change", condition=IS_CHANGE),
            models.Index(fields=["organisation_id", "verb", "id"], name="entry_rare_verb", condition=IS_NO_CALL),
            models.Index(fields=["organisation_id", "id"], name="entry_coming", condition=IS_COMING),
            models.Index(fields=["organisation_id", "address", "id"], name="entry_coming_address", condition=IS_COMING),
            models.Index(
                fields=["organisation_id", "scheme", "id"], name="entry_rare_scheme", condition=HAS_RARE_SCHEME
            ),
            models.Index(
                fields=["organisation_id", "channel", "id"], name="entry_rare_channel", condition=HAS_RARE_CHANNEL
            ),
        ]
        # No constraints: PostgreSQL reads and prepares a condition anew for each statement that writes, which costs an
        # admitted call more than half an index.

    def __str__(self) -> str:
        return f"{self.verb} {self.result} #{self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert; an entry that has its key already is refused by the key's uniqueness."""
        super().save(*args, **{**kwargs, "force_insert": True})

    @property
    def verb_label(self) -> str:
        return str(Verb(self.verb).label) if self.verb in Verb.values else self.verb

    @property
    def is_redacted(self) -> bool:
        """Whether its personal details were removed: these are always written, though they may be empty."""
        return self.actor_label is None and self.address is None and self.user_agent is None

    @property
    def activity(self) -> str:
        """The seed's word for a token log row (``CREATE`` … ``AUTHENTICATE``), else the verb itself."""
        return ACTIVITIES.get(self.verb, self.verb)


class PendingSeal(models.Model):
    """An entry not yet sealed. Filled by a trigger in the transaction that inserts the entry; emptied by the sealer."""

    entry_id = RowNumber(primary_key=True)

    def __str__(self) -> str:
        return str(self.entry_id)


class Leaf(models.Model):
    """A sealed entry: the bytes that were sealed, and their place in the tree.

    ``sequence`` counts from 0 without a gap, in the order of sealing. ``personal`` is NULL once it was forgotten
    (audit/seals/canonical.py); nothing else of a leaf ever changes.
    """

    sequence = RowNumber(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    data = models.BinaryField()
    personal = models.BinaryField(null=True)
    hash = models.BinaryField()

    def __str__(self) -> str:
        return str(self.sequence)


class Node(models.Model):
    """The hash of a complete subtree of the tree, at every eighth height: what proofs of large trees are made from."""

    pk = models.CompositePrimaryKey("height", "position")
    height = models.SmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.height}/{self.position}"


class Head(models.Model):
    """The tree as it is now, in one row: the sealers take turns at it.

    ``origin`` and ``verifier`` are fixed by the first seal. ``generation`` grows when the database was found to be
    older than what was signed before: a backup that was restored.
    """

    ONLY = 1

    id = models.SmallIntegerField(primary_key=True, default=ONLY)
    name = models.CharField(max_length=200, blank=True, default="")
    verifier = models.CharField(max_length=300, blank=True, default="")
    generation = models.PositiveIntegerField(default=1)
    size = models.BigIntegerField(default=0)
    peaks = models.BinaryField(default=bytes)
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="head_only_one"),
            models.CheckConstraint(condition=models.Q(size__gte=0), name="head_size"),
        ]

    def __str__(self) -> str:
        return str(self.size)

    @property
    def origin(self) -> str:
        return self.name if self.generation == 1 else f"{self.name}/{self.generation}"

    def generation_of(self, origin: str) -> int:
        """The generation whose checkpoints have that origin; 0 when it is another ledger's."""
        if origin == self.name:
            return 1
        name, _slash, number = origin.rpartition("/")
        return int(number) if name == self.name and number.isdecimal() else 0


class Checkpoint(models.Model):
    """A signed root: that of the first ``size`` entries, under the origin of its generation."""

    size = models.BigIntegerField()
    generation = models.PositiveIntegerField(default=1)
    root = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["generation", "size"], name="checkpoint_one_of_a_size")]
        indexes = [models.Index(fields=["at"], name="checkpoint_at")]

    def __str__(self) -> str:
        return f"{self.generation}/{self.size}"


class Verification(models.Model):
    """A verification of the whole ledger that somebody asked for: the worker does it, and tells here how far it is.

    There is one at a time. ``finding`` is the first bad number's: ``code``, ``sequence`` and ``more``, which
    ``audit.verification.Finding`` puts into words. It stands in nobody's way: the ledger keeps the outcome as well.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        PROVED = "proved"
        BROKEN = "broken"
        STOPPED = "stopped"

    state = models.CharField(max_length=8, default=State.WAITING)  # a State
    is_open = models.BooleanField(default=True)
    organisation_id = models.BigIntegerField(null=True)
    by_id = models.CharField(max_length=32, blank=True, default="")
    by_label = models.CharField(max_length=200, blank=True, default="")
    actor = models.JSONField(default=dict)  # who asked, as the entry will name them; forgotten at the end
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    checkpoints = models.BigIntegerField(default=0)
    finding = models.JSONField(null=True)
    findings = models.BigIntegerField(default=0)
    warnings = models.JSONField(default=list)
    trouble = models.CharField(max_length=300, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_open"], condition=models.Q(is_open=True), name="verification_one_open"),
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.done}/{self.total}"

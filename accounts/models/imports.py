"""Imports of contacts and logins from a file: what was read, what it would change, how far it is."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from accounts import ids
from accounts.models.organisations import Organisation
from accounts.querysets import ContactImportQuerySet
from audit.actor import Reference


class ImportState(models.TextChoices):
    """An import goes from the first to ``APPLIED``; after ``CHECKED`` it waits for a person."""

    READING = "reading", _("Reading")
    CHECKING = "checking", _("Checking")
    CHECKED = "checked", _("Dry run done")
    WRITING = "writing", _("Applying")
    APPLIED = "applied", _("Applied")
    DISCARDED = "discarded", _("Discarded")
    STOPPED = "stopped", _("Stopped")


class RowResult(models.TextChoices):
    """What applying would do with a row of the file. ``JOINED``: it says more of the login of an earlier row."""

    CREATE = "create", _("Will be created")
    UPDATE = "update", _("Will be changed")
    DELETE = "delete", _("Will be deleted")
    UNCHANGED = "unchanged", _("Unchanged")
    JOINED = "joined", _("Part of an earlier row")
    REFUSED = "refused", _("Refused")


AT_WORK = (ImportState.READING, ImportState.CHECKING, ImportState.WRITING)
CHANGES = (RowResult.CREATE, RowResult.UPDATE, RowResult.DELETE)


class ContactImport(models.Model):
    """One file that somebody gave. What it holds of people is forgotten when it is applied or discarded."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="contact_imports")
    public_id = models.CharField(max_length=32, unique=True, default=ids.import_id, editable=False)
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.READING)
    by_id = models.CharField(max_length=32)
    by_label = models.CharField(max_length=200)
    actor = models.JSONField(default=dict)  # who asked for what is at work now, as entries name them
    file_name = models.CharField(max_length=200)
    form = models.CharField(max_length=100, blank=True, default="")  # such as "CSV, UTF-8, columns separated by ;"
    notes = models.JSONField(default=list)  # what to know of the file: columns that are passed over, and why
    trouble = models.TextField(blank=True, default="")  # why it stopped, or why the dry run was done anew
    done = models.PositiveIntegerField(default=0)  # rows of the step that is at work
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)  # rows by result
    sends_activation = models.BooleanField(default=False)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # of workers at the step that is at work
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = ContactImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(state__in=AT_WORK), name="contact_import_one_at_work"
            ),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def reference(self) -> Reference:
        return Reference("contact_import", self.public_id, self.file_name)

    @property
    def is_at_work(self) -> bool:
        return self.state in AT_WORK

    @property
    def changes(self) -> int:
        """How many rows stand for a change."""
        return sum(self.counts.get(result, 0) for result in CHANGES)

    @property
    def refused(self) -> int:
        return int(self.counts.get(RowResult.REFUSED, 0))


class ImportedFile(models.Model):
    """What the file holds, for the worker alone: its bytes until it is read, then its rows."""

    contact_import = models.OneToOneField(ContactImport, on_delete=models.CASCADE, related_name="file")
    content = models.BinaryField(null=True)
    columns = models.JSONField(default=list)
    rows = models.JSONField(default=list)  # [number of the line, cells as the columns stand]

    def __str__(self) -> str:
        return f"file {self.pk}"


class ImportRow(models.Model):
    """The dry run's result of one row of the file."""

    contact_import = models.ForeignKey(ContactImport, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    result = models.CharField(max_length=10, choices=RowResult.choices)
    name = models.CharField(max_length=201, blank=True, default="")
    user_name = models.CharField(max_length=150, blank=True, default="")
    changes = models.JSONField(
        default=list
    )  # [column, before, after]; of a refused row [column, what it holds, why not]
    told = models.TextField(blank=True, default="")  # what else to know of it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contact_import", "line"], name="import_row_line")]
        indexes = [models.Index(fields=["contact_import", "result", "line"], name="import_row_result")]

    def __str__(self) -> str:
        return f"{self.line} {self.result}"

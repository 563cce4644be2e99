"""What people do with an import: begin it with a file, apply what its dry run found, or discard it."""

from dataclasses import asdict
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exceptions import Conflict, Refused
from accounts.models import ContactImport, ImportedFile, ImportRow, ImportState, Organisation
from audit.actor import Actor
from audit.grids.moments import moment_in_sentence

KEPT = timedelta(days=7)
"""So long a dry run waits to be applied."""
HISTORY = timedelta(days=365)
"""So long it is listed that there was an import; the ledger keeps it for good."""


def begin_import(*, organisation: Organisation, file_name: str, content: bytes, by: Actor) -> ContactImport:
    """Take a file in; the worker reads and checks it. Nobody is changed by that.

    Raises ``Conflict`` while another import of the organisation is at work.
    """
    try:
        with transaction.atomic():
            begun = ContactImport.objects.create(
                organisation=organisation,
                by_id=by.id,
                by_label=by.label[:200],
                actor=asdict(by),
                file_name=file_name[-200:],
            )
            ImportedFile.objects.create(contact_import=begun, content=content)
    except IntegrityError:
        raise _at_work(organisation) from None
    return begun


@transaction.atomic
def apply_import(*, contact_import: ContactImport, sends_activation: bool, by: Actor) -> ContactImport:
    """Have the worker write everything that the dry run found, or nothing. Who asks for it is on record with it.

    Raises ``Refused`` when rows are refused or nothing would change, ``Conflict`` when it is not the time.
    """
    held = _held(contact_import)
    if held.state != ImportState.CHECKED:
        raise Conflict("state", _("This import is not waiting to be applied any more."))
    if held.refused:
        raise Refused(
            "refused_rows", _("Rows are refused. Mend the file and import it again: nothing is applied in part.")
        )
    if not held.changes:
        raise Refused("no_changes", _("There is nothing to apply: everything is as the file says."))
    held.state, held.done, held.attempts, held.trouble, held.lease_until = ImportState.WRITING, 0, 0, "", None
    held.sends_activation, held.actor = sends_activation, asdict(by)
    try:
        with transaction.atomic():
            held.save()
    except IntegrityError:
        raise _at_work(held.organisation) from None
    return held


@transaction.atomic
def discard_import(*, contact_import: ContactImport, by: Actor) -> ContactImport:
    """Forget what the file said of people. Raises ``Conflict`` while it is being applied, and when it is over."""
    held = _held(contact_import)
    if held.state == ImportState.WRITING:
        raise Conflict("state", _("This import is being applied: it cannot be discarded any more."))
    if held.ended_at:
        raise Conflict("state", _("This import is over already."))
    forget(held, ImportState.DISCARDED)
    return held


def forget(held: ContactImport, state: ImportState) -> None:
    """End an import: of what it held of people nothing stays but the counts."""
    ImportedFile.objects.filter(contact_import=held).delete()
    ImportRow.objects.filter(contact_import=held).delete()
    held.state, held.lease_until, held.ended_at = state, None, timezone.now()
    held.save()


def forget_old_imports() -> str:
    """Discard what nobody applied in time, and drop what is long over from the list."""
    now = timezone.now()
    waiting = ContactImport.objects.filter(ended_at=None, created_at__lt=now - KEPT)
    count = 0
    for one in waiting.exclude(state=ImportState.WRITING):
        with transaction.atomic():
            held = _held(one)
            if held.ended_at is None and held.state != ImportState.WRITING:
                forget(held, ImportState.DISCARDED)
                count += 1
    dropped, _details = ContactImport.objects.filter(ended_at__lt=now - HISTORY).delete()
    return f"{count} discarded, {dropped} dropped" if count or dropped else ""


def _held(contact_import: ContactImport) -> ContactImport:
    imports = ContactImport.objects.select_for_update(of=("self",)).select_related("organisation")
    held: ContactImport = imports.get(pk=contact_import.pk)
    return held


def _at_work(organisation: Organisation) -> Conflict:
    found = ContactImport.objects.filter(organisation=organisation).at_work().first()
    if found is None:
        return Conflict("at_work", _("Another import was at work a moment ago. Try again."))
    words = _("%(name)s began an import %(moment)s, and it is still at work. Wait until it is done, or discard it.")
    return Conflict("at_work", words % {"name": found.by_label, "moment": moment_in_sentence(found.created_at)})

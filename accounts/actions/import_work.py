"""The worker's part of an import: reading the file, the dry run, and applying what it found."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.actions.import_writing import StepRefused, Writing
from accounts.actions.imports import forget
from accounts.actions.locks import hold
from accounts.imports.checking import Check
from accounts.imports.columns import HEADS
from accounts.imports.exceptions import Unreadable
from accounts.imports.files import open_table
from accounts.imports.plans import Outcome
from accounts.imports.present import PORTION, Present, portions
from accounts.imports.subjects import Subject, code_column, rows_of, subjects_of
from accounts.models import ContactImport, ImportRow, ImportState, Login, RowResult
from accounts.permissions import Permission
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

LEASE = timedelta(minutes=2)
"""Longer than any portion, and the writing, can take; after it the import of a worker that died is anyone's again."""
ATTEMPTS = 3
ROUNDS = 3
"""How often what was prepared is prepared anew because something changed meanwhile."""


class LeaseLost(Exception):
    """The import is another worker's by now, or was discarded."""


class Changed(Exception):
    """What the import stands on is not what it was."""


class Stopped(Exception):
    """The import ends here; the message says why."""


def work_on_imports() -> str:
    """Take the import that waits longest one step further. Killed in the middle, it leaves a step to be done again."""
    claimed = _claim()
    if claimed is None:
        return ""
    manager = _manager_of(claimed)
    with translation.override(manager.language if manager else claimed.organisation.language):
        try:
            _work_on(claimed, _allowed(claimed, manager))
        except LeaseLost:
            return f"{claimed.public_id}: given up"
        except (Stopped, Unreadable) as end:
            claimed.trouble = str(end)
            with transaction.atomic():
                forget(claimed, ImportState.STOPPED)
    return f"{claimed.public_id}: {claimed.state}"


def _claim() -> ContactImport | None:
    with transaction.atomic():
        due = ContactImport.objects.due().select_for_update(of=("self",), skip_locked=True)
        found = due.select_related("organisation").order_by("created_at", "pk").first()
        if found is not None:
            found.lease_until = timezone.now() + LEASE
            found.attempts += 1
            found.save(update_fields=["lease_until", "attempts"])
        return found


def _manager_of(claimed: ContactImport) -> Login | None:
    """Who asked for what is at work, with the rights of this moment."""
    logins = Login.objects.select_related("organisation", "contact").of_organisation(claimed.organisation_id)
    manager: Login | None = logins.filter(public_id=claimed.actor.get("id", "")).first()
    return manager


def _allowed(claimed: ContactImport, manager: Login | None) -> Login:
    if claimed.attempts > ATTEMPTS:
        raise Stopped(_("The import broke off several times. Choose the file again, or a smaller part of it."))
    if manager is None or not manager.is_active or not manager.holds(Permission.CONTACT_MANAGE):
        raise Stopped(_("Whoever began this import may not import any more."))
    return manager


def _work_on(claimed: ContactImport, manager: Login) -> None:
    if claimed.state == ImportState.READING:
        _read(claimed)
    if claimed.state == ImportState.CHECKING:
        _check(claimed, manager)
    elif claimed.state == ImportState.WRITING:
        _apply(claimed, manager)


def _read(claimed: ContactImport) -> None:
    table = open_table(bytes(claimed.file.content or b""))
    rows = []
    for portion in portions(table.rows):
        rows += portion
        _progress(claimed, len(rows))
    with transaction.atomic():
        file = claimed.file
        file.content, file.columns, file.rows = None, list(table.header.keys), rows
        file.save()
        claimed.form, claimed.notes, claimed.total = table.form, table.header.notes, len(rows)
        claimed.state, claimed.attempts = ImportState.CHECKING, 1
        _progress(claimed, 0, "form", "notes", "total", "state", "attempts")


def _check(claimed: ContactImport, manager: Login) -> None:
    subjects = _subjects(claimed)
    _keep(claimed, list(_outcomes(claimed, subjects, Present.of(manager, subjects))))


def _apply(claimed: ContactImport, manager: Login) -> None:
    """Prepare everything with the progress to be seen, then write it in one short transaction, or nothing of it."""
    subjects, dry_run = _subjects(claimed), _results(claimed.rows.order_by("line"))
    for _round in range(ROUNDS):
        present = Present.of(manager, subjects)
        writing = Writing(claimed.organisation, present.paths)
        outcomes = []
        for outcome in _outcomes(claimed, subjects, present):
            writing.prepare([outcome])
            outcomes.append(outcome)
        if _results(_rows(claimed, outcomes)) != dry_run:
            break
        try:
            _write(claimed, manager, writing, subjects, present.state)
        except StepRefused as refused:
            _refuse_line(outcomes, refused)
            break
        except (Changed, IntegrityError):
            manager = _manager_of(claimed) or manager
        else:
            return
    claimed.trouble = _("Nothing was applied: something changed after the dry run. This is the dry run as it is now.")
    _keep(claimed, outcomes)


def _write(
    claimed: ContactImport, manager: Login, writing: Writing, subjects: Sequence[Subject], state: list[object]
) -> None:
    by = Actor(**claimed.actor)
    with transaction.atomic():
        hold(claimed.organisation_id)
        held = _still_mine(claimed)
        fresh = _allowed(claimed, _manager_of(claimed))
        if Present.of(fresh, subjects, locked=True).state != state:
            raise Changed
        mails = writing.write(by=by, sends_activation=claimed.sends_activation)
        record(
            verb=Verb.CONTACT_IMPORT,
            by=by,
            organisation_id=claimed.organisation_id,
            subject=claimed.reference,
            details={"file": claimed.file_name, "rows": claimed.counts, "activation_mails": mails},
        )
        forget(held, ImportState.APPLIED)
    claimed.state = held.state


def _still_mine(claimed: ContactImport) -> ContactImport:
    """The import, held until the transaction ends. ``claimed`` stays as it is, should all be undone."""
    held = ContactImport.objects.select_for_update(of=("self",)).get(pk=claimed.pk)
    if held.lease_until != claimed.lease_until or held.ended_at:
        raise LeaseLost
    return held


def _subjects(claimed: ContactImport) -> list[Subject]:
    return subjects_of(rows_of(claimed.file.columns, claimed.file.rows))


def _outcomes(claimed: ContactImport, subjects: Sequence[Subject], present: Present) -> Iterator[Outcome]:
    check, done = Check(present), 0
    for portion in portions(subjects):
        _progress(claimed, done)
        yield from map(check.outcome, portion)
        done += sum(len(subject.rows) for subject in portion)
    _progress(claimed, done)


def _keep(claimed: ContactImport, outcomes: Iterable[Outcome]) -> None:
    """Put the dry run in place of an earlier one."""
    rows = _rows(claimed, outcomes)
    with transaction.atomic():
        ImportRow.objects.filter(contact_import=claimed).delete()
        ImportRow.objects.bulk_create(rows, batch_size=PORTION)
        claimed.counts = dict(Counter(str(row.result) for row in rows))
        claimed.state, claimed.attempts = ImportState.CHECKED, 0
        _progress(claimed, claimed.total, "counts", "state", "attempts", "trouble")
        claimed.lease_until = None
        claimed.save(update_fields=["lease_until"])


def _rows(claimed: ContactImport, outcomes: Iterable[Outcome]) -> list[ImportRow]:
    """A row for each of the file: a further one shares the fate of the first of its user name."""
    found = []
    for outcome in outcomes:
        names = {"contact_import": claimed, "name": outcome.name[:201], "user_name": outcome.user_name[:150]}
        first = ImportRow(
            line=outcome.line,
            result=outcome.result,
            changes=[list(change) for change in outcome.changes],
            told=outcome.told,
            **names,
        )
        refused = outcome.result is RowResult.REFUSED
        words = _("Refused together with line %(line)d.") if refused else _("Belongs to line %(line)d.")
        result = RowResult.REFUSED if refused else RowResult.JOINED
        further = [
            ImportRow(line=line, result=result, told=words % {"line": outcome.line}, **names)
            for line in outcome.further
        ]
        found += [first, *further]
    return found


def _results(rows: Iterable[ImportRow]) -> list[tuple[object, ...]]:
    """What a person who read a dry run agreed to."""
    return sorted((row.line, str(row.result), row.user_name, str(row.changes), row.told) for row in rows)


def _refuse_line(outcomes: Iterable[Outcome], refused: StepRefused) -> None:
    for outcome in outcomes:
        if outcome.line == refused.line:
            head = HEADS.get(code_column(refused.refusal.code), "")
            outcome.result, outcome.changes = RowResult.REFUSED, [(head, "", refused.refusal.message)]


def _progress(claimed: ContactImport, done: int, *fields: str) -> None:
    """Note how far it is and hold on to it. Raises ``LeaseLost`` when it is no longer this worker's."""
    held = claimed.lease_until
    claimed.done, claimed.lease_until = done, timezone.now() + LEASE
    values = {name: getattr(claimed, name) for name in ("done", "lease_until", *fields)}
    if not ContactImport.objects.filter(pk=claimed.pk, lease_until=held, ended_at=None).update(**values):
        raise LeaseLost

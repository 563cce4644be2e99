"""Writes what an import found out: all of it in the caller's one transaction, many rows at a time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from accounts.actions import assignments, logins, people, sign_in_ways
from accounts.actions.invitations import activation_mail
from accounts.actions.new_logins import as_kept, unwritten_login
from accounts.actions.shutting_out import sign_out_everywhere
from accounts.drafts import LoginDraft
from accounts.exceptions import Refused
from accounts.imports.plans import ContactEdit, Deletion, LoginEdit, NewContact, NewLogin, Outcome
from accounts.kinds import LoginKind
from accounts.mail import unwritten
from accounts.models import Assignment, Contact, Login, Organisation, OutboxMail
from accounts.placing import Place, in_words, unsaved
from accounts.rules.logins import roles_lost_with
from accounts.rules.passwords import against_inviting
from accounts.sessions import How
from audit.actions import Happening, record_many
from audit.actor import Actor
from audit.verbs import Verb

BATCH = 500
CONTACT_FIELDS = ("first_name", "last_name", "email", "phone", "notes")
# Which attribute of a login a column fills, of those that need nothing but to be written.
LOGIN_FIELDS = {"expires_on": "expires_at", "language": "language", "time_zone": "time_zone", "enabled": "enabled"}


class StepRefused(Exception):
    """A rule refused a step at the last moment; ``line`` is that of its row."""

    def __init__(self, line: int, refusal: Refused) -> None:
        super().__init__(line, refusal)
        self.line, self.refusal = line, refusal


@dataclass
class Writing:
    """What is to be written, made ready before the transaction begins, so that it is short."""

    organisation: Organisation
    paths: dict[int, str]
    contacts: dict[NewContact, Contact] = field(default_factory=dict)
    logins: list[tuple[Login, Contact, list[Assignment]]] = field(default_factory=list)
    contact_edits: list[ContactEdit] = field(default_factory=list)
    login_edits: list[LoginEdit] = field(default_factory=list)
    alone: list[tuple[int, LoginEdit | Deletion]] = field(default_factory=list)  # each by its own action

    def prepare(self, outcomes: Iterable[Outcome]) -> None:
        for outcome in outcomes:
            for step in outcome.steps:
                match step:
                    case NewContact():
                        self.contacts[step] = Contact(organisation=self.organisation, **asdict(step.draft))
                    case NewLogin():
                        self._prepare_login(step)
                    case ContactEdit():
                        self.contact_edits.append(step)
                    case LoginEdit() if is_plain(step):
                        self.login_edits.append(step)
                    case _:
                        self.alone.append((outcome.line, step))

    def _prepare_login(self, step: NewLogin) -> None:
        contact = step.contact if isinstance(step.contact, Contact) else self.contacts[step.contact]
        login = unwritten_login(self.organisation, step.draft)
        self.logins.append((login, contact, unsaved(login, step.places.values())))

    def write(self, *, by: Actor, sends_activation: bool) -> int:
        """Write everything; gives the number of activation mails. Raises ``StepRefused`` and ``IntegrityError``."""
        self._end_sessions(by)
        happenings = [*self._write_new(), *self._write_edits()]
        record_many(happenings, by=by, organisation_id=self.organisation.pk)
        for line, step in self.alone:
            try:
                _apply_alone(step, by)
            except Refused as refusal:
                raise StepRefused(line, refusal) from None
        return self._invite(by) if sends_activation else 0

    def _write_new(self) -> Iterable[Happening]:
        contacts = list(self.contacts.values())
        Contact.objects.bulk_create(contacts, batch_size=BATCH)
        yield from (_contact_made(contact) for contact in contacts)
        for login, contact, _held in self.logins:
            login.contact = contact
        Login.objects.bulk_create([login for login, _contact, _held in self.logins], batch_size=BATCH)
        for login, _contact, held in self.logins:
            for assignment in held:
                assignment.login = login
            yield _login_made(login, held, self.paths)
        written = (assignment for _login, _contact, held in self.logins for assignment in held)
        Assignment.objects.bulk_create(written, batch_size=BATCH)

    def _write_edits(self) -> Iterable[Happening]:
        for contact_edit in self.contact_edits:
            yield _contact_changed(contact_edit)
        overwrite([edit.contact for edit in self.contact_edits], CONTACT_FIELDS)
        fields = set()
        for edit in self.login_edits:
            fields |= {LOGIN_FIELDS[column] for column in edit.columns if column in LOGIN_FIELDS}
            yield from _login_changed(edit, self.paths)
        if fields:
            overwrite([edit.login for edit in self.login_edits], sorted(fields))
        reassigned = [edit for edit in self.login_edits if "user_type" in edit.columns]
        self._reassign(reassigned)

    def _end_sessions(self, by: Actor) -> None:
        """Of those who are shut out, or let in again."""
        shut = [edit.login for edit in self.login_edits if "enabled" in edit.columns]
        back = [edit.login for edit in self.login_edits if "expires_on" in edit.columns and edit.login.is_expired]
        for how, found in ((How.DISABLED, shut), (How.EXPIRED, back)):
            for start in range(0, len(found), BATCH):
                logins = Login.objects.filter(pk__in=[login.pk for login in found[start : start + BATCH]])
                sign_out_everywhere(logins=logins, organisation_id=self.organisation.pk, how=how, by=by)

    def _reassign(self, edits: Sequence[LoginEdit]) -> None:
        gone = [item.pk for edit in edits for item in edit.login.assignments_now if item.pair not in edit.places]
        for start in range(0, len(gone), BATCH):
            Assignment.objects.filter(pk__in=gone[start : start + BATCH]).delete()
        new = [item for edit in edits for item in unsaved(edit.login, _added(edit))]
        Assignment.objects.bulk_create(new, batch_size=BATCH)

    def _invite(self, by: Actor) -> int:
        """The mails that let the new people set their passwords, in the same transaction."""
        invited = [login for login, _contact, _held in self.logins if not against_inviting(login)]
        mails = []
        for login in invited:
            subject, body = activation_mail(login, inviter=by)
            mails.append(unwritten(organisation=self.organisation, to=login.email, subject=subject, body=body))
        OutboxMail.objects.bulk_create(mails, batch_size=BATCH)
        record_many(
            (
                Happening(
                    verb=Verb.LOGIN_INVITE,
                    subject=login.reference,
                    details={"to": login.email, "how": "administrator"},
                )
                for login in invited
            ),
            by=by,
            organisation_id=self.organisation.pk,
        )
        return len(mails)


def overwrite(rows: Sequence[Any], fields: Sequence[str]) -> None:
    """Write these fields of rows that are there: ``bulk_update`` takes ten times as long for as many values."""
    if rows:
        model = type(rows[0])
        model._base_manager.bulk_create(
            rows, batch_size=BATCH, update_conflicts=True, unique_fields=["id"], update_fields=fields
        )


def is_plain(edit: LoginEdit) -> bool:
    """Whether the change needs nothing but to be written: no mail, no end of a token role, no last administrator."""
    login = edit.login
    if edit.columns - LOGIN_FIELDS.keys() - {"user_type"} or login.is_system_administrator:
        return False
    return not roles_lost_with(login, [place.user_type for place in edit.places.values()])


def _apply_alone(step: LoginEdit | Deletion | object, by: Actor) -> None:
    """One step by the actions that the console's own pages use. Raises ``Refused``."""
    if isinstance(step, Deletion):
        if isinstance(step.thing, Login):
            logins.delete_login(login=step.thing, by=by)
        else:
            people.delete_contact(contact=step.thing, by=by)
    elif isinstance(step, LoginEdit):
        _edit_alone(step, step.draft, by)


def _edit_alone(step: LoginEdit, draft: LoginDraft, by: Actor) -> None:
    login, columns = step.login, step.columns
    if columns & {"login_email", "expires_on", "language", "time_zone"}:
        logins.edit_login(login=login, draft=draft, by=by)
    if "kind" in columns:
        sign_in_ways.set_sso(login=login, sso=draft.kind is LoginKind.SSO, by=by)
    if "user_type" in columns:
        assignments.assign(login=login, pairs=draft.pairs, by=by)
    if "enabled" in columns:
        change: Callable[..., Login] = logins.enable if draft.enabled else logins.disable
        change(login=login, by=by)


def _added(edit: LoginEdit) -> list[Place]:
    held = edit.login.pairs
    return [place for pair, place in edit.places.items() if pair not in held]


def _contact_made(contact: Contact) -> Happening:
    after = {name: value for name in CONTACT_FIELDS if (value := getattr(contact, name))}
    return Happening(verb=Verb.CONTACT_CREATE, subject=contact.reference, details={"after": after})


def _login_made(login: Login, held: Iterable[Assignment], paths: dict[int, str]) -> Happening:
    return Happening(
        verb=Verb.LOGIN_CREATE,
        subject=login.reference,
        owner=login.reference,
        details={"after": as_kept(login, in_words(held, paths))},
    )


def _contact_changed(edit: ContactEdit) -> Happening:
    """Sets the fields as well, which are then written."""
    contact, after = edit.contact, asdict(edit.draft)
    changed = {name: (getattr(contact, name), after[name]) for name in CONTACT_FIELDS}
    changed = {name: values for name, values in changed.items() if values[0] != values[1]}
    for name, (_before, value) in changed.items():
        setattr(contact, name, value)
    return Happening(
        verb=Verb.CONTACT_UPDATE,
        subject=contact.reference,
        details={
            "before": {name: before for name, (before, _after) in changed.items()},
            "after": {name: value for name, (_before, value) in changed.items()},
        },
    )


def _login_changed(edit: LoginEdit, paths: dict[int, str]) -> Iterable[Happening]:
    """Sets the fields as well, which are then written. One entry for each kind of change, as its own action leaves."""
    login, draft = edit.login, edit.draft
    names = [LOGIN_FIELDS[column] for column in LOGIN_FIELDS if column in edit.columns and column != "enabled"]
    if names:
        before = {name: _plain(getattr(login, name)) for name in names}
        after = {name: _plain(getattr(draft, name)) for name in names}
        details = {"before": before, "after": after}
        yield Happening(verb=Verb.LOGIN_UPDATE, subject=login.reference, details=details)
        for name in names:
            setattr(login, name, getattr(draft, name))
    if "user_type" in edit.columns:
        details = {
            "before": in_words(login.assignments_now, paths),  # type: ignore[dict-item]
            "after": in_words(edit.places.values(), paths),  # type: ignore[dict-item]
        }
        yield Happening(verb=Verb.LOGIN_ASSIGN, subject=login.reference, details=details)
    if "enabled" in edit.columns:
        verb = Verb.LOGIN_ENABLE if draft.enabled else Verb.LOGIN_DISABLE
        yield Happening(verb=verb, subject=login.reference, details={"before": login.enabled, "after": draft.enabled})
        login.enabled = draft.enabled


def _plain(value: object) -> object:
    return value.isoformat() if hasattr(value, "isoformat") else value

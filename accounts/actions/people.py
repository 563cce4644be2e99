"""Making, changing and deleting contacts; a new user is a contact and a login at once."""

from dataclasses import asdict
from typing import Any

from django.db import transaction

from accounts.actions.forgetting import forget_people
from accounts.actions.invitations import invite
from accounts.actions.locks import hold, locked_contact
from accounts.actions.logins import delete_login
from accounts.actions.new_logins import write_login
from accounts.drafts import ContactDraft, LoginDraft, state_of_contact
from accounts.managers import check, manager_of
from accounts.models import Contact, Login, Organisation
from accounts.rules.managing import against_creating_contact, against_managing_contact
from accounts.rules.people import contact_refusals
from accounts.versions import check_version
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def create_user(
    *, organisation: Organisation, person: ContactDraft, login: LoginDraft, invited: bool = False, by: Actor
) -> Login:
    """Make a contact and its login; with ``invited`` the mail that lets the person set a password goes out.

    Raises ``Refused`` for what cannot be, and for assignments that whoever asks may not give.
    """
    organisation = hold(organisation.pk)
    made = write_login(contact=_write_contact(organisation, person, by), draft=login, by=by)
    if invited:
        invite(login=made, by=by)
    return made


@transaction.atomic
def create_contact(*, organisation: Organisation, person: ContactDraft, by: Actor) -> Contact:
    """Make a contact without a login. Raises ``Refused`` unless it is made by who manages the whole organisation."""
    organisation = hold(organisation.pk)
    check(against_creating_contact(manager_of(by)))
    return _write_contact(organisation, person, by)


@transaction.atomic
def add_login(*, contact: Contact, login: LoginDraft, invited: bool = False, by: Actor) -> Login:
    """Make one more login of a contact. Raises ``Refused`` as ``create_user`` does."""
    contact = locked_contact(contact)
    check(against_managing_contact(manager_of(by), contact, contact.logins.all()))
    made = write_login(contact=contact, draft=login, by=by)
    if invited:
        invite(login=made, by=by)
    return made


@transaction.atomic
def edit_contact(*, contact: Contact, person: ContactDraft, version: str = "", by: Actor) -> Contact:
    """Change what is kept of a person. The user names and mail addresses of its logins stay as they are.

    Raises ``Conflict`` when the contact is no longer as the page of this ``version`` showed it.
    """
    contact = locked_contact(contact)
    check(against_managing_contact(manager_of(by), contact, contact.logins.all()), *contact_refusals(person))
    before = state_of_contact(contact)
    if version:
        check_version(version, before, organisation_id=contact.organisation_id, subject=contact.reference)
    after = {name: value for name, value in asdict(person).items() if value != before[name]}
    if not after:
        return contact
    for name, value in after.items():
        setattr(contact, name, value)
    contact.save(update_fields=list(after))
    details = {"before": {name: before[name] for name in after}, "after": after}
    _record(Verb.CONTACT_UPDATE, contact, by, details)
    return contact


@transaction.atomic
def delete_contact(*, contact: Contact, forget: bool = False, by: Actor) -> None:
    """Delete a contact with its logins, their tokens and sessions; the log keeps what they did, and who it was.

    With ``forget`` the log keeps no names, addresses and details of it: that is put on record, and done by the worker.
    Raises ``Refused`` when one of the logins is whose own who asks, or that of the last System Administrator.
    """
    contact = locked_contact(contact)
    logins = list(contact.logins.select_related("organisation", "contact").order_by("pk"))
    check(against_managing_contact(manager_of(by), contact, logins))
    for login in logins:
        delete_login(login=login, by=by)
    names = [login.user_name for login in logins]
    kept = {
        name: value for name, value in state_of_contact(contact).items() if name in ("first_name", "last_name", "email")
    }
    _record(Verb.CONTACT_DELETE, contact, by, {"before": kept, "logins": names})
    if forget:
        people = [contact.reference, *(login.reference for login in logins)]
        forget_people(organisation_id=contact.organisation_id, people=people, by=by)
    contact.delete()


def _write_contact(organisation: Organisation, person: ContactDraft, by: Actor) -> Contact:
    check(*contact_refusals(person))
    contact = Contact.objects.create(organisation=organisation, **asdict(person))
    after = {name: value for name, value in asdict(person).items() if value}
    _record(Verb.CONTACT_CREATE, contact, by, {"after": after})
    return contact


def _record(verb: Verb, contact: Contact, by: Actor, details: dict[str, Any]) -> None:
    record(verb=verb, by=by, organisation_id=contact.organisation_id, subject=contact.reference, details=details)

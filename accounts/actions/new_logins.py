"""Writes a new login of a contact, with its assignments and without a password."""

from django.db import IntegrityError, transaction

from accounts.drafts import LoginDraft
from accounts.kinds import LoginKind
from accounts.managers import check, manager_of
from accounts.models import Assignment, Contact, Login, Organisation
from accounts.placing import against_changing, assignments_in_words, places_of, unsaved
from accounts.rules.people import login_refusals, user_name_taken
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def write_login(*, contact: Contact, draft: LoginDraft, by: Actor) -> Login:
    """Make a login of a contact whom the caller holds and may manage.

    Raises ``Refused`` for what cannot be, and for assignments that whoever asks may not give; ``Conflict`` for a user
    name that is taken.
    """
    check(*login_refusals(draft))
    places = places_of(contact.organisation_id, draft.pairs)
    check(against_changing(manager_of(by), before=frozenset(), after=draft.pairs, places=places))
    login = unwritten_login(contact.organisation, draft)
    login.contact = contact
    write(login)
    Assignment.objects.bulk_create(unsaved(login, places.values()))
    record(
        verb=Verb.LOGIN_CREATE,
        by=by,
        organisation_id=login.organisation_id,
        subject=login.reference,
        owner=login.reference,
        details={"after": as_kept(login, assignments_in_words(login))},
    )
    return login


def unwritten_login(organisation: Organisation, draft: LoginDraft) -> Login:
    """A new login without a password, and as yet without a contact."""
    login = Login(
        organisation=organisation,
        user_name=draft.user_name,
        email=draft.email,
        is_service=draft.kind is LoginKind.SERVICE,
        is_sso=draft.kind is LoginKind.SSO,
        enabled=draft.enabled,
        expires_at=draft.expires_at,
        language=draft.language,
        time_zone=draft.time_zone,
    )
    login.set_unusable_password()
    return login


def write(login: Login, fields: list[str] | None = None) -> None:
    """Write a new row, or these fields of one; of two that want one user name at once the second is refused."""
    try:
        with transaction.atomic():
            login.save(update_fields=fields)
    except IntegrityError:
        raise user_name_taken(login.user_name) from None


def as_kept(login: Login, assignments: list[dict[str, str | None]]) -> dict[str, object]:
    """A new login as the ledger keeps it."""
    return {
        "user_name": login.user_name,
        "email": login.email,
        "kind": login.kind.value,
        "enabled": login.enabled,
        "expires_at": login.expires_at.isoformat() if login.expires_at else None,
        "language": login.language,
        "time_zone": login.time_zone,
        "assignments": assignments,
    }

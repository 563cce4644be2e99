"""Makes, suspends, resumes and sets up organisations: the operator's work, by command line."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.shutting_out import sign_out_everywhere
from accounts.exceptions import Refused
from accounts.models import Assignment, Contact, Login, Organisation, UserType
from accounts.permissions import BUILT_IN_NAMES, BUILT_IN_PERMISSIONS, OWNER
from accounts.sessions import How
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Administrator:
    """The first person of an organisation; the mail address is the user name as well."""

    email: str
    first_name: str
    last_name: str = ""


@transaction.atomic
def create_organisation(*, name: str, by: Actor, language: str = "en", time_zone: str = "UTC") -> Organisation:
    """Make an organisation with the built-in user types. Raises ``Refused`` for a name that is taken or none."""
    name = " ".join(name.split())
    _check_length(name)
    organisation, made = Organisation.objects.get_or_create(
        name=name, defaults={"language": language, "time_zone": time_zone}
    )
    if not made:
        raise Refused("name_taken", _("There is an organisation named %(name)s already.") % {"name": name})
    add_built_in_user_types(organisation)
    record(
        verb=Verb.ORGANISATION_CREATE, by=by, organisation_id=organisation.pk, subject=organisation.reference,
        details={"name": name},
    )  # fmt: skip
    return organisation


def add_built_in_user_types(organisation: Organisation) -> list[UserType]:
    """Part of making an organisation, and recorded as that."""
    return UserType.objects.bulk_create(
        UserType(
            organisation=organisation,
            slug=slug,
            name=name,
            permissions=sorted(BUILT_IN_PERMISSIONS[slug]),
            built_in=True,
        )
        for slug, name in BUILT_IN_NAMES.items()
    )


@transaction.atomic
def create_administrator(*, organisation: Organisation, person: Administrator, by: Actor) -> Login:
    """Make a contact with a login that is System Administrator and has no password yet.

    Raises ``Refused`` when the mail address is none, or is somebody's user name already, and for a name too long.
    """
    _check_user_name(person.email)
    _check_length(person.first_name)
    _check_length(person.last_name or person.first_name)
    contact = Contact.objects.create(
        organisation=organisation, first_name=person.first_name, last_name=person.last_name, email=person.email
    )
    login = Login(
        organisation=organisation,
        contact=contact,
        user_name=person.email,
        email=person.email,
        language=organisation.language,
        time_zone=organisation.time_zone,
    )
    login.set_unusable_password()
    login.save()
    owner = organisation.user_types.get(slug=OWNER, built_in=True)
    Assignment.objects.create(login=login, user_type=owner)
    record(verb=Verb.CONTACT_CREATE, by=by, organisation_id=organisation.pk, subject=contact.reference)
    record(
        verb=Verb.LOGIN_CREATE, by=by, organisation_id=organisation.pk, subject=login.reference, owner=login.reference,
        details={"user_type": owner.name, "department": None},
    )  # fmt: skip
    return login


@transaction.atomic
def set_basic(*, organisation: Organisation, allowed: bool, by: Actor) -> bool:
    """Let programs give user name and password on report addresses, or no longer. False when nothing changed."""
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if held.basic_allowed == allowed:
        return False
    held.basic_allowed = allowed
    held.save(update_fields=["basic_allowed"])
    record(
        verb=Verb.ORGANISATION_UPDATE, by=by, organisation_id=held.pk, subject=held.reference,
        details={"before": {"basic_allowed": not allowed}, "after": {"basic_allowed": allowed}},
    )  # fmt: skip
    return True


def _check_length(name: str) -> None:
    if not 0 < len(name) <= NAME_LENGTH:
        raise Refused("name_length", _("A name has 1 to %(most)d characters.") % {"most": NAME_LENGTH})


def _check_user_name(email: str) -> None:
    try:
        validate_email(email)
        Login._meta.get_field("user_name").run_validators(email)
    except ValidationError:
        raise Refused("email_invalid", _("%(email)s is no mail address.") % {"email": email}) from None
    if Login.objects.filter(user_name__iexact=email).exists():
        raise Refused("user_name_taken", _("%(email)s is somebody's user name already.") % {"email": email})


def suspend_organisation(*, organisation: Organisation, by: Actor) -> bool:
    """Stop every sign-in and every token of the organisation, at once. False when it was suspended already.

    Sessions end for good; tokens work again when it is resumed.
    """
    return _set_suspended(organisation, suspended=True, by=by)


def resume_organisation(*, organisation: Organisation, by: Actor) -> bool:
    """Let the organisation's sign-ins and tokens work again. False when it was not suspended."""
    return _set_suspended(organisation, suspended=False, by=by)


@transaction.atomic
def _set_suspended(organisation: Organisation, *, suspended: bool, by: Actor) -> bool:
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    if (held.suspended_at is not None) == suspended:
        return False
    held.suspended_at = timezone.now() if suspended else None
    held.save(update_fields=["suspended_at"])
    verb = Verb.ORGANISATION_SUSPEND if suspended else Verb.ORGANISATION_RESUME
    record(verb=verb, by=by, organisation_id=held.pk, subject=held.reference)
    of_it = Login.objects.filter(organisation=held)
    sign_out_everywhere(logins=of_it, organisation_id=held.pk, how=How.SUSPENDED, by=by)
    return True

"""Makes the demonstration in an empty database: organisations, people, tokens and their history."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.actions.organisations import add_built_in_user_types
from accounts.models import Assignment, Contact, Department, Login, Organisation, UserType
from accounts.pairs import Pair, encode
from accounts.permissions import GENERAL_USER
from audit.actions import record_demonstration
from tokens.actions.mobile import ACCESS_LIFE, SESSION_LIFE
from tokens.demo import people
from tokens.demo.access_tokens import OTHER_TOKENS, TOKENS, TokenPlan
from tokens.demo.history import History
from tokens.demo.people import Account, Person
from tokens.demo.phones import PHONES, PhonePlan
from tokens.demo.rhythms import moment
from tokens.expiry import end_of
from tokens.models import AccessToken, MobileSession, name_key

SEED = 2026


@dataclass(slots=True)
class Made:
    """One organisation of the demonstration while it is being made."""

    organisation: Organisation
    now: datetime
    history: History
    departments: dict[str, Department] = field(default_factory=dict)
    user_types: dict[str, UserType] = field(default_factory=dict)
    logins: dict[str, Login] = field(default_factory=dict)

    @property
    def administrator(self) -> Login:
        return next(iter(self.logins.values()))


@transaction.atomic
def make_demonstration(*, password: str, now: datetime) -> None:
    """Everything at once or nothing. Raises ``audit.actions.LedgerNotEmpty`` where anything has happened already."""
    random, hashed = Random(SEED), make_password(password)  # noqa: S311  # made-up events, not secrets
    entries = []
    for name, persons, plans in (
        (people.ORGANISATION, people.PEOPLE, TOKENS),
        (people.OTHER_ORGANISATION, people.OTHER_PEOPLE, OTHER_TOKENS),
    ):
        made = _organisation(name, persons, now, random)
        _places(made)
        _people(made, persons, hashed)
        _tokens(made, plans)
        _phones(made)
        entries += made.history.entries
    record_demonstration(entries)


def _organisation(name: str, persons: Sequence[Person], now: datetime, random: Random) -> Made:
    founded = moment(f"{max(person.since for person in persons)}d 08:00", now)
    organisation = Organisation.objects.create(name=name, time_zone=people.TIME_ZONE, created_at=founded)
    made = Made(organisation, now, History(organisation, now, random))
    made.user_types = {user_type.slug: user_type for user_type in add_built_in_user_types(organisation)}
    return made


def _places(made: Made) -> None:
    """The departments and the user types of its own, of the first organisation alone."""
    if made.organisation.name != people.ORGANISATION:
        return
    for path in people.DEPARTMENTS:
        above, _mark, name = path.rpartition(" › ")
        parent = made.departments.get(above)
        made.departments[path] = Department.objects.create(organisation=made.organisation, name=name, parent=parent)
    for slug, type_name, permissions in people.USER_TYPES:
        made.user_types[slug] = UserType.objects.create(
            organisation=made.organisation, slug=slug, name=type_name, permissions=sorted(permissions)
        )


def _people(made: Made, persons: Sequence[Person], hashed: str) -> None:
    for person in persons:
        joined = moment(f"{person.since}d 09:10", made.now)
        contact = Contact.objects.create(
            organisation=made.organisation, first_name=person.first, last_name=person.last,
            email=person.email, phone=person.phone, created_at=joined,
        )  # fmt: skip
        for account in person.logins:
            made.logins[account.user_name] = _login(made, contact, account, hashed)
        made.history.joined(contact, made.administrator)
        for account in person.logins:
            login, user_type = made.logins[account.user_name], made.user_types[account.user_type]
            made.history.given_login(login, account, user_type, made.administrator)
            login.save(update_fields=["last_login"])
    own_types = [user_type for user_type in made.user_types.values() if not user_type.built_in]
    made.history.founded(made.administrator, list(made.departments.values()), own_types)


def _login(made: Made, contact: Contact, account: Account, hashed: str) -> Login:
    has_password = not (account.service or account.sso)
    login: Login = Login.objects.create(
        organisation=made.organisation, contact=contact, user_name=account.user_name,
        email="" if account.service else contact.email,
        password=hashed if has_password else make_password(None),
        is_service=account.service, is_sso=account.sso, enabled=not account.disabled_since,
        must_change_password=account.must_change_password, password_changed_at=contact.created_at,
        expires_at=None if account.ends is None else made.now + timedelta(days=account.ends),
        has_personal_role=account.personal, has_admin_role=account.admin,
        language=account.language, time_zone=account.time_zone, created_at=contact.created_at,
    )  # fmt: skip
    user_type = made.user_types[account.user_type]
    Assignment.objects.bulk_create(
        Assignment(login=login, user_type=user_type, department=made.departments.get(path))
        for path in account.departments or ("",)
    )
    return login


def _tokens(made: Made, plans: Sequence[TokenPlan]) -> None:
    tokens = []
    for plan in plans:
        token = _token(made, plan, made.logins[plan.owner])
        revoker = made.logins.get(plan.revoked_by, made.administrator)
        made.history.lived(token, plan, revoker, made.administrator)
        tokens.append(token)
    AccessToken.objects.bulk_create(tokens)


def _token(made: Made, plan: TokenPlan, owner: Login) -> AccessToken:
    """Its row. Nobody has the JWT: the digest is of random bytes."""
    token = AccessToken(
        owner=owner, name=plan.name, name_key=name_key(plan.name), description=plan.description,
        expiry_choice=plan.expiry, scopes=plan.scopes, created_at=moment(plan.created, made.now),
        created_by_label=owner.label,
    )  # fmt: skip
    if plan.ends is not None:
        token.expiry_date = (made.now + timedelta(days=plan.ends)).date()
    if plan.department:
        general_user = made.user_types[GENERAL_USER]
        token.restriction = encode([Pair(general_user.pk, made.departments[plan.department].pk)])
    if plan.generated:
        token.digest = secrets.token_bytes(32)
        token.generated_at = moment(plan.generated[-1], made.now)
        token.expires_at = end_of(
            plan.expiry, token.expiry_date, now=token.generated_at, zone=ZoneInfo(owner.time_zone)
        )
        token.current_scopes, token.current_restriction = token.scopes, token.restriction
    if plan.revoked:
        token.revoked_at = moment(plan.revoked, made.now)
    told = (plan.created, *plan.generated, plan.edited, plan.revoked)
    token.updated_at = max(moment(when, made.now) for when in told if when)
    return token


def _phones(made: Made) -> None:
    """Who is signed in on mobile devices, in the first organisation alone."""
    sessions = [_phone(made, plan, made.logins[plan.owner]) for plan in PHONES if plan.owner in made.logins]
    MobileSession.objects.bulk_create(sessions)


def _phone(made: Made, plan: PhonePlan, owner: Login) -> MobileSession:
    """Its row. Nobody has the JWTs: the digests are of random bytes."""
    began, active = moment(plan.began, made.now), moment(plan.active, made.now)
    chosen = [
        assignment.pair
        for assignment in owner.assignments_now
        if plan.department and assignment.department == made.departments[plan.department]
    ]
    session = MobileSession(
        login=owner, device=plan.device, restriction=encode(chosen) or "|",
        access_digest=secrets.token_bytes(32), access_expires_at=min(active + ACCESS_LIFE, made.now),
        refresh_digest=secrets.token_bytes(32), created_at=began, last_active_at=active,
        expires_at=began + SESSION_LIFE,
    )  # fmt: skip
    made.history.signed_in_on(session, [plan.department] if chosen else [])
    return session

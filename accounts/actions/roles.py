"""Giving and taking token roles and user types. Each acts at once, on the person's very next request or call."""

from collections.abc import Iterable

from django.db import transaction

from accounts.actions.locks import locked
from accounts.managers import check, manager_of
from accounts.models import Assignment, Login, UserType
from accounts.placing import assignments_in_words
from accounts.roles import TokenRole
from accounts.rules.logins import (
    against_adding,
    against_granting,
    against_setting_type,
    departments_with_type,
    has_exactly_type,
    holds_role,
    roles_lost_with_type,
)
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

FIELDS = {TokenRole.PERSONAL: "has_personal_role", TokenRole.ADMIN: "has_admin_role"}
ADDED = {TokenRole.PERSONAL: Verb.ROLE_ADD_PERSONAL, TokenRole.ADMIN: Verb.ROLE_ADD_ADMIN}
REMOVED = {TokenRole.PERSONAL: Verb.ROLE_REMOVE_PERSONAL, TokenRole.ADMIN: Verb.ROLE_REMOVE_ADMIN}


@transaction.atomic
def add_role(*, login: Login, role: TokenRole, by: Actor) -> Login:
    """Give a token role. A role that is held already stays, without a second entry.

    Raises ``Refused`` for a View Only login, and the Admin role for anyone but a System Administrator who signs in.
    """
    login = locked(login)
    check(against_granting(manager_of(by), login), against_adding(login, role))
    if not holds_role(login, role):
        _set_role(login, role, held=True, by=by)
    return login


@transaction.atomic
def remove_role(*, login: Login, role: TokenRole, by: Actor) -> Login:
    """Take a token role. Without the Personal role the login's tokens stop on their next call.

    Raises ``Refused``, as all of these, when whoever asks is no System Administrator any more.
    """
    login = locked(login)
    check(against_granting(manager_of(by), login))
    if holds_role(login, role):
        _set_role(login, role, held=False, by=by)
    return login


@transaction.atomic
def set_user_type(*, login: Login, slug: str, by: Actor) -> Login:
    """Replace all assignments: the whole organisation for System Administrator, else the same departments.

    Token roles that the new type may not hold end in the same transaction, each with its own entry.
    Raises ``Refused`` when the organisation would be left without a System Administrator.
    """
    login = locked(login)
    user_type = login.organisation.user_types.get(slug=slug)
    if has_exactly_type(login, slug):
        return login
    check(against_setting_type(login, slug), against_granting(manager_of(by), login))
    before, lost = assignments_in_words(login), roles_lost_with_type(login, slug)
    _replace_assignments(login, user_type)
    record(
        verb=Verb.LOGIN_SET_TYPE,
        by=by,
        organisation_id=login.organisation_id,
        subject=login.reference,
        details={"before": before, "after": assignments_in_words(login)},
    )
    end_roles(login=login, roles=lost, by=by)
    return login


def end_roles(*, login: Login, roles: Iterable[TokenRole], by: Actor) -> None:
    """Part of a change of user types, whose transaction it is in: take the token roles that these may not hold."""
    for role in roles:
        _set_role(login, role, held=False, by=by, because="user_type")


def _set_role(login: Login, role: TokenRole, *, held: bool, by: Actor, because: str = "") -> None:
    setattr(login, FIELDS[role], held)
    login.save(update_fields=[FIELDS[role]])
    record(
        verb=(ADDED if held else REMOVED)[role],
        by=by,
        reason=because,
        organisation_id=login.organisation_id,
        subject=login.reference,
        details={"before": not held, "after": held},
    )


def _replace_assignments(login: Login, user_type: UserType) -> None:
    departments = departments_with_type(login, user_type.slug)
    login.assignments.all().delete()
    Assignment.objects.bulk_create(
        Assignment(login=login, user_type=user_type, department=department) for department in departments
    )
    del login.assignments_now

"""Creating, changing and deleting user types. A change acts at once, on the next page and the next call."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils.text import slugify

from accounts.actions.locks import hold
from accounts.exceptions import Conflict
from accounts.managers import manager_of
from accounts.models import Organisation, UserType
from accounts.rules.places import (
    against_changing_user_type,
    against_deleting_user_type,
    against_permissions,
    against_user_type_name,
    tidy,
)
from accounts.versions import changed_meanwhile, check_version
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

SLUG_LENGTH = 30  # so that a role id, which begins with the tenant id, fits into an entry
NOT_SLUGS = {"create"}  # the address of a page of its own


def state_of(user_type: UserType) -> dict[str, Any]:
    """What of a user type can be changed, for ``accounts.versions`` and the ledger."""
    return {"name": user_type.name, "permissions": sorted(user_type.permissions)}


@transaction.atomic
def create_user_type(*, organisation: Organisation, name: str, permissions: Iterable[str], by: Actor) -> UserType:
    """Make a user type, whose role id comes of the name and stays. Raises ``Refused`` for name or permissions."""
    hold(organisation.pk)
    name, names = tidy(name), frozenset(permissions)
    refusal = against_user_type_name(organisation.pk, name)
    if refusal := refusal or against_permissions(names, manager_of(by), held=frozenset()):
        raise refusal
    user_type = UserType.objects.create(
        organisation=organisation, slug=free_slug(organisation.pk, name), name=name, permissions=sorted(names)
    )
    _record(Verb.USER_TYPE_CREATE, user_type, by, state_of(user_type))
    return user_type


@transaction.atomic
def edit_user_type(*, user_type: UserType, name: str, permissions: Iterable[str], version: str, by: Actor) -> UserType:
    """Change name and permissions; the role id stays.

    Raises ``Conflict`` when it is no longer as ``version`` says, ``Refused`` for a built-in one, a name that is taken
    and permissions that the giver cannot give.
    """
    user_type, name, names = _held(user_type), tidy(name), frozenset(permissions)
    held = frozenset(user_type.permissions)
    before = state_of(user_type)
    refusal = against_changing_user_type(user_type)
    refusal = refusal or against_user_type_name(user_type.organisation_id, name, user_type=user_type)
    if refusal := refusal or against_permissions(names, manager_of(by), held=held):
        raise refusal
    check_version(version, before, organisation_id=user_type.organisation_id, subject=user_type.reference)
    user_type.name, user_type.permissions = name, sorted(names)
    after = state_of(user_type)
    changed = [field for field in after if after[field] != before[field]]
    if not changed:
        return user_type
    user_type.save(update_fields=changed)
    details = {
        "before": {field: before[field] for field in changed},
        "after": {field: after[field] for field in changed},
    }
    _record(Verb.USER_TYPE_UPDATE, user_type, by, details)
    return user_type


@transaction.atomic
def delete_user_type(*, user_type: UserType, by: Actor) -> None:
    """Delete one that nobody has. Raises ``Refused`` for a built-in one and while somebody is assigned to it."""
    user_type = _held(user_type)
    if refusal := against_deleting_user_type(user_type):
        raise refusal
    _record(Verb.USER_TYPE_DELETE, user_type, by, state_of(user_type))
    user_type.delete()


def free_slug(organisation_id: int, name: str) -> str:
    """A slug made of the name that no user type of the organisation has."""
    wanted = slugify(name)[:SLUG_LENGTH].strip("-") or "user-type"
    taken = NOT_SLUGS | {*UserType.objects.filter(organisation_id=organisation_id).values_list("slug", flat=True)}
    slug, number = wanted, 1
    while slug in taken:
        number += 1
        slug = f"{wanted[: SLUG_LENGTH - 5]}-{number}"
    return slug


def _held(user_type: UserType) -> UserType:
    """The user type as it is now, held until the transaction ends. Raises ``Conflict`` when it is gone."""
    hold(user_type.organisation_id)
    held = UserType.objects.filter(pk=user_type.pk).first()
    if held is None:
        raise Conflict("gone", changed_meanwhile(user_type.organisation_id, user_type.reference))
    return held


def _record(verb: Verb, user_type: UserType, by: Actor, details: dict[str, Any]) -> None:
    record(verb=verb, by=by, organisation_id=user_type.organisation_id, subject=user_type.reference, details=details)

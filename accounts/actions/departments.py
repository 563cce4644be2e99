"""Creating, renaming, moving and deleting departments. Each acts at once on what people and tokens reach."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.locks import hold
from accounts.exceptions import Conflict, Refused
from accounts.models import Department, Organisation
from accounts.reach import Ground
from accounts.rules.places import (
    against_deleting_department,
    against_department_name,
    against_depth,
    against_moving,
    tidy,
)
from accounts.versions import changed_meanwhile, check_version
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


def state_of(department: Department) -> dict[str, Any]:
    """What of a department can be changed, for ``accounts.versions``."""
    return {"name": department.name, "parent": department.parent_id}


@transaction.atomic
def create_department(*, organisation: Organisation, name: str, parent: Department | None, by: Actor) -> Department:
    """Make a department, part of ``parent`` or (None) at the top. Raises ``Refused`` for its name or its depth."""
    hold(organisation.pk)
    parent_id, name = _existing(organisation.pk, parent), tidy(name)
    refusal = against_department_name(organisation.pk, name, parent_id=parent_id)
    if refusal := refusal or against_depth(Ground.of(organisation.pk), parent_id):
        raise refusal
    department = Department.objects.create(organisation=organisation, name=name, parent_id=parent_id)
    _record(Verb.DEPARTMENT_CREATE, department, by, {"name": name, "parent": _path(organisation.pk, parent_id)})
    return department


@transaction.atomic
def rename_department(*, department: Department, name: str, version: str, by: Actor) -> Department:
    """Give another name. Raises ``Conflict`` when it is no longer as ``version`` says, ``Refused`` for the name."""
    department, name = _held(department), tidy(name)
    _check(department, version)
    if name == department.name:
        return department
    if refusal := against_department_name(
        department.organisation_id, name, parent_id=department.parent_id, department=department
    ):
        raise refusal
    before, department.name = department.name, name
    department.save(update_fields=["name"])
    _record(Verb.DEPARTMENT_UPDATE, department, by, {"before": {"name": before}, "after": {"name": name}})
    return department


@transaction.atomic
def move_department(*, department: Department, parent: Department | None, version: str, by: Actor) -> Department:
    """Make it, with all below it, part of another department, or put it at the top.

    Raises ``Conflict`` when it is no longer as ``version`` says, ``Refused`` for a place where it cannot be.
    """
    department = _held(department)
    organisation_id = department.organisation_id
    _check(department, version)
    parent_id = _existing(organisation_id, parent)
    if refusal := against_moving(Ground.of(organisation_id), department, parent):
        raise refusal
    before = _path(organisation_id, department.parent_id)
    department.parent_id = parent_id
    department.save(update_fields=["parent"])
    after = _path(organisation_id, parent_id)
    _record(Verb.DEPARTMENT_UPDATE, department, by, {"before": {"parent": before}, "after": {"parent": after}})
    return department


@transaction.atomic
def delete_department(*, department: Department, by: Actor) -> None:
    """Delete one that is empty. Raises ``Refused`` while a department is part of it or somebody assigned to it."""
    department = _held(department)
    if refusal := against_deleting_department(department):
        raise refusal
    parent = _path(department.organisation_id, department.parent_id)
    _record(Verb.DEPARTMENT_DELETE, department, by, {"name": department.name, "parent": parent})
    department.delete()


def _held(department: Department) -> Department:
    """The department as it is now, held until the transaction ends: of two moves the second sees what the first did.

    Raises ``Conflict`` when it is gone.
    """
    hold(department.organisation_id)
    held = Department.objects.filter(pk=department.pk).first()
    if held is None:
        raise Conflict("gone", changed_meanwhile(department.organisation_id, department.reference))
    return held


def _check(department: Department, version: str) -> None:
    check_version(
        version,
        state_of(department),
        organisation_id=department.organisation_id,
        subject=department.reference,
    )


def _existing(organisation_id: int, parent: Department | None) -> int | None:
    """The key of the department to be part of. Raises ``Refused`` when it was deleted meanwhile."""
    if parent is None:
        return None
    if not Department.objects.filter(pk=parent.pk, organisation_id=organisation_id).exists():
        raise Refused("parent", _("%(name)s was deleted meanwhile. Choose another place.") % {"name": parent.name})
    return parent.pk


def _path(organisation_id: int, department_id: int | None) -> str | None:
    """The path of names as the ledger keeps it; None for the top."""
    return Department.objects.paths(organisation_id)[department_id] if department_id is not None else None


def _record(verb: Verb, department: Department, by: Actor, details: dict[str, Any]) -> None:
    record(verb=verb, by=by, organisation_id=department.organisation_id, subject=department.reference, details=details)

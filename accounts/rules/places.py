"""What departments and user types may be named, hold and become: one function per rule, asked by pages and actions.

A rule answers with the refusal that an action would raise, or with None. Its message is shown as it is.
"""

import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.exceptions import Refused
from accounts.models import Assignment, Department, Login, UserType
from accounts.permissions import ADMINISTRATOR_ONLY, Permission
from accounts.reach import Ground

NAME_LENGTH = 100
DEEPEST = 12  # levels of departments
SEPARATORS = "›>"  # between the names of a path, on pages and in reports
INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # Unicode's categories of what nobody sees


def tidy(name: str) -> str:
    """A name without blanks around it and without repeated ones."""
    return " ".join(name.split())


def against_name(name: str) -> Refused | None:
    """What holds for the name of any place, user type or organisation, after ``tidy``."""
    if not name:
        return Refused("name", _("Give it a name."))
    if len(name) > NAME_LENGTH:
        return Refused("name", _("A name has at most %(most)d characters.") % {"most": NAME_LENGTH})
    if any(unicodedata.category(character) in INVISIBLE for character in name):
        return Refused("name", _("A name has no invisible characters."))
    return None


def against_department_name(
    organisation_id: int, name: str, *, parent_id: int | None, department: Department | None = None
) -> Refused | None:
    """Unique among the departments beside it, ignoring case. ``department`` is the one that gets the name."""
    if refusal := against_name(name):
        return refusal
    if any(sign in name for sign in SEPARATORS):
        return Refused("name", _("The name of a department has neither › nor >: these stand between names of a path."))
    beside = Department.objects.filter(organisation_id=organisation_id, parent_id=parent_id)
    others = beside.exclude(pk=department.pk) if department else beside
    if is_taken(name, others.values_list("name", flat=True)):
        return Refused("name_taken", _("There is a department named %(name)s in the same place.") % {"name": name})
    return None


def is_taken(name: str, others: Iterable[str]) -> bool:
    """Whether one of the names is the same but for case, in any alphabet."""
    return name.casefold() in {other.casefold() for other in others}


def against_depth(ground: Ground, parent_id: int | None, *, levels: int = 1) -> Refused | None:
    """``levels`` is how many levels would come below the parent."""
    if len(ground.above(parent_id)) + levels <= DEEPEST:
        return None
    return Refused("too_deep", _("Departments have at most %(most)d levels.") % {"most": DEEPEST})


def against_moving(ground: Ground, department: Department, parent: Department | None) -> Refused | None:
    """Neither below itself nor beside a department of its name, and not too deep."""
    parent_id = parent.pk if parent else None
    if parent_id == department.parent_id:
        return Refused("same_place", _("It is there already. Choose another place."))
    if department.pk in ground.above(parent_id):
        return Refused("below_itself", _("A department cannot be part of itself or of one below it."))
    return against_depth(ground, parent_id, levels=ground.height(department.pk)) or against_department_name(
        department.organisation_id, department.name, parent_id=parent_id, department=department
    )


def against_deleting_department(department: Department) -> Refused | None:
    """Only when nothing is in it: no department, and nobody."""
    if below := department.children.count():
        words = ngettext(
            "%(count)d department is part of it",
            "%(count)d departments are part of it",
            below,
        )
        return Refused("has_children", words % {"count": below})
    return against_holders(Login.objects.filter(assignments__department=department).distinct().count())


def against_holders(count: int) -> Refused | None:
    """A department or user type that somebody is assigned to stays."""
    if not count:
        return None
    words = ngettext(
        "%(count)d login is assigned to it",
        "%(count)d logins are assigned to it",
        count,
    )
    return Refused("assigned", words % {"count": count})


def against_changing_user_type(user_type: UserType) -> Refused | None:
    if user_type.built_in:
        return Refused("built_in", _("Built-in user types are fixed"))
    return None


def against_deleting_user_type(user_type: UserType) -> Refused | None:
    if user_type.built_in:
        return Refused("built_in", _("Built-in user types stay"))
    return against_holders(Assignment.objects.filter(user_type=user_type).values("login").distinct().count())


def against_user_type_name(organisation_id: int, name: str, *, user_type: UserType | None = None) -> Refused | None:
    """Unique in the organisation, ignoring case. ``user_type`` is the one that gets the name."""
    if refusal := against_name(name):
        return refusal
    types = UserType.objects.filter(organisation_id=organisation_id)
    others = types.exclude(pk=user_type.pk) if user_type else types
    if is_taken(name, others.values_list("name", flat=True)):
        return Refused("name_taken", _("There is a user type named %(name)s already.") % {"name": name})
    return None


def against_including(permission: Permission, giver: Login | None, *, held: bool = False) -> Refused | None:
    """Nobody gives more than they have themselves in the whole organisation; what a user type ``held`` may stay.

    ``giver`` is None for the operator, who may give whatever a user type can have.
    """
    if permission in ADMINISTRATOR_ONLY:
        return Refused("administrator_only", _("Belongs to System Administrators alone"))
    if held or giver is None or giver.departments_where(permission) is None:
        return None
    return Refused("not_held", _("You do not have it for the whole organisation yourself"))


def against_permissions(names: frozenset[str], giver: Login | None, *, held: frozenset[str]) -> Refused | None:
    """``held`` is what the user type included before."""
    if not names:
        return Refused("permissions", _("Choose at least one permission."))
    if not names <= {*Permission.values}:
        return Refused("permissions", _("There is no such permission."))
    for permission in map(Permission, sorted(names)):
        if refusal := against_including(permission, giver, held=permission.value in held):
            words = {"permission": permission.label, "reason": refusal.message}
            return Refused("permissions", _("%(permission)s: %(reason)s.") % words)
    return None

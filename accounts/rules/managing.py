"""Who may manage which contacts and logins: nobody gives what they do not have, nor rises by taking a login over.

A rule answers with the refusal it would raise, or with None. Without a manager it is the operator who acts, and may.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.models import Contact, Department, Login, UserType
from accounts.permissions import Permission


def may_manage_all(manager: Login | None) -> bool:
    """Whether the right to manage contacts and logins holds in the whole organisation."""
    return manager is None or Permission.CONTACT_MANAGE in manager.rights[None]


def may_grant(manager: Login | None) -> bool:
    """System Administrators: they give every user type and the token roles."""
    return manager is None or Permission.ROLE_GRANT in manager.rights[None]


def against_creating_contact(manager: Login | None) -> Refused | None:
    """A contact without a login belongs to no department."""
    if may_manage_all(manager):
        return None
    return Refused("not_allowed", _("Only who manages the whole organisation creates contacts without a login."))


def against_assigning(manager: Login | None, user_type: UserType, department: Department | None) -> Refused | None:
    """Why the manager may not give the user type in the department (None: the whole organisation)."""
    if user_type.is_owner and department is not None:
        return Refused("assignments", _("A System Administrator is one for the whole organisation."))
    return against_taking(manager, user_type, department)


def against_taking(manager: Login | None, user_type: UserType, department: Department | None) -> Refused | None:
    """Why the manager may not take the user type away: only who could give it may."""
    if manager is None or may_grant(manager):
        return None
    held = manager.rights[None]
    if department is not None:
        held |= manager.rights.get(department.pk, frozenset())
    if Permission.CONTACT_MANAGE not in held:
        return Refused("assignments", _("You do not manage logins there."))
    if not user_type.granted <= held:
        words = _("You cannot give or take %(user_type)s: it may do more than you.")
        return Refused("assignments", words % {"user_type": user_type.label})
    return None


def against_managing(manager: Login | None, login: Login) -> Refused | None:
    """A login is managed by those of its organisation who could give all that it has."""
    if manager is None:
        return None
    if login.organisation_id != manager.organisation_id:
        return Refused("not_allowed", _("Belongs to no department of yours"))
    if may_grant(manager):
        return None
    held = login.assignments_now
    if login.has_admin_role or any(against_taking(manager, item.user_type, item.department) for item in held):
        return Refused("not_allowed", _("Has rights that you cannot give"))
    if not held and not may_manage_all(manager):
        return Refused("not_allowed", _("Belongs to no department of yours"))
    return None


def against_managing_contact(manager: Login | None, contact: Contact, logins: Iterable[Login]) -> Refused | None:
    """A contact is managed by those who manage all its logins; without a login by those of the whole organisation."""
    if manager is None:
        return None
    if contact.organisation_id != manager.organisation_id:
        return Refused("not_allowed", _("Belongs to no department of yours"))
    if may_grant(manager):
        return None
    found = list(logins)
    refusals = (against_managing(manager, login) for login in found)
    if refusal := next((refusal for refusal in refusals if refusal), None):
        return refusal
    if not found and not may_manage_all(manager):
        return Refused("not_allowed", _("Belongs to no department of yours"))
    return None

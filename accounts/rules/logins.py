"""Who may have which token role and user type: one function per rule, asked by menus, pages, actions and the API.

A rule answers with the refusal it would raise, or with None. Its message is short: a menu shows it beside the entry.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.models import Department, Login, UserType
from accounts.permissions import OWNER, VIEW_ONLY, Permission
from accounts.roles import TokenRole


def holds_role(login: Login, role: TokenRole) -> bool:
    return login.has_personal_role if role is TokenRole.PERSONAL else login.has_admin_role


def against_granting(giver: Login | None, login: Login) -> Refused | None:
    """Token roles, and user types by "Set as …", are given and taken by the organisation's System Administrators.

    None is the operator.
    """
    if giver is None:
        return None
    if giver.organisation_id == login.organisation_id and Permission.ROLE_GRANT in giver.rights[None]:
        return None
    return Refused("not_allowed", _("Only for a System Administrator"))


def against_stopping(stopper: Login | None, login: Login) -> Refused | None:
    """All tokens of a login are stopped, and started again, by System Administrators and by itself."""
    if stopper is not None and stopper.pk == login.pk:
        return None
    return against_granting(stopper, login)


def against_adding(login: Login, role: TokenRole) -> Refused | None:
    """View Only logins hold no token role; the Admin role is for System Administrators who sign in themselves."""
    if role is TokenRole.ADMIN and not login.is_system_administrator:
        return Refused("not_system_administrator", _("Only for a System Administrator"))
    if role is TokenRole.ADMIN and login.is_service:
        return Refused("service_login", _("Not for a service login"))
    if login.is_view_only:
        return Refused("view_only", _("View Only logins hold no token role"))
    return None


def against_setting_type(login: Login, slug: str) -> Refused | None:
    return against_losing(login) if slug != OWNER else None


def against_disabling(login: Login, by_id: str) -> Refused | None:
    """``by_id`` is the public id of the person who asks."""
    if login.public_id == by_id:
        return Refused("own_login", _("Nobody disables their own login"))
    return against_losing(login)


def against_deleting(login: Login, by_id: str) -> Refused | None:
    if login.public_id == by_id:
        return Refused("own_login", _("Nobody deletes their own login"))
    return against_losing(login)


def against_signing_out(login: Login, by_id: str) -> Refused | None:
    """Administrators end the sessions of others; one's own have their place, where this one stays open."""
    return Refused("own_login", _("Your own are under Personal")) if login.public_id == by_id else None


def against_expiring(login: Login, moment: datetime | None, by_id: str) -> Refused | None:
    """An end of one's own login, or of the last System Administrator's, would shut everybody out one day."""
    if moment is None or moment == login.expires_at:
        return None
    if login.public_id == by_id:
        return Refused("expires_on", _("Nobody sets the end of their own login."))
    if not login.is_system_administrator or login.is_service:
        return None
    others = Login.objects.can_grant_roles(login.organisation_id).exclude(pk=login.pk)
    if others.filter(Q(expires_at=None) | Q(expires_at__gt=moment)).exists():
        return None
    return Refused("expires_on", _("The last System Administrator stays: nobody else would be one after this day."))


def against_setting_sso(login: Login, by_id: str) -> Refused | None:
    """Setting a login as SSO ends its password: nobody does it to themselves, nor to the last who has one."""
    if login.is_service:
        return Refused("service_login", _("Not for a service login"))
    if login.public_id == by_id:
        return Refused("own_login", _("Not for your own login"))
    if login.is_system_administrator and not login.is_sso:
        others = Login.objects.can_grant_roles(login.organisation_id).exclude(pk=login.pk).filter(is_sso=False)
        if not others.exists():
            return Refused("last_system_administrator", _("The last System Administrator with a password stays"))
    return None


def against_losing(login: Login) -> Refused | None:
    """The last System Administrator stays: without one nobody could ever give a right again."""
    if is_last_system_administrator(login):
        return Refused("last_system_administrator", _("The last System Administrator stays"))
    return None


def is_last_system_administrator(login: Login) -> bool:
    """Whether no other System Administrator of the organisation could sign in. True alone for one who can."""
    if not login.is_system_administrator or login.is_service or not login.is_active:
        return False
    return not Login.objects.can_grant_roles(login.organisation_id).exclude(pk=login.pk).exists()


def departments_with_type(login: Login, slug: str) -> list[Department | None]:
    """Where the login would have the user type: System Administrators everywhere, else the departments it has now."""
    if slug == OWNER or not login.assignments_now:
        return [None]
    return list({assignment.department_id: assignment.department for assignment in login.assignments_now}.values())


def has_exactly_type(login: Login, slug: str) -> bool:
    """Whether setting the user type would change nothing."""
    now = {(assignment.user_type.slug, assignment.department_id) for assignment in login.assignments_now}
    return now == {(slug, place.pk if place else None) for place in departments_with_type(login, slug)}


def roles_lost_with_type(login: Login, slug: str) -> list[TokenRole]:
    """The token roles that end when the login gets the user type alone."""
    return roles_lost(login, view_only=slug == VIEW_ONLY, owner=slug == OWNER)


def roles_lost_with(login: Login, user_types: Iterable[UserType]) -> list[TokenRole]:
    """The token roles that end when the login's assignments are of these user types."""
    types = list(user_types)
    return roles_lost(
        login,
        view_only=all(user_type.built_in and user_type.slug == VIEW_ONLY for user_type in types),
        owner=any(user_type.is_owner for user_type in types),
    )


def roles_lost(login: Login, *, view_only: bool, owner: bool) -> list[TokenRole]:
    lost = {
        TokenRole.PERSONAL: view_only and login.has_personal_role,
        TokenRole.ADMIN: not owner and login.has_admin_role,
    }
    return [role for role, ends in lost.items() if ends]

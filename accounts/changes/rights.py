"""Token roles and user types: what a System Administrator gives to a login and takes from it."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.actions import roles
from accounts.changes.base import Change
from accounts.consequences import Standing
from accounts.exceptions import Refused
from accounts.models import Department, Login
from accounts.pairs import Pair
from accounts.permissions import GENERAL_USER, OWNER, VIEW_ONLY, Permission
from accounts.roles import TokenRole
from accounts.rules import logins as rules
from audit.actor import Actor
from audit.grids.words import Text


@dataclass(frozen=True, kw_only=True)
class AddRole(Change):
    role: TokenRole

    def act(self, login: Login, by: Actor) -> Login:
        return roles.add_role(login=login, role=self.role, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        if rules.holds_role(login, self.role):
            return _("held now")
        return rules.against_adding(login, self.role)

    def told(self, login: Login) -> str:
        if self.role is TokenRole.PERSONAL and not login.holds(Permission.TOKEN_CREATE):
            tells = _(
                "%(name)s may hold own tokens; creating them needs a user type that includes it. It acts at once."
            )
            return tells % {"name": login.label}
        return super().told(login)

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, personal=True) if self.role is TokenRole.PERSONAL else now


@dataclass(frozen=True, kw_only=True)
class RemoveRole(Change):
    role: TokenRole

    def act(self, login: Login, by: Actor) -> Login:
        return roles.remove_role(login=login, role=self.role, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return None if rules.holds_role(login, self.role) else _("not held")

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, personal=False) if self.role is TokenRole.PERSONAL else now


@dataclass(frozen=True, kw_only=True)
class SetType(Change):
    slug: str
    tells: Text = ""

    def act(self, login: Login, by: Actor) -> Login:
        return roles.set_user_type(login=login, slug=self.slug, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        if rules.has_exactly_type(login, self.slug):
            return _("already so")
        return rules.against_setting_type(login, self.slug)

    def after(self, login: Login, now: Standing) -> Standing:
        key = login.organisation.user_types.get(slug=self.slug).pk
        places = rules.departments_with_type(login, self.slug)
        pairs = frozenset(Pair(key, place.pk if place else None) for place in places)
        return replace(now, personal=now.personal and self.slug != VIEW_ONLY, pairs=pairs)

    def told(self, login: Login) -> str:
        """Where the user type will hold, and which token roles end with the old one."""
        paths = Department.objects.paths(login.organisation_id)
        departments = rules.departments_with_type(login, self.slug)
        places = ", ".join(paths[place.pk] if place else _("the whole organisation") for place in departments)
        ends = {
            TokenRole.PERSONAL: _("The Personal role for API tokens ends with it."),
            TokenRole.ADMIN: _("The Admin role for API tokens ends with it."),
        }
        lost = [ends[role] for role in rules.roles_lost_with_type(login, self.slug)]
        tells = _("%(name)s gets this user type for %(places)s; every other assignment ends. It acts at once.")
        return " ".join([tells % {"name": login.label, "places": places}, *lost])


SET_TYPE_OF_MANY = gettext_lazy(
    "They get this user type in the same departments; every other assignment ends, and so does a token role that it "
    "does not allow. It acts at once."
)

ADD_PERSONAL_ROLE = AddRole(
    name="accounts:add_personal_role",
    role=TokenRole.PERSONAL,
    label=gettext_lazy("Add Personal Role for API Tokens"),
    button=gettext_lazy("Add Personal Role"),
    icon="key-round",
    hint=gettext_lazy("May create and hold own tokens. Acts at once."),
    tells=gettext_lazy("%(name)s may create and hold own tokens. It acts at once: no need to sign out."),
    done=gettext_lazy("%(name)s has the Personal role for API tokens. It acts at once: no need to sign out."),
    tells_many=gettext_lazy("They may create and hold own tokens. It acts at once: no need to sign out."),
    done_many=ngettext_lazy(
        "%(count)d login has the Personal role now.", "%(count)d logins have the Personal role now.", "count"
    ),
)
REMOVE_PERSONAL_ROLE = RemoveRole(
    name="accounts:remove_personal_role",
    role=TokenRole.PERSONAL,
    label=gettext_lazy("Remove Personal Role for API Tokens"),
    button=gettext_lazy("Remove Personal Role"),
    icon="key-round",
    tells=gettext_lazy("%(name)s no longer sees or uses own tokens. They are kept, and work again with the role."),
    done=gettext_lazy("%(name)s no longer has the Personal role for API tokens. It acts at once."),
    tells_many=gettext_lazy("They no longer see or use own tokens, which are kept and work again with the role."),
    done_many=ngettext_lazy(
        "%(count)d login no longer has the Personal role.",
        "%(count)d logins no longer have the Personal role.",
        "count",
    ),
)
ADD_ADMIN_ROLE = AddRole(
    name="accounts:add_admin_role",
    role=TokenRole.ADMIN,
    label=gettext_lazy("Add Admin Role for API Tokens"),
    button=gettext_lazy("Add Admin Role"),
    icon="shield",
    tells=gettext_lazy("%(name)s sees and manages the tokens of every login of the organisation. It acts at once."),
    done=gettext_lazy("%(name)s has the Admin role for API tokens. It acts at once: no need to sign out."),
)
REMOVE_ADMIN_ROLE = RemoveRole(
    name="accounts:remove_admin_role",
    role=TokenRole.ADMIN,
    label=gettext_lazy("Remove Admin Role for API Tokens"),
    button=gettext_lazy("Remove Admin Role"),
    icon="shield",
    tells=gettext_lazy("%(name)s no longer manages the tokens of others. Own tokens stay as they are."),
    done=gettext_lazy("%(name)s no longer has the Admin role for API tokens. It acts at once."),
)
SET_AS_GENERAL_USER = SetType(
    name="accounts:set_as_general_user",
    slug=GENERAL_USER,
    label=gettext_lazy("Set as General User"),
    button=gettext_lazy("Set as General User"),
    icon="user",
    done=gettext_lazy("%(name)s is a General User. It acts at once."),
    tells_many=SET_TYPE_OF_MANY,
    done_many=ngettext_lazy(
        "%(count)d login is a General User now.", "%(count)d logins are General Users now.", "count"
    ),
)
SET_AS_VIEW_ONLY = SetType(
    name="accounts:set_as_view_only",
    slug=VIEW_ONLY,
    label=gettext_lazy("Set as View Only"),
    button=gettext_lazy("Set as View Only"),
    icon="eye",
    done=gettext_lazy("%(name)s is View Only and holds no token role. It acts at once."),
    tells_many=SET_TYPE_OF_MANY,
    done_many=ngettext_lazy("%(count)d login is View Only now.", "%(count)d logins are View Only now.", "count"),
)
SET_AS_SYSTEM_ADMINISTRATOR = SetType(
    name="accounts:set_as_system_administrator",
    slug=OWNER,
    label=gettext_lazy("Set as System Administrator"),
    button=gettext_lazy("Set as System Administrator"),
    icon="user-cog",
    done=gettext_lazy("%(name)s is a System Administrator. It acts at once."),
)
ROLE_CHANGES = (ADD_PERSONAL_ROLE, REMOVE_PERSONAL_ROLE, ADD_ADMIN_ROLE, REMOVE_ADMIN_ROLE)
TYPE_CHANGES = (SET_AS_GENERAL_USER, SET_AS_VIEW_ONLY, SET_AS_SYSTEM_ADMINISTRATOR)

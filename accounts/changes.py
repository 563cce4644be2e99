"""What a System Administrator can change of a login: the words, the rule and the action of each change."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts import rules
from accounts.actions import logins, roles
from accounts.consequences import Effect, Standing, effect
from accounts.models import Department, Login
from accounts.pairs import Pair
from accounts.permissions import GENERAL_USER, OWNER, VIEW_ONLY, Permission
from accounts.roles import TokenRole
from audit.actor import Actor
from audit.grids.words import Text


@dataclass(frozen=True, kw_only=True)
class Change(ABC):
    """One change: ``name`` is that of its address, ``tells`` says before what happens, ``done`` says it after.

    Both know ``%(name)s``, the person, and ``%(user_name)s``. ``danger`` puts it, in red, at the end of the menu.
    """

    name: str
    label: Text
    button: Text
    icon: str
    tells: Text
    done: Text
    hint: Text = ""
    danger: bool = False

    @abstractmethod
    def act(self, login: Login, by: Actor) -> Login:
        """Do it. Raises ``Refused`` when a rule forbids it."""

    @abstractmethod
    def against(self, login: Login, viewer: Login) -> str:
        """Why it cannot be done now, for menu and page; empty when it can."""

    @abstractmethod
    def after(self, login: Login, now: Standing) -> Standing:
        """What the login's tokens would stand on."""

    def effect(self, login: Login) -> Effect:
        return effect(login, self.after(login, Standing.of(login)))

    def told(self, login: Login) -> str:
        return str(self.tells) % {"name": login.label, "user_name": login.user_name}

    def done_text(self, login: Login, result: Effect) -> str:
        words = str(self.done) % {"name": login.label, "user_name": login.user_name}
        stopped = len(result.stops)
        if not stopped:
            return words
        return f"{words} {ngettext('%d token stopped.', '%d tokens stopped.', stopped) % stopped}"


@dataclass(frozen=True, kw_only=True)
class AddRole(Change):
    role: TokenRole

    def act(self, login: Login, by: Actor) -> Login:
        return roles.add_role(login=login, role=self.role, by=by)

    def against(self, login: Login, viewer: Login) -> str:
        if rules.holds_role(login, self.role):
            return _("held now")
        return rules.message(rules.against_adding(login, self.role))

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

    def against(self, login: Login, viewer: Login) -> str:
        return "" if rules.holds_role(login, self.role) else _("not held")

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, personal=False) if self.role is TokenRole.PERSONAL else now


@dataclass(frozen=True, kw_only=True)
class SetType(Change):
    slug: str
    tells: Text = ""

    def act(self, login: Login, by: Actor) -> Login:
        return roles.set_user_type(login=login, slug=self.slug, by=by)

    def against(self, login: Login, viewer: Login) -> str:
        if rules.has_exactly_type(login, self.slug):
            return _("now")
        return rules.message(rules.against_setting_type(login, self.slug))

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


@dataclass(frozen=True, kw_only=True)
class Disable(Change):
    def act(self, login: Login, by: Actor) -> Login:
        return logins.disable(login=login, by=by)

    def against(self, login: Login, viewer: Login) -> str:
        if not login.enabled:
            return _("now")
        return rules.message(rules.against_disabling(login, viewer.public_id))

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, active=False)


@dataclass(frozen=True, kw_only=True)
class Enable(Change):
    def act(self, login: Login, by: Actor) -> Login:
        return logins.enable(login=login, by=by)

    def against(self, login: Login, viewer: Login) -> str:
        return _("now") if login.enabled else ""

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, active=not login.is_expired and login.organisation.suspended_at is None)


ADD_PERSONAL_ROLE = AddRole(
    name="accounts:add_personal_role",
    role=TokenRole.PERSONAL,
    label=gettext_lazy("Add Personal Role for API Tokens"),
    button=gettext_lazy("Add Personal Role"),
    icon="key-round",
    hint=gettext_lazy("May create and hold own tokens. Acts at once."),
    tells=gettext_lazy("%(name)s may create and hold own tokens. It acts at once: no need to sign out."),
    done=gettext_lazy("%(name)s has the Personal role for API tokens. It acts at once: no need to sign out."),
)
REMOVE_PERSONAL_ROLE = RemoveRole(
    name="accounts:remove_personal_role",
    role=TokenRole.PERSONAL,
    label=gettext_lazy("Remove Personal Role for API Tokens"),
    button=gettext_lazy("Remove Personal Role"),
    icon="key-round",
    tells=gettext_lazy("%(name)s no longer sees or uses own tokens. They are kept, and work again with the role."),
    done=gettext_lazy("%(name)s no longer has the Personal role for API tokens. It acts at once."),
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
)
SET_AS_VIEW_ONLY = SetType(
    name="accounts:set_as_view_only",
    slug=VIEW_ONLY,
    label=gettext_lazy("Set as View Only"),
    button=gettext_lazy("Set as View Only"),
    icon="eye",
    done=gettext_lazy("%(name)s is View Only and holds no token role. It acts at once."),
)
SET_AS_SYSTEM_ADMINISTRATOR = SetType(
    name="accounts:set_as_system_administrator",
    slug=OWNER,
    label=gettext_lazy("Set as System Administrator"),
    button=gettext_lazy("Set as System Administrator"),
    icon="user-cog",
    done=gettext_lazy("%(name)s is a System Administrator. It acts at once."),
)
DISABLE_LOGIN = Disable(
    name="accounts:disable_login",
    label=gettext_lazy("Disable Login"),
    button=gettext_lazy("Disable Login"),
    icon="ban",
    danger=True,
    tells=gettext_lazy("%(user_name)s signs in no more, and its open sessions end with their next page."),
    done=gettext_lazy("The login %(user_name)s is disabled. It acts at once."),
)
ENABLE_LOGIN = Enable(
    name="accounts:enable_login",
    label=gettext_lazy("Enable Login"),
    button=gettext_lazy("Enable Login"),
    icon="circle-check",
    tells=gettext_lazy("%(user_name)s works again, with the rights that it had."),
    done=gettext_lazy("The login %(user_name)s is enabled. It acts at once."),
)

ROLE_CHANGES = (ADD_PERSONAL_ROLE, REMOVE_PERSONAL_ROLE, ADD_ADMIN_ROLE, REMOVE_ADMIN_ROLE)
TYPE_CHANGES = (SET_AS_GENERAL_USER, SET_AS_VIEW_ONLY, SET_AS_SYSTEM_ADMINISTRATOR)

"""One change of a login that asks and then acts: its words, its rule and its action."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from django.utils.translation import ngettext

from accounts.consequences import Effect, Standing, effect
from accounts.exceptions import Refused, message
from accounts.models import Login
from accounts.permissions import Permission
from accounts.rules.managing import against_managing
from audit.actor import Actor
from audit.grids.words import Text


@dataclass(frozen=True, kw_only=True)
class Change(ABC):
    """One change: ``name`` is that of its address, ``tells`` says before what happens, ``done`` says it after.

    Both know ``%(name)s``, the person, and ``%(user_name)s``. ``danger`` puts it, in red, at the end of the menu.
    ``tells_many`` and ``done_many`` say the same of many logins: the second is made with ``ngettext_lazy`` and knows
    ``%(count)d``. ``permission`` is what whoever changes it needs.
    """

    name: str
    label: Text
    button: Text
    icon: str
    tells: Text
    done: Text
    tells_many: Text = ""
    done_many: Text = ""
    hint: Text = ""
    danger: bool = False
    permission: Permission = Permission.ROLE_GRANT

    @abstractmethod
    def act(self, login: Login, by: Actor) -> Login:
        """Do it. Raises ``Refused`` when a rule forbids it."""

    @abstractmethod
    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        """Why it cannot be done now: a rule's refusal, or a word for a menu ("now", "held now")."""

    def against(self, login: Login, viewer: Login) -> str:
        """Why it cannot be done now, for menu and page; empty when it can."""
        found = self.refusal(login, viewer) or against_managing(viewer, login)
        return found if isinstance(found, str) else message(found)

    def after(self, login: Login, now: Standing) -> Standing:
        """What the login's tokens would stand on."""
        return now

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

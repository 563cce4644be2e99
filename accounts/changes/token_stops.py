"""The emergency stop of one login: all its tokens and mobile apps are refused, and work again when they are started."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.actions import token_stop
from accounts.changes.base import Change
from accounts.consequences import Standing, rows_behind
from accounts.exceptions import Refused
from accounts.models import Login
from accounts.rules.logins import against_stopping
from audit.actor import Actor


@dataclass(frozen=True, kw_only=True)
class StopTokens(Change):
    def act(self, login: Login, by: Actor) -> Login:
        return token_stop.stop_tokens_of(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return _("stopped now") if login.tokens_stopped_at else against_stopping(viewer, login)

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, stopped=True)

    def told(self, login: Login) -> str:
        apps = rows_behind("mobile_sessions").open().filter(login=login).count()
        if not apps:
            return super().told(login)
        words = ngettext("%(count)d mobile app stops too.", "%(count)d mobile apps stop too.", apps)
        return f"{super().told(login)} {words % {'count': apps}}"


@dataclass(frozen=True, kw_only=True)
class StartTokens(Change):
    def act(self, login: Login, by: Actor) -> Login:
        return token_stop.start_tokens_of(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return against_stopping(viewer, login) if login.tokens_stopped_at else _("not stopped")

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, stopped=False)


STOP_TOKENS = StopTokens(
    name="accounts:stop_login_tokens",
    label=gettext_lazy("Stop All Tokens"),
    button=gettext_lazy("Stop All Tokens"),
    icon="octagon-x",
    tells=gettext_lazy(
        "Every call with a token of %(user_name)s is refused until the tokens are started again. Nothing is revoked, "
        "and signing in to the console goes on."
    ),
    done=gettext_lazy("All tokens of %(user_name)s are stopped. It acts at once."),
)
START_TOKENS = StartTokens(
    name="accounts:start_login_tokens",
    label=gettext_lazy("Start Tokens Again"),
    button=gettext_lazy("Start Tokens Again"),
    icon="play",
    tells=gettext_lazy("The tokens of %(user_name)s work again, each as far as it is still valid."),
    done=gettext_lazy("The tokens of %(user_name)s work again. It acts at once."),
)

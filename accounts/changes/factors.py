"""Removing somebody's second factors who lost them: asked for by its owner, done by an administrator."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy

from accounts.actions import factors
from accounts.changes.passwords import ManageLogin
from accounts.exceptions import Refused
from accounts.models import Login
from accounts.rules.factors import against_resetting_factors
from audit.actor import Actor


@dataclass(frozen=True, kw_only=True)
class ResetFactors(ManageLogin):
    def act(self, login: Login, by: Actor) -> Login:
        return factors.reset_factors(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return against_resetting_factors(login, viewer.public_id)


RESET_SECOND_FACTOR = ResetFactors(
    name="accounts:reset_second_factor",
    label=gettext_lazy("Reset Second Factor"),
    button=gettext_lazy("Reset Second Factor"),
    icon="shield-off",
    tells=gettext_lazy(
        "The authenticator app, the passkeys and the recovery codes of %(user_name)s let nobody in any more: from then "
        "on the password alone does, until a new second factor is set up. Make sure first that it is %(name)s who "
        "asks. %(name)s is told by mail."
    ),
    done=gettext_lazy("%(user_name)s has no second factor any more."),
)

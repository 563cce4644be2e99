"""What is done about a login's password: links by mail, a forced change, and an end of waiting. Never a password."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.actions import invitations, sign_in_ways
from accounts.blocks import blocked_until
from accounts.changes.base import Change
from accounts.exceptions import Refused
from accounts.models import Login
from accounts.permissions import Permission
from accounts.rules.passwords import against_forcing, against_having_password, against_inviting, against_resetting
from audit.actor import Actor


@dataclass(frozen=True, kw_only=True)
class ManageLogin(Change):
    """What whoever manages contacts and logins does; ``%(email)s`` is the address that a mail goes to."""

    permission: Permission = Permission.CONTACT_MANAGE

    def told(self, login: Login) -> str:
        return str(self.tells) % {"name": login.label, "user_name": login.user_name, "email": login.email}


@dataclass(frozen=True, kw_only=True)
class Invite(ManageLogin):
    def act(self, login: Login, by: Actor) -> Login:
        return invitations.invite(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return against_inviting(login)


@dataclass(frozen=True, kw_only=True)
class ResetPassword(ManageLogin):
    def act(self, login: Login, by: Actor) -> Login:
        return invitations.reset_password(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return against_resetting(login)


@dataclass(frozen=True, kw_only=True)
class ForcePasswordChange(ManageLogin):
    def act(self, login: Login, by: Actor) -> Login:
        return sign_in_ways.force_password_change(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return against_forcing(login)


@dataclass(frozen=True, kw_only=True)
class Reactivate(ManageLogin):
    def act(self, login: Login, by: Actor) -> Login:
        return sign_in_ways.reactivate(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return against_having_password(login) or (None if blocked_until([login]) else _("not blocked"))


SEND_ACTIVATION_MAIL = Invite(
    name="accounts:send_activation_mail",
    label=gettext_lazy("Send Activation Mail"),
    button=gettext_lazy("Send Activation Mail"),
    icon="mail-plus",
    tells=gettext_lazy(
        "%(name)s gets a mail at %(email)s with a link that sets the first password. The link works once and for 48 "
        "hours. Nobody else ever sees the password."
    ),
    done=gettext_lazy("The activation mail for %(user_name)s is on its way. Its link works for 48 hours."),
    tells_many=gettext_lazy("Each gets a mail with a link that sets the first password, once and within 48 hours."),
    done_many=ngettext_lazy(
        "%(count)d activation mail is on its way.", "%(count)d activation mails are on their way.", "count"
    ),
)
RESET_PASSWORD = ResetPassword(
    name="accounts:reset_login_password",
    label=gettext_lazy("Reset Login's Password"),
    button=gettext_lazy("Mail the link"),
    icon="mail",
    tells=gettext_lazy(
        "%(name)s gets a mail at %(email)s with a link to a new password. The link works once and for one hour; until "
        "it is used the present password stays. Tokens stay as they are."
    ),
    done=gettext_lazy("The mail with the link to a new password for %(user_name)s is on its way."),
    tells_many=gettext_lazy(
        "Each gets a mail with a link to a new password, which works once and for one hour. Until it is used the "
        "present password stays. Tokens stay as they are."
    ),
    done_many=ngettext_lazy(
        "%(count)d mail with a link to a new password is on its way.",
        "%(count)d mails with a link to a new password are on their way.",
        "count",
    ),
)
FORCE_PASSWORD_CHANGE = ForcePasswordChange(
    name="accounts:force_password_change",
    label=gettext_lazy("Force Password Change"),
    button=gettext_lazy("Force Password Change"),
    icon="rotate-ccw-key",
    tells=gettext_lazy(
        "From its next page on %(user_name)s can do nothing but choose a new password. Until then programs that sign "
        "in with the password are refused. Tokens stay as they are."
    ),
    done=gettext_lazy("%(user_name)s chooses a new password before anything else."),
)
REACTIVATE_LOGIN = Reactivate(
    name="accounts:reactivate_login",
    label=gettext_lazy("Re-Activate Login"),
    button=gettext_lazy("Re-Activate Login"),
    icon="lock-open",
    tells=gettext_lazy("%(user_name)s was tried with too many wrong passwords. It may sign in again at once."),
    done=gettext_lazy("%(user_name)s may sign in again."),
)
PASSWORD_CHANGES = (RESET_PASSWORD, SEND_ACTIVATION_MAIL, FORCE_PASSWORD_CHANGE, REACTIVATE_LOGIN)

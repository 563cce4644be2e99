"""Letting a login in or shutting it out, and how it signs in."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from accounts.actions import logins, sign_in_ways
from accounts.changes.base import Change
from accounts.consequences import Standing
from accounts.exceptions import Refused
from accounts.models import IdentityProvider, Login
from accounts.permissions import Permission
from accounts.rules import logins as rules
from audit.actor import Actor


def no_provider_text() -> str:
    """Said where a login is to sign in at an identity provider that its organisation does not have."""
    return _("Your organisation has no identity provider yet: nobody signs in so before the operator has set one.")


@dataclass(frozen=True, kw_only=True)
class Disable(Change):
    def act(self, login: Login, by: Actor) -> Login:
        return logins.disable(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        if not login.enabled:
            return _("already so")
        return rules.against_disabling(login, viewer.public_id)

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, active=False)


@dataclass(frozen=True, kw_only=True)
class Enable(Change):
    def act(self, login: Login, by: Actor) -> Login:
        return logins.enable(login=login, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        return _("already so") if login.enabled else None

    def after(self, login: Login, now: Standing) -> Standing:
        return replace(now, active=not login.is_expired and login.organisation.suspended_at is None)


@dataclass(frozen=True, kw_only=True)
class SetSso(Change):
    sso: bool

    def act(self, login: Login, by: Actor) -> Login:
        return sign_in_ways.set_sso(login=login, sso=self.sso, by=by)

    def refusal(self, login: Login, viewer: Login) -> Refused | str | None:
        if login.is_sso == self.sso and not login.is_service:
            return _("already so")
        return rules.against_setting_sso(login, viewer.public_id)

    def told(self, login: Login) -> str:
        words = super().told(login)
        if not self.sso or IdentityProvider.objects.filter(organisation_id=login.organisation_id).exists():
            return words
        return f"{words} {no_provider_text()}"


DISABLE_LOGIN = Disable(
    name="accounts:disable_login",
    label=gettext_lazy("Disable Login"),
    button=gettext_lazy("Disable Login"),
    icon="ban",
    danger=True,
    permission=Permission.CONTACT_MANAGE,
    tells=gettext_lazy("%(user_name)s signs in no more. Its sessions end for good, in browsers and mobile apps."),
    done=gettext_lazy("The login %(user_name)s is disabled. It acts at once."),
    tells_many=gettext_lazy("They sign in no more. Their sessions end for good, in browsers and mobile apps."),
    done_many=ngettext_lazy("%(count)d login is disabled.", "%(count)d logins are disabled.", "count"),
)
ENABLE_LOGIN = Enable(
    name="accounts:enable_login",
    label=gettext_lazy("Enable Login"),
    button=gettext_lazy("Enable Login"),
    icon="circle-check",
    permission=Permission.CONTACT_MANAGE,
    tells=gettext_lazy("%(user_name)s works again, with the rights that it had."),
    done=gettext_lazy("The login %(user_name)s is enabled. It acts at once."),
    tells_many=gettext_lazy("They work again, with the rights that they had."),
    done_many=ngettext_lazy("%(count)d login is enabled.", "%(count)d logins are enabled.", "count"),
)
SET_AS_SSO = SetSso(
    name="accounts:set_as_sso",
    sso=True,
    label=gettext_lazy("Set as SSO"),
    button=gettext_lazy("Set as SSO"),
    icon="globe-lock",
    permission=Permission.CONTACT_MANAGE,
    tells=gettext_lazy(
        "%(user_name)s signs in through the identity provider only. Its password and the sessions begun with it end at "
        "once; its tokens stay."
    ),
    done=gettext_lazy("%(user_name)s signs in through the identity provider only."),
)
SET_AS_NON_SSO = SetSso(
    name="accounts:set_as_non_sso",
    sso=False,
    label=gettext_lazy("Set as Non-SSO"),
    button=gettext_lazy("Set as Non-SSO"),
    icon="lock-keyhole",
    permission=Permission.CONTACT_MANAGE,
    tells=gettext_lazy(
        "%(user_name)s signs in with a password of its own, which it does not have yet: send the activation mail next. "
        "Its open sessions end with their next page; its tokens stay."
    ),
    done=gettext_lazy("%(user_name)s signs in with a password. Next: Send Activation Mail."),
)
SSO_CHANGES = (SET_AS_NON_SSO, SET_AS_SSO)

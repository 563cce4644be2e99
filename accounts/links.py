"""Links that let one person set a password once: the activation of a login, and a forgotten password."""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import base36_to_int

from accounts.models import Login


class Link(PasswordResetTokenGenerator):
    """Signed, not stored. It dies with the password, the last sign-in or the mail address that it was made for.

    ``PASSWORD_RESET_TIMEOUT`` bounds every link; ``lifetime`` may be shorter.
    """

    def __init__(self, route: str, lifetime: timedelta) -> None:
        super().__init__()
        self.key_salt = f"accounts.links.{route}"
        self.route = route
        self.lifetime = lifetime

    def address(self, login: Login) -> str:
        return settings.PUBLIC_URL + reverse(self.route, args=[login.public_id, self.make_token(login)])

    def check_token(self, user: Login | None, token: str | None) -> bool:
        if not user or not token or not super().check_token(user, token):
            return False
        age = self._num_seconds(self._now()) - base36_to_int(token.split("-")[0])
        return bool(age <= self.lifetime.total_seconds())

    def opens(self, login: Login, token: str) -> bool:
        """Whether the token is good for this login, as it is now."""
        raise NotImplementedError


class ActivationLink(Link):
    """For the first password of a login that has none yet."""

    def opens(self, login: Login, token: str) -> bool:
        return may_have_password(login) and not login.has_usable_password() and self.check_token(login, token)


class ResetLink(Link):
    """For a new password of a login that has one."""

    def opens(self, login: Login, token: str) -> bool:
        return may_have_password(login) and login.has_usable_password() and self.check_token(login, token)


def may_have_password(login: Login) -> bool:
    return login.is_active and not login.is_service and not login.is_sso


ACTIVATION = ActivationLink("account_activate", timedelta(hours=48))
RESET = ResetLink("account_reset_password_from_key", timedelta(hours=1))

"""Says whether a user name and a password let somebody in, and who stands behind a session."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX, check_password
from django.http import HttpRequest
from django.views.decorators.debug import sensitive_variables

from accounts.models import Login


def reason_against(login: Login) -> str:
    """Why the login may not sign in with a password, whatever that is; empty when it may."""
    if login.is_service:
        return "service"
    if login.is_sso:
        return "sso"
    if not login.enabled:
        return "disabled"
    if login.is_expired:
        return "expired"
    return "suspended" if login.organisation.suspended_at else ""


class LoginBackend(BaseBackend):
    """User name, ignoring case, and password. Every refusal looks alike and costs one password hash."""

    @sensitive_variables("password")
    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **credentials: object
    ) -> Login | None:
        login = Login.objects.named(username)
        # An unknown name is a login without a password: for that Django hashes all the same.
        is_right = login.check_password(password) if login else check_password(password, UNUSABLE_PASSWORD_PREFIX)
        return login if login and is_right and not reason_against(login) else None

    def get_user(self, user_id: int) -> Login | None:
        """The login of a session, asked anew on each request, so that disabling acts on the very next one."""
        login = Login.objects.select_related("organisation", "contact").filter(pk=user_id).first()
        return login if login and login.is_active and not login.is_service else None

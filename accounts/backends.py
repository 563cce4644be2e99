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
    return "sso" if login.is_sso else _reason_against_anyone(login)


def reason_against_single_sign_on(login: Login) -> str:
    """Why the login may not sign in as somebody whom the identity provider knows; empty when it may."""
    return _reason_against_anyone(login) if login.is_sso else "not_sso"


def _reason_against_anyone(login: Login) -> str:
    if not login.enabled:
        return "disabled"
    if login.is_expired:
        return "expired"
    return "suspended" if login.organisation.suspended_at else ""


def reason_against_program(login: Login) -> str:
    """Why a program may not act for the login with its password, whatever that is; empty when it may.

    Further than people: nobody is there to give a second factor or to choose a new password, and a View Only login has
    nothing that a program could use.
    """
    # Asked of everybody, so that every refusal takes the same queries.
    is_view_only, has_second_factor = login.is_view_only, login.has_second_factor
    if reason := reason_against(login):
        return reason
    if is_view_only:
        return "view_only"
    if has_second_factor:
        return "second_factor"
    return "change_due" if login.must_choose_password else ""


def has_password(login: Login | None, password: str) -> bool:
    """Whether the password is the login's. An unknown name is a login without one: Django hashes all the same."""
    return login.check_password(password) if login else check_password(password, UNUSABLE_PASSWORD_PREFIX)


class LoginBackend(BaseBackend):
    """User name, ignoring case, and password. Every refusal looks alike and costs one password hash."""

    @sensitive_variables("password")
    def authenticate(
        self, request: HttpRequest | None, username: str = "", password: str = "", **credentials: object
    ) -> Login | None:
        login = Login.objects.named(username)
        is_right = has_password(login, password)
        return login if login and is_right and not reason_against(login) else None

    def get_user(self, user_id: int) -> Login | None:
        """The login of a session, asked anew on each request, so that disabling acts on the very next one."""
        login = Login.objects.select_related("organisation", "contact").filter(pk=user_id).first()
        return login if login and login.is_active and not login.is_service else None

"""Lets nobody past a page on which something must be done first: a new password, a second factor."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from accounts.models import Login

Handler = Callable[[HttpRequest], HttpResponseBase]


def forced_password_change(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        login = request.user
        if isinstance(login, Login) and login.must_choose_password:
            open_to_them = {reverse("account_change_password"), reverse("account_logout")}
            if request.path not in open_to_them:
                return HttpResponseRedirect(reverse("account_change_password"), status=303)
        return get_response(request)

    return middleware


def forced_second_factor(get_response: Handler) -> Handler:
    """Where the organisation requires a second factor, whoever has none can do nothing but set one up.

    Somebody who signs in through the identity provider is asked for one there. Asked of the database on every request
    of such an organisation, so that a factor that an administrator reset is missed on the very next page.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        login = request.user
        if isinstance(login, Login) and must_add_factor(login) and request.path not in open_without_factor():
            return HttpResponseRedirect(reverse("accounts:second_factor"), status=303)
        return get_response(request)

    return middleware


def must_add_factor(login: Login) -> bool:
    return login.organisation.second_factor_required and not login.is_sso and not login.has_factor


def open_without_factor() -> set[str]:
    names = ("second_factor", "add_app", "add_passkey", "passkey_to_add")
    return {
        *(reverse(f"accounts:{name}") for name in names),
        reverse("account_change_password"),
        reverse("account_logout"),
        reverse("confirm"),
        reverse("confirm_by_factor"),
    }

"""Lets nobody past the password page whose password must be changed first."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse

from accounts.models import Login

Handler = Callable[[HttpRequest], HttpResponseBase]


def forced_password_change(get_response: Handler) -> Handler:
    def middleware(request: HttpRequest) -> HttpResponseBase:
        login = request.user
        if isinstance(login, Login) and login.must_change_password and not login.is_sso:
            open_to_them = {reverse("account_change_password"), reverse("account_logout")}
            if request.path not in open_to_them:
                return HttpResponseRedirect(reverse("account_change_password"), status=303)
        return get_response(request)

    return middleware

"""What django-allauth asks of us: no sign-up, our counters, our ledger, redirects on this host alone."""

from functools import partial
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib import messages
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from accounts.actions import sessions, sign_in
from accounts.actor import actor_of
from accounts.backends import reason_against
from accounts.confirming import stamp
from accounts.exceptions import Refused
from accounts.known_browsers import is_known_to, remember
from accounts.last_sign_in import warning_of_attempts
from accounts.models import Login
from accounts.sessions import PUBLIC_ID
from accounts.stages import WAY


class Adapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "username_password_mismatch": _("The user name or the password is not right."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Login | None:
        """Raises ``ValidationError`` beyond a limit, before the password is looked at."""
        user_name, by, knows = credentials["username"], actor_of(request), partial(is_known_to, request)
        try:
            known = sign_in.count_attempt(user_name=user_name, by=by, knows=knows)
        except Refused as refusal:
            raise ValidationError(refusal.message, code=refusal.code) from None
        login = authenticate(request, username=user_name, password=credentials["password"])
        if not isinstance(login, Login):
            reason = (known and reason_against(known)) or "bad_password"
            sign_in.record_refusal(login=known, reason=reason, by=by)
            return None
        sign_in.forget_attempts(login=login, by=by, knows=knows)
        return login

    def login(self, request: HttpRequest, user: Login) -> None:
        with transaction.atomic():
            super().login(request, user)
            by, key = actor_of(request), request.session.session_key or ""
            way = getattr(request, WAY, "")
            request.session[PUBLIC_ID] = sessions.begin(login=user, key=key, by=by, way=way)
            stamp(request.session)

    def post_login(self, request: HttpRequest, user: Login, **more: Any) -> HttpResponse:
        """The browser is known from now on, where a password was part of it."""
        response: HttpResponse = super().post_login(request, user, **more)
        if user.has_usable_password():
            remember(request, user, response)
        address = request.META.get("REMOTE_ADDR", "")
        if told := warning_of_attempts(user, request.session.get(PUBLIC_ID, ""), address):
            messages.warning(request, told)
        return response

    def logout(self, request: HttpRequest) -> None:
        with transaction.atomic():
            if isinstance(request.user, Login):
                key, session = request.session.session_key or "", request.session.get(PUBLIC_ID, "")
                sessions.leave(login=request.user, key=key, session=session, by=actor_of(request))
            super().logout(request)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that the middleware found, believing trusted proxies alone."""
        return str(request.META.get("REMOTE_ADDR", ""))

    def is_safe_url(self, url: str) -> bool:
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def respond_user_inactive(self, request: HttpRequest, user: Login) -> HttpResponse:
        """Disabled between the check of the password and now."""
        return HttpResponseRedirect(reverse("account_login"))

    def get_login_stages(self) -> list[str]:
        """What stands between a right password and a session."""
        return ["accounts.stages.SecondStep"]

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """Our pages say themselves what there is to say."""

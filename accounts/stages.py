"""What stands between a right password and a session: the second step, for whoever has a second factor."""

import hmac
from typing import Any

from allauth.account.internal.stagekit import clear_login
from allauth.account.stages import LoginStage, LoginStageController
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from accounts.backends import reason_against
from accounts.models import Login

MARK = "password"  # what the password was when it was found right
WAY = "sign_in_way"  # on the request: how somebody signs in, where it was not by the password alone


class SecondStep(LoginStage):
    """Waits, for ``ACCOUNT_LOGIN_TIMEOUT`` seconds at most, in the session of a browser that is not signed in."""

    key = "second_step"
    urlname = "account_second_step"

    def handle(self) -> tuple[HttpResponse | None, bool]:
        login = self.person
        if getattr(self.request, WAY, "") or login.is_sso or not login.has_factor:
            return None, True
        self.state[MARK] = login.get_session_auth_hash()
        return HttpResponseRedirect(reverse(self.urlname)), True

    @property
    def person(self) -> Login:
        login: Login = self.login.user
        return login

    def reason_against(self) -> str:
        """Why the login may not go on by now, whatever its code; empty when it may."""
        if reason := reason_against(self.person):
            return reason
        same = hmac.compare_digest(self.state.get(MARK, ""), self.person.get_session_auth_hash())
        return "" if same else "password_changed"

    def passed(self, factor: str) -> HttpResponse:
        """Begin the session."""
        setattr(self.request, WAY, f"password+{factor}")
        answer: HttpResponse = self.exit()
        return answer


def waiting_step(request: HttpRequest) -> SecondStep | None:
    """The second step that this browser has come to; None when it has not, or waited too long."""
    stage: Any = LoginStageController.enter(request, SecondStep.key)
    return stage if isinstance(stage, SecondStep) and isinstance(stage.login.user, Login) else None


def abandon_step(request: HttpRequest) -> None:
    clear_login(request)

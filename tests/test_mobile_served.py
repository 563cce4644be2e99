"""What ends a mobile session at one worker acts on the next call at every worker."""

import json
from collections.abc import Callable

import pytest

from accounts.models import Login
from tests.cast import Places
from tests.factories import PASSWORD
from tests.test_served_effects import ADMITTED, Watch, administrators, change, watch  # noqa: F401
from tests.token_story import actor
from tests.visitor import Answer, Line, Visitor
from tokens.actions import mobile
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)


def post(watch: Watch, address: str, **body: str | None) -> Answer:
    """On a connection of its own, which either worker may take."""
    line = Line(watch.served)
    answer = line.ask(f"/api/mobile/{address}", "POST", json.dumps(body), {"Content-Type": "application/json"})
    line.close()
    return answer


def sign_in(watch: Watch, login: Login) -> dict[str, str]:
    answer = post(watch, "login", username=login.user_name, password=PASSWORD, device="Olivia's phone")
    assert answer.status == 200, answer.text
    given: dict[str, str] = json.loads(answer.text)
    return given


def disconnect(watch: Watch, login: Login, given: dict[str, str]) -> None:
    mobile.disconnect(session=MobileSession.objects.latest("id"), by=actor(login))


def sign_out(watch: Watch, login: Login, given: dict[str, str]) -> None:
    assert post(watch, "logout", refresh=given["refresh"]).status == 200


def refresh(watch: Watch, login: Login, given: dict[str, str]) -> None:
    assert post(watch, "refresh", refresh=given["refresh"]).status == 200


def reuse(watch: Watch, login: Login, given: dict[str, str]) -> None:
    refresh(watch, login, given)
    assert post(watch, "refresh", refresh=given["refresh"]).status == 401


ENDINGS: dict[str, tuple[str, Callable[[Watch, Login, dict[str, str]], None]]] = {
    "disconnected": ("session_ended", disconnect),
    "signed out": ("session_ended", sign_out),
    "refreshed": ("replaced", refresh),
    "reused": ("session_ended", reuse),
}


@pytest.mark.parametrize(("reason", "end"), ENDINGS.values(), ids=ENDINGS)
def test_no_call_passes_after_a_session_ended(
    watch: Watch, olivia: Login, reason: str, end: Callable[..., None]
) -> None:
    given = sign_in(watch, olivia)
    watch.begin(given["access"])
    assert watch.settled() == ADMITTED
    end(watch, olivia, given)
    assert watch.settled() == {(401, reason)}


def test_no_call_passes_after_the_login_was_disabled_or_while_it_is_view_only(
    watch: Watch, administrators: list[Visitor], olivia: Login, places: Places
) -> None:
    watch.begin(sign_in(watch, olivia)["access"])
    assert watch.settled() == ADMITTED
    ada, again = administrators
    change("type/view-only")(ada, olivia)
    assert watch.settled() == {(401, "view_only")}
    change("type/general-user")(again, olivia)
    assert watch.settled() == ADMITTED
    change("disable")(ada, olivia)
    assert watch.settled() == {(401, "session_ended")}
    change("enable")(again, olivia)
    assert watch.settled() == {(401, "session_ended")}


def test_no_call_passes_after_the_password_was_changed(watch: Watch, olivia: Login) -> None:
    watch.begin(sign_in(watch, olivia)["access"])
    assert watch.settled() == ADMITTED
    person = Visitor(watch.served).sign_in(olivia)
    new = "seven violet otters at sea"
    assert person.submit("/password", current=PASSWORD, password=new, again=new).status in {302, 303}
    assert watch.settled() == {(401, "password_changed")}

"""Many at once: a refresh JWT works once, and no session outlives the password that it began with."""

import threading
from typing import Any

import pytest

from accounts.actions import passwords
from accounts.models import Login
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD
from tests.mobile_app import App, pair_ids
from tests.threads import at_once
from tokens.actions import mobile
from tokens.admission.mobile import verdict_on_refresh
from tokens.jwt import digest
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS, THREADS = 5, 16
NEW_PASSWORD = "seven violet otters at sea"
ACTOR = Actor(label="Olivia Novak", channel="console")


def bearer(access: str) -> int:
    return App().get(access=access).status_code


def renewals(refresh: str) -> list[App]:
    """As many apps with one refresh JWT at the same moment; those that were given something."""

    def renew(_index: int) -> App:
        app = App()
        status = app.renew(refresh).status_code
        assert status in {200, 401}, status
        return app

    return [app for app in at_once(THREADS, renew) if app.access]


def test_one_refresh_jwt_never_gives_two_live_pairs(olivia: Login) -> None:
    """The first gets the next two; the second ends the session, and with it what the first got."""
    for _round in range(ROUNDS):
        app = App()
        app.sign_in(**pair_ids(olivia)[0])
        lucky = renewals(app.refresh)
        assert len(lucky) == 1
        assert [bearer(each.access) for each in (app, *lucky)] == [401, 401]
        assert lucky[0].renew().status_code == 401
    assert not MobileSession.objects.filter(ended_at=None).exists()
    assert Entry.objects.filter(verb=Verb.SESSION_REFRESH, result="ok").count() == ROUNDS
    assert Entry.objects.filter(verb=Verb.SESSION_END, reason="reused").count() == ROUNDS


def test_looked_at_before_it_is_held_it_would_give_many(olivia: Login, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same with the protection removed: everyone has asked for the verdict before anyone renews."""
    app = App()
    app.sign_in()
    session_id, sha256 = MobileSession.objects.get().public_id, digest(app.refresh)
    everyone_has_looked, seen = threading.Barrier(THREADS), threading.local()

    def renew(_index: int) -> str:
        seen.verdict = verdict_on_refresh(session_id, sha256, ACTOR.address)
        everyone_has_looked.wait(30)
        return mobile.refresh(session_id=session_id, sha256=sha256, by=ACTOR).access

    monkeypatch.setattr(mobile, "verdict_on_refresh", lambda *_given: seen.verdict)
    assert len(set(at_once(THREADS, renew))) == THREADS


def test_refreshing_and_ending_at_once_leave_nothing_alive(olivia: Login) -> None:
    for _round in range(ROUNDS):
        app = App()
        app.sign_in()
        session = MobileSession.objects.latest("id")

        def deed(index: int, app: App = app, session: MobileSession = session) -> str:
            if index:
                mobile.disconnect(session=session, by=ACTOR)
                return ""
            app.renew()
            return app.access

        access, _none = at_once(2, deed)
        assert bearer(access) == 401
        assert app.renew().status_code == 401
    ends = Entry.objects.filter(verb=Verb.SESSION_END)
    assert set(ends.values_list("reason", flat=True)) == {"disconnected"}
    assert ends.count() == ROUNDS


def test_a_sign_in_beside_a_change_of_the_password_gives_nothing_that_works(olivia: Login) -> None:
    """Whichever comes first: refused, or begun and ended by the change."""
    for turn in range(ROUNDS * 2):
        old, new = (PASSWORD, NEW_PASSWORD) if turn % 2 == 0 else (NEW_PASSWORD, PASSWORD)
        app = App()

        def deed(index: int, app: App = app, old: str = old, new: str = new) -> int:
            if index:
                passwords.change_password(login=Login.objects.get(pk=olivia.pk), password=new, by=ACTOR)
                return 0
            status: int = app.sign_in(password=old).status_code
            return status

        status, _none = at_once(2, deed)
        assert status in {200, 401}
        if status == 200:
            assert app.get().json()["reason"] == "password_changed"
            assert app.renew().status_code == 401


def test_many_devices_of_one_login_sign_in_at_once(olivia: Login) -> None:
    def enter(index: int) -> Any:
        app = App()
        assert app.sign_in(device=f"Device {index}").status_code == 200
        return app

    apps = at_once(THREADS, enter)
    assert len({app.access for app in apps} | {app.refresh for app in apps}) == 2 * THREADS
    assert at_once(THREADS, lambda index: apps[index].get().status_code) == [200] * THREADS
    assert at_once(THREADS, lambda index: apps[index].renew().status_code) == [200] * THREADS
    assert MobileSession.objects.filter(ended_at=None).count() == THREADS
    assert Entry.objects.filter(verb=Verb.SESSION_BEGIN).count() == THREADS


def test_calls_and_refreshes_of_one_session_at_once(olivia: Login) -> None:
    """While an app refreshes again and again, its other requests get 200, or 401 for what was just replaced."""
    app = App()
    app.sign_in()
    stop = threading.Event()

    def deed(index: int) -> list[tuple[int, str]]:
        if index == 0:
            renewed = [(app.renew().status_code, "") for _turn in range(10)]
            stop.set()
            return renewed
        found = []
        while not stop.is_set():
            response = App().get(access=app.access)
            found.append((response.status_code, response.json().get("reason", "")))
        return found

    renewed, *called = at_once(4, deed)
    assert renewed == [(200, "")] * 10
    assert {outcome for found in called for outcome in found} <= {(200, ""), (401, "replaced")}

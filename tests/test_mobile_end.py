"""How mobile sessions end: signed out by any of their JWTs, disconnected, forgotten after their time."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import passwords
from accounts.exceptions import Conflict
from accounts.models import OutboxMail
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from config.management.commands import worker
from tests.api_calls import valid_token
from tests.mobile_app import ACTOR, App, change_login, last, problem
from tokens.actions import mobile
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)


def signed_out(response: Any) -> str:
    assert response.status_code == 200, response.content
    session = MobileSession.objects.get()
    ended = session.ended_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert response.json() == {"session": {"id": session.public_id, "ended_at": ended}}
    return session.ending


def by_access(app: App) -> Any:
    return app.client.generic("POST", "/api/mobile/logout", HTTP_AUTHORIZATION=f"Bearer {app.access}")


def by_access_as_some_clients_send_it(app: App) -> Any:
    header = f"Bearer {app.access}"
    return app.client.post("/api/mobile/logout", "", content_type="application/json", HTTP_AUTHORIZATION=header)


def by_access_with_an_empty_object(app: App) -> Any:
    return app.post("logout", {}, HTTP_AUTHORIZATION=f"Bearer {app.access}")


def by_both(app: App) -> Any:
    return app.post("logout", {"refresh": app.refresh}, HTTP_AUTHORIZATION=f"Bearer {app.access}")


WAYS = [App.sign_out, by_access, by_access_as_some_clients_send_it, by_access_with_an_empty_object, by_both]


@pytest.mark.parametrize("way", WAYS)
def test_signing_out(olivia, way):
    app = App()
    app.sign_in()
    assert signed_out(way(app)) == "signed_out"
    problem(app.get(), 401, "session_ended")
    problem(app.renew(), 401, "session_ended")
    entry = last(Verb.SESSION_END)
    assert (entry.reason, entry.actor_id, entry.token_name) == ("signed_out", olivia.public_id, "Olivia's phone")
    assert signed_out(way(app)) == "signed_out"  # again: the same answer, and no second entry
    assert Entry.objects.filter(verb=Verb.SESSION_END).count() == 1


def test_any_jwt_of_the_session_signs_it_out(olivia):
    app = App()
    for chosen in ("access", "refresh"):
        first = app.sign_in().json()[chosen]
        app.renew()
        header = {"HTTP_AUTHORIZATION": f"Bearer {first}"} if chosen == "access" else {}
        body = {"refresh": first} if chosen == "refresh" else {}
        assert app.post("logout", body, **header).status_code == 200
        problem(app.get(), 401, "session_ended")
    assert not OutboxMail.objects.exists()


def test_signing_out_works_for_who_may_do_nothing_else(olivia):
    app = App()
    app.sign_in()
    change_login(enabled=False)(olivia)
    assert signed_out(app.sign_out()) == "signed_out"


def test_what_signs_nobody_out(olivia):
    app = App()
    app.sign_in()
    _token, api = valid_token(olivia)
    for bearer in ("x", api, app.refresh, app.access + "A"):
        response = app.client.generic("POST", "/api/mobile/logout", HTTP_AUTHORIZATION=f"Bearer {bearer}")
        assert "no JWT of a mobile session" in problem(response, 401)["detail"]
    for text in ("", "x", app.access, api):
        problem(app.sign_out(text), 401)
    problem(app.client.generic("POST", "/api/mobile/logout"), 400, "invalid_request")
    problem(app.client.generic("POST", "/api/mobile/logout", HTTP_AUTHORIZATION="Basic eDp5"), 400, "invalid_request")
    problem(app.client.generic("POST", "/api/mobile/logout", HTTP_AUTHORIZATION="Bearer a b"), 400, "invalid_request")
    problem(app.post("logout", {"refresh": 1}), 400, "invalid_request")
    problem(app.client.generic("POST", f"/api/mobile/logout?access_token={app.access}"), 400, "invalid_request")
    assert app.get().status_code == 200


def test_disconnecting(olivia, ada):
    app = App()
    app.sign_in()
    session = MobileSession.objects.get()
    by = Actor(id=ada.public_id, label=ada.label, organisation_id=ada.organisation_id, channel="console")
    assert mobile.disconnect(session=session, by=by).ending == "disconnected"
    problem(app.get(), 401, "session_ended")
    entry = last(Verb.SESSION_END)
    assert (entry.reason, entry.actor_id, entry.owner_id) == ("disconnected", ada.public_id, olivia.public_id)
    with pytest.raises(Conflict):
        mobile.disconnect(session=session, by=by)


def test_ended_sessions_are_forgotten_after_a_month(olivia):
    now, long_ago = timezone.now(), timezone.now() - timedelta(days=31)
    ages = {
        "open": {},
        "just ended": {"ended_at": now, "ending": "signed_out"},
        "just over": {"expires_at": now},
        "ended long ago": {"ended_at": long_ago, "ending": "signed_out"},
        "over for long": {"expires_at": long_ago},
    }
    for device, values in ages.items():
        App().sign_in(device=device)
        MobileSession.objects.filter(device=device).update(**values)
    entries = Entry.objects.count()
    assert mobile.forget_ended() == 2
    assert set(MobileSession.objects.values_list("device", flat=True)) == {"open", "just ended", "just over"}
    assert Entry.objects.count() == entries
    assert "mobile sessions" in {job.name for job in worker.JOBS}


def test_open_sessions_are_those_that_could_be_used(olivia):
    changes = {
        "open": {},
        "ended": {"ended_at": timezone.now(), "ending": "signed_out"},
        "over": {"expires_at": timezone.now()},
    }
    for device, values in changes.items():
        App().sign_in(device=device)
        MobileSession.objects.filter(device=device).update(**values)
    sessions = MobileSession.objects.of_organisation(olivia.organisation_id).open()
    assert [session.device for session in sessions] == ["open"]
    passwords.change_password(login=olivia, password="a much better password", by=ACTOR)
    assert not sessions.all()
    App().sign_in(password="a much better password", device="new")
    assert [session.device for session in sessions.all()] == ["new"]

"""Console sessions: one row each, seen now and then, ended elsewhere, by a new password or by time; all on record."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.actions import passwords, sessions
from accounts.exceptions import Conflict
from accounts.models import Login
from accounts.sessions import open_sessions, system_of
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Safari/604.1"


def signed_in(login: Login, agent: str = CHROME, address: str = "192.0.2.7") -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    answer = client.post("/sign-in", {"login": login.user_name, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def works(client: Client) -> bool:
    return client.get("/personal/edit").status_code == 200


def entries(verb: Verb) -> list[dict[str, Any]]:
    return list(Entry.objects.filter(verb=verb).order_by("id").values_list("details", flat=True))


def key_of(client: Client) -> str:
    return client.session.session_key or ""


def test_a_sign_in_leaves_a_row_that_its_entries_name(olivia: Login) -> None:
    client = signed_in(olivia)
    row = UserSession.objects.get()
    assert (row.user_id, row.ip, row.user_agent, row.session_key) == (olivia.pk, "192.0.2.7", CHROME, key_of(client))
    assert row.data["public_id"] == client.session["public_id"] == entries(Verb.SIGN_IN)[0]["session"]
    client.post("/sign-out")
    assert entries(Verb.SIGN_OUT) == [{"session": row.data["public_id"]}]
    assert not UserSession.objects.exists()


def test_the_address_is_the_one_behind_a_trusted_proxy(olivia: Login, settings: Any) -> None:
    from ipaddress import ip_network

    settings.TRUSTED_PROXIES = (ip_network("10.0.0.0/8"),)
    client = Client(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.9, 192.0.2.44")
    client.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD})
    assert UserSession.objects.get().ip == "192.0.2.44"


def test_use_is_noted_once_a_minute(olivia: Login) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = signed_in(olivia)
        client.get("/personal/edit")
        began = UserSession.objects.get().last_seen_at
        clock.shift(30)
        client.get("/personal/edit")
        assert UserSession.objects.get().last_seen_at == began
        clock.shift(40)
        client.get("/personal/edit", REMOTE_ADDR="192.0.2.8")
        row = UserSession.objects.get()
        assert row.last_seen_at == began + timedelta(seconds=70)
        assert row.ip == "192.0.2.8"


def test_a_session_from_before_there_were_rows_gets_one(olivia: Login) -> None:
    client = Client(HTTP_USER_AGENT=IPHONE)
    client.force_login(olivia)
    assert works(client)
    assert works(client)
    row = UserSession.objects.get()
    assert (row.user_agent, row.data["public_id"]) == (IPHONE, client.session["public_id"])


def test_sessions_in_words(olivia: Login, ada: Login) -> None:
    here, _phone, _of_another = signed_in(olivia), signed_in(olivia, IPHONE, "2001:db8::1"), signed_in(ada)
    first, second = open_sessions(olivia, key_of(here))
    assert (first.tool, first.icon, first.address, first.is_here) == (
        "Chrome on Windows", "monitor", "192.0.2.7", True,
    )  # fmt: skip
    assert (second.tool, second.icon, second.is_here) == ("Safari on iPhone", "smartphone", False)
    assert system_of("curl/8.5.0") == ""


def test_signing_out_elsewhere_ends_that_session_alone(olivia: Login) -> None:
    here, there = signed_in(olivia), signed_in(olivia, IPHONE)
    session = there.session["public_id"]
    assert "Safari on iPhone" in here.get(f"/personal/sessions/{session}/end").content.decode()
    answer = here.post(f"/personal/sessions/{session}/end")
    assert (answer.status_code, answer["Location"]) == (303, "/personal")
    assert works(here)
    assert not works(there)
    ended = Entry.objects.get(verb=Verb.LOGIN_SESSION_END)
    assert (ended.actor_id, ended.subject_id) == (olivia.public_id, olivia.public_id)
    assert (ended.details["session"], ended.details["how"]) == (session, "from another session")
    assert here.post(f"/personal/sessions/{session}/end").status_code == 404


def test_of_two_who_end_a_session_one_is_told(olivia: Login) -> None:
    by = Actor("Olivia", "console", id=olivia.public_id)
    session = signed_in(olivia).session["public_id"]
    sessions.end(login=olivia, session=session, by=by)
    with pytest.raises(Conflict):
        sessions.end(login=olivia, session=session, by=by)
    assert len(entries(Verb.LOGIN_SESSION_END)) == 1


def test_nobody_ends_the_session_of_another(olivia: Login, ada: Login) -> None:
    there = signed_in(olivia)
    session = there.session["public_id"]
    assert signed_in(ada).post(f"/personal/sessions/{session}/end").status_code == 404
    assert works(there)


def test_signing_out_everywhere_else(olivia: Login, ada: Login) -> None:
    here, there, other = signed_in(olivia), signed_in(olivia, IPHONE), signed_in(ada)
    assert "1 other session" in here.get("/personal/sessions/end-others").content.decode()
    assert here.post("/personal/sessions/end-others").status_code == 303
    assert (works(here), works(there), works(other)) == (True, False, True)
    assert len(entries(Verb.LOGIN_SESSION_END)) == 1


def test_a_new_password_ends_all_others_and_keeps_this_one(olivia: Login) -> None:
    here, there = signed_in(olivia), signed_in(olivia, IPHONE)
    session = here.session["public_id"]
    new = "a horse of another colour"
    here.post("/password", {"current": PASSWORD, "password": new, "again": new})
    assert (works(here), works(there)) == (True, False)
    row = UserSession.objects.get()
    assert (row.session_key, row.data["public_id"]) == (key_of(here), session)
    assert [details["how"] for details in entries(Verb.LOGIN_SESSION_END)] == ["password changed"]
    assert Session.objects.filter(session_key=key_of(there)).count() == 0


def test_a_password_set_by_a_link_ends_all(olivia: Login) -> None:
    there = signed_in(olivia)
    passwords.change_password(login=olivia, password="a horse of another colour", by=Actor("Olivia", "console"))
    assert not UserSession.objects.exists()
    assert not works(there)


def test_what_stood_idle_or_lasted_too_long_is_ended_on_record(olivia: Login, ada: Login, olga: Login) -> None:
    idle, old, fresh = signed_in(olivia), signed_in(ada), signed_in(olga)
    UserSession.objects.filter(user=olivia).update(last_seen_at=timezone.now() - timedelta(minutes=31))
    UserSession.objects.filter(user=ada).update(created_at=timezone.now() - timedelta(hours=13))
    UserSession.objects.filter(user=olga).update(last_seen_at=timezone.now() - timedelta(minutes=29))
    Session.objects.create(session_key="expired", session_data="", expire_date=timezone.now() - timedelta(days=1))
    assert sessions.end_overdue() == "2 ended, 1 forgotten"
    assert (works(idle), works(old), works(fresh)) == (False, False, True)
    ended = Entry.objects.filter(verb=Verb.LOGIN_SESSION_END).order_by("subject_label")
    assert [(e.subject_label, e.channel, e.organisation_id) for e in ended] == [
        (login.user_name, "worker", login.organisation_id) for login in (ada, olivia)
    ]
    assert sessions.end_overdue() == ""


def test_an_organisation_with_longer_sessions_keeps_them(olivia: Login, olga: Login) -> None:
    olga.organisation.session_idle_minutes = 120
    olga.organisation.save()
    signed_in(olivia), signed_in(olga)
    UserSession.objects.update(last_seen_at=timezone.now() - timedelta(minutes=60))
    assert sessions.end_overdue() == "1 ended, 0 forgotten"
    assert UserSession.objects.get().user_id == olga.pk


def test_an_open_session_outlasts_the_lock_of_its_name(olivia: Login) -> None:
    """Whoever guesses at a name keeps its holder out of no page that is open."""
    here, guesser = signed_in(olivia), Client(REMOTE_ADDR="198.51.100.1")
    for _attempt in range(olivia.organisation.password_attempts_limit + 1):
        answer = guesser.post("/sign-in", {"login": olivia.user_name, "password": "not it"})
    assert "Too many attempts" in answer.content.decode()
    assert works(here)
    assert here.post("/personal/appearance", {"appearance": "dark"}).status_code == 303
    # Nor does it keep them from confirming who they are, which is counted by itself.
    assert here.post("/confirm", {"password": PASSWORD}).status_code == 303

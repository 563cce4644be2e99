"""Mobile Users Logged In: who is listed, what is told of a session, and disconnecting one or many."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.cast import Places
from tests.factories import MobileSessionFactory
from tests.token_story import signed_in
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db
LIST = "/administrator/tokens/mobile-users"


@pytest.fixture
def admin(ada: Login) -> Client:
    return signed_in(ada)


@pytest.fixture
def session(olivia: Login) -> MobileSession:
    return MobileSessionFactory(login=olivia, device="Olivia's phone")


def rows(client: Client, query: str = "") -> list[str]:
    exported = b"".join(client.get(f"{LIST}?export=csv&{query}")).decode("utf-8-sig").splitlines()
    return exported[1:]


def test_open_sessions_alone(admin: Client, session: MobileSession, peter: Login, olga: Login) -> None:
    now = timezone.now()
    MobileSessionFactory(login=peter, device="Over", expires_at=now - timedelta(seconds=1))
    MobileSessionFactory(login=peter, device="Ended", ended_at=now, ending="signed_out")
    MobileSessionFactory(login=olga, device="Of the others")
    MobileSessionFactory(login=peter, device="Nothing chosen", restriction="|")
    listed = rows(admin, "sort=device")
    assert [line.split(",")[3] for line in listed] == ["Nothing chosen", "Olivia's phone"]
    assert listed[0].startswith("Peter John,,,")
    assert "Finance,General User" in listed[1] or "Energy › South,General User" in listed[1]


def test_search_and_filters(admin: Client, session: MobileSession, peter: Login, places: Places) -> None:
    MobileSessionFactory(login=peter, device="Depot 2")
    for query in ("q=olivia", "q=NOVAK", "q=phone", "user=olivia@demo"):
        assert [line.split(",")[0] for line in rows(admin, query)] == ["Olivia Novak"], query
    assert [line.split(",")[0] for line in rows(admin, f"department={places.energy.public_id}&q=depot")] == [
        "Peter John"
    ]
    assert len(rows(admin, "user_type=general-user")) == 2
    assert rows(admin, "user_type=owner") == rows(admin, "department=whole") == []


def test_nobody_is_signed_in(admin: Client) -> None:
    assert "Nobody is signed in on a mobile device" in admin.get(LIST).content.decode()


def test_a_session_says_everything_and_can_be_disconnected(admin: Client, session: MobileSession) -> None:
    address = reverse("tokens:mobile_user", args=[session.public_id])
    html = admin.get(address).content.decode()
    for words in ("Olivia Novak", "olivia@demo.example", "Olivia&#x27;s phone", "General User", "Disconnect user"):
        assert words in html
    done = admin.post(address)
    assert (done.status_code, done["Location"]) == (303, LIST)
    session.refresh_from_db()
    assert session.ending == MobileSession.Ending.DISCONNECTED
    entry = Entry.objects.get(verb=Verb.SESSION_END)
    assert (entry.actor_label, entry.reason, entry.subject_id) == ("Ada Byron", "disconnected", session.public_id)
    assert admin.post(address).status_code == 404
    menu = reverse("tokens:mobile_user_actions", args=[MobileSessionFactory(login=session.login).public_id])
    assert "Disconnect user…" in admin.get(menu).content.decode()


def test_many_at_once(admin: Client, session: MobileSession, peter: Login, olga: Login) -> None:
    foreign = MobileSessionFactory(login=olga)
    sessions = (session, MobileSessionFactory(login=peter), foreign)
    chosen = ",".join(one.public_id for one in sessions)
    address = reverse("tokens:disconnect_selected")
    asked = admin.post(address, {"selected": chosen})
    assert asked.status_code == 200
    assert "Disconnect 2 mobile users" in asked.content.decode()
    assert MobileSession.objects.filter(ended_at=None).count() == 3
    done = admin.post(address, {"selected": chosen, "confirmed": "1", "expected": "2"})
    assert done.status_code == 303
    assert list(MobileSession.objects.filter(ended_at=None)) == [foreign]
    assert Entry.objects.filter(verb=Verb.SESSION_END, reason="disconnected").count() == 2


def test_others_reach_none_of_it(session: MobileSession, olivia: Login, olga: Login) -> None:
    address = reverse("tokens:mobile_user", args=[session.public_id])
    assert signed_in(olivia).post(address).status_code == 403
    assert signed_in(olga).post(address).status_code == 404
    assert (
        signed_in(olga).post(reverse("tokens:disconnect_selected"), {"every": "1", "confirmed": "1"}).status_code == 422
    )
    session.refresh_from_db()
    assert session.ended_at is None

"""Administrators see where a login is signed in, end one session or all, and sign everybody out."""

import pytest
from django.test import Client

from accounts.models import Login
from accounts.permissions import Permission
from audit.models import Entry
from audit.verbs import Result, Verb
from tests.cast import person
from tests.factories import PASSWORD, MobileSessionFactory
from tests.test_sessions import IPHONE, signed_in, works

pytestmark = pytest.mark.django_db


def ended() -> list[tuple[str, str, str]]:
    entries = Entry.objects.filter(verb=Verb.LOGIN_SESSION_END, result=Result.OK).order_by("pk")
    return [(entry.actor_id, entry.subject_id, entry.details["how"]) for entry in entries]


def page_of(login: Login) -> str:
    return f"/logins/{login.public_id}/sessions"


def test_where_since_when_and_with_what(ada: Login, olivia: Login) -> None:
    there = signed_in(olivia, IPHONE, "192.0.2.44")
    MobileSessionFactory(login=olivia)
    page = signed_in(ada).get(page_of(olivia)).content.decode()
    for words in ("Safari on iPhone", "192.0.2.44", "1 mobile app is signed in too", there.session["public_id"]):
        assert words in page
    assert (there.session.session_key or "") not in page


def test_one_session_is_ended(ada: Login, olivia: Login) -> None:
    one, other, administrator = signed_in(olivia), signed_in(olivia, IPHONE), signed_in(ada)
    address = f"{page_of(olivia)}/{other.session['public_id']}/end"
    assert "Safari on iPhone" in administrator.get(address).content.decode()
    answer = administrator.post(address)
    assert (answer.status_code, answer["Location"]) == (303, page_of(olivia))
    assert (works(one), works(other)) == (True, False)
    assert ended() == [(ada.public_id, olivia.public_id, "by an administrator")]
    assert administrator.post(address).status_code == 404  # it has ended already


def test_all_are_ended_the_apps_too(ada: Login, olivia: Login, peter: Login) -> None:
    one, other, foreign, administrator = signed_in(olivia), signed_in(olivia), signed_in(peter), signed_in(ada)
    app = MobileSessionFactory(login=olivia)
    assert administrator.post(f"{page_of(olivia)}/end").status_code == 303
    assert "3 sessions of olivia@demo.example have ended." in administrator.get(page_of(olivia)).content.decode()
    assert (works(one), works(other), works(foreign), works(administrator)) == (False, False, True, True)
    app.refresh_from_db()
    assert app.ending == "disconnected"


def test_ones_own_are_ended_elsewhere(ada: Login) -> None:
    client = signed_in(ada)
    assert "Your own are under Personal" in client.get(page_of(ada)).content.decode()
    session = client.session["public_id"]
    for address in (f"{page_of(ada)}/end", f"{page_of(ada)}/{session}/end"):
        assert client.post(address).status_code == 422
    assert works(client)


def test_nobody_ends_those_of_who_has_more_rights(ada: Login, olivia: Login) -> None:
    helper = olivia.organisation.user_types.create(
        slug="helper", name="Helper", permissions=[Permission.CONTACT_VIEW, Permission.CONTACT_MANAGE]
    )
    manager = person(olivia.organisation, "Mara", "Helper", "mara@demo.example", user_type="view-only")
    manager.assignments.update(user_type=helper)
    administrator, client = signed_in(ada), signed_in(manager)
    page = client.get(page_of(ada))
    assert (page.status_code, b"Has rights that you cannot give" in page.content) == (200, True)
    assert client.post(f"{page_of(ada)}/end").status_code == 422
    assert client.post(f"{page_of(ada)}/{administrator.session['public_id']}/end").status_code == 422
    assert works(administrator)


def test_a_session_is_found_under_its_own_login_alone(ada: Login, olivia: Login, peter: Login, olga: Login) -> None:
    there = signed_in(peter)
    session = there.session["public_id"]
    assert signed_in(ada).post(f"{page_of(olivia)}/{session}/end").status_code == 404
    assert signed_in(olga).post(f"{page_of(peter)}/{session}/end").status_code == 404
    assert works(there)


# --- everybody


EVERYBODY = "/configuration/organisation/sign-everybody-out"


def test_everybody_is_signed_out_but_who_does_it(ada: Login, olivia: Login, peter: Login, olga: Login) -> None:
    here, elsewhere, others, foreign = (
        signed_in(ada),
        signed_in(ada),
        [signed_in(olivia), signed_in(peter)],
        signed_in(olga),
    )
    app, foreign_app = MobileSessionFactory(login=olivia), MobileSessionFactory(login=olga)
    page = here.get(EVERYBODY).content.decode()
    assert "3 other sessions of the console" in page
    assert here.post(EVERYBODY, {"confirmation": "another"}).status_code == 422
    assert all(works(other) for other in others)
    answer = here.post(EVERYBODY, {"confirmation": "Demo Organisation"})
    assert (answer.status_code, answer["Location"]) == (303, "/configuration/organisation")
    assert (works(here), works(elsewhere), [works(other) for other in others]) == (True, False, [False, False])
    assert works(foreign)
    for session, ending in ((app, "disconnected"), (foreign_app, "")):
        session.refresh_from_db()
        assert session.ending == ending
    assert sorted(ended()) == sorted(
        (ada.public_id, login.public_id, "by an administrator") for login in (ada, olivia, peter)
    )
    assert others[0].post("/sign-in", {"login": olivia.user_name, "password": PASSWORD}).status_code == 302


def test_only_with_the_right_to_manage_the_organisation(olivia: Login) -> None:
    client = Client()
    client.force_login(olivia)
    assert client.post(EVERYBODY, {"confirmation": "Demo Organisation"}).status_code == 403

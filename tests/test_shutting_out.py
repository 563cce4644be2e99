"""Who is shut out has no session left: being let in again revives none, in no browser and no app."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.actions import logins, organisations, sessions, shutting_out, sign_in_ways
from accounts.drafts import LoginDraft
from accounts.models import Login
from accounts.sessions import How
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD, MobileSessionFactory
from tests.imports import applied, checked
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db


def signed_in(login: Login) -> Client:
    client = Client()
    assert client.post("/sign-in", {"login": login.user_name, "password": PASSWORD}).status_code == 302
    return client


def works(client: Client) -> bool:
    return client.get("/personal/edit").status_code == 200


def by(login: Login) -> Actor:
    return Actor(id=login.public_id, label=login.label, organisation_id=login.organisation_id, channel="console")


def disable_and_enable(olivia: Login, ada: Login) -> None:
    logins.disable(login=olivia, by=by(ada))
    logins.enable(login=olivia, by=by(ada))


def suspend_and_resume(olivia: Login, ada: Login) -> None:
    organisations.suspend_organisation(organisation=olivia.organisation, by=by(ada))
    organisations.resume_organisation(organisation=olivia.organisation, by=by(ada))


def set_and_remove_sso(olivia: Login, ada: Login) -> None:
    sign_in_ways.set_sso(login=olivia, sso=True, by=by(ada))
    sign_in_ways.set_sso(login=olivia, sso=False, by=by(ada))
    Login.objects.filter(pk=olivia.pk).update(password=olivia.password)


def expire_and_prolong(olivia: Login, ada: Login) -> None:
    Login.objects.filter(pk=olivia.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    olivia.refresh_from_db()
    draft = LoginDraft.cleaned(**{**state_of_draft(olivia), "expires_at": None})
    logins.edit_login(login=olivia, draft=draft, by=by(ada))


def state_of_draft(login: Login) -> dict[str, object]:
    names = ("user_name", "email", "language", "time_zone")
    return {**{name: getattr(login, name) for name in names}, "pairs": login.pairs}


WAYS: dict[How, Callable[[Login, Login], None]] = {
    How.DISABLED: disable_and_enable,
    How.SUSPENDED: suspend_and_resume,
    How.OTHER_WAY: set_and_remove_sso,
    How.EXPIRED: expire_and_prolong,
}


@pytest.mark.parametrize("how", WAYS)
def test_being_let_in_again_revives_no_session(how: How, olivia: Login, ada: Login) -> None:
    browser, app = signed_in(olivia), MobileSessionFactory(login=olivia)
    WAYS[how](olivia, ada)
    olivia.refresh_from_db()
    assert olivia.is_active
    assert not works(browser)
    assert not UserSession.objects.filter(user=olivia).exists()
    app.refresh_from_db()
    assert (app.ended_at is not None, app.ending) == (True, MobileSession.Ending.SHUT_OUT)
    ended = Entry.objects.get(verb=Verb.LOGIN_SESSION_END)
    assert (ended.actor_id, ended.subject_id, ended.details["how"]) == (ada.public_id, olivia.public_id, how)
    of_app = Entry.objects.get(verb=Verb.SESSION_END)
    assert (of_app.owner_id, of_app.token_id, of_app.reason) == (olivia.public_id, app.public_id, "shut_out")


@pytest.mark.parametrize("how", WAYS)
def test_a_sign_in_at_that_moment_is_not_revived_either(how: How, olivia: Login, ada: Login) -> None:
    """Its password was right before the change, its session is written after it: the letting in ends it."""
    late = []

    def sign_in_late() -> None:
        client = Client()
        client.force_login(olivia)
        sessions.note(login=olivia, key=client.session.session_key, session="ses_late", address="", user_agent="")
        late.append(client)

    both = {
        How.DISABLED: (
            lambda: logins.disable(login=olivia, by=by(ada)),
            lambda: logins.enable(login=olivia, by=by(ada)),
        ),
        How.SUSPENDED: (
            lambda: organisations.suspend_organisation(organisation=olivia.organisation, by=by(ada)),
            lambda: organisations.resume_organisation(organisation=olivia.organisation, by=by(ada)),
        ),
        How.OTHER_WAY: (lambda: None, lambda: set_and_remove_sso(olivia, ada)),
        How.EXPIRED: (lambda: None, lambda: expire_and_prolong(olivia, ada)),
    }
    shut, let_in = both[how]
    shut()
    sign_in_late()
    let_in()
    assert not works(late[0])


def test_the_worker_ends_what_is_left(olivia: Login, peter: Login, ada: Login, vera: Login) -> None:
    browsers = [signed_in(login) for login in (olivia, peter, ada)]
    app = MobileSessionFactory(login=vera)
    Login.objects.filter(pk=olivia.pk).update(enabled=False)
    Login.objects.filter(pk__in=[peter.pk, vera.pk]).update(expires_at=timezone.now())
    assert shutting_out.end_shut_out() == "3 ended"
    assert [*UserSession.objects.values_list("user", flat=True)] == [ada.pk]
    Login.objects.update(enabled=True, expires_at=None)
    assert [works(browser) for browser in browsers] == [False, False, True]
    app.refresh_from_db()
    assert app.ending == "shut_out"
    assert set(Entry.objects.filter(verb=Verb.LOGIN_SESSION_END).values_list("channel", "subject_id")) == {
        ("worker", olivia.public_id), ("worker", peter.public_id),
    }  # fmt: skip
    assert shutting_out.end_shut_out() == ""


def test_an_import_that_disables_ends_sessions_too(olivia: Login, ada: Login) -> None:
    browser, app, other = signed_in(olivia), MobileSessionFactory(login=olivia), signed_in(ada)
    for enabled in ("No", "Yes"):
        applied(checked(ada, "User Name;Enabled", f"{olivia.user_name};{enabled}"), ada)
    olivia.refresh_from_db()
    app.refresh_from_db()
    assert (olivia.enabled, app.ending) == (True, "shut_out")
    assert (works(browser), works(other)) == (False, True)


def test_a_deleted_login_leaves_no_session(olivia: Login, ada: Login) -> None:
    browser = signed_in(olivia)
    key = browser.session.session_key
    logins.delete_login(login=olivia, by=by(ada))
    assert not works(browser)
    assert not Session.objects.filter(session_key=key).exists()
    assert Entry.objects.get(verb=Verb.LOGIN_SESSION_END).details["how"] == How.DELETED


def test_a_thousand_sessions_take_few_statements(
    olivia: Login, olga: Login, django_assert_max_num_queries: Callable[..., object]
) -> None:
    foreign = signed_in(olga)
    now = timezone.now() + timedelta(hours=1)
    Session.objects.bulk_create(Session(session_key=f"k{n}", session_data="", expire_date=now) for n in range(1000))
    UserSession.objects.bulk_create(
        UserSession(user=olivia, session_key=f"k{n}", ip="192.0.2.7", user_agent="", data={"public_id": f"ses_{n}"})
        for n in range(1000)
    )
    with django_assert_max_num_queries(25):
        organisations.suspend_organisation(organisation=olivia.organisation, by=replace(by(olga), id=""))
    assert works(foreign)
    assert UserSession.objects.count() == 1
    assert Session.objects.count() == 1
    ended = Entry.objects.filter(verb=Verb.LOGIN_SESSION_END, organisation_id=olivia.organisation_id)
    assert ended.count() == 1000

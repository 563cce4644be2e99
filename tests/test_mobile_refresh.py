"""Refreshing a mobile session: a new pair of JWTs each time, thieves found, refused as long as calls are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.actions import passwords
from accounts.models import Attempts, Login, OutboxMail
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.factories import LoginFactory
from tests.mobile_app import ACTOR, App, change_login, change_organisation, last, make_view_only, pair_ids, problem
from tests.test_jwt import claims_of, decoded, signed
from tokens.api import authentication
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)


def test_refreshing(olivia, places):
    app = App()
    before = app.sign_in(**pair_ids(olivia)[0]).json()
    ends = MobileSession.objects.get().expires_at
    MobileSession.objects.update(last_active_at=timezone.now() - timedelta(days=3))
    after = app.renew()
    assert after.status_code == 200
    assert (after["Cache-Control"], after["Content-Type"]) == ("no-store", "application/json")
    body = after.json()
    assert len({before["access"], before["refresh"], body["access"], body["refresh"]}) == 4
    assert {**before, "access": "", "refresh": "", "choices": 0} == {**body, "access": "", "refresh": "", "choices": 0}
    session = MobileSession.objects.get()
    assert session.expires_at == ends
    assert timezone.now() - session.last_active_at < timedelta(minutes=1)
    assert app.get("/api/meta").status_code == 200
    assert problem(app.get(access=before["access"]), 401, "replaced")["detail"].startswith("This JWT was replaced when")
    entry = last(Verb.SESSION_REFRESH)
    assert (entry.result, entry.token_id, entry.actor_id) == ("ok", session.public_id, olivia.public_id)


def test_refreshing_goes_on_until_the_sessions_end_and_no_longer(olivia):
    app = App()
    app.sign_in()
    MobileSession.objects.update(expires_at=timezone.now() + timedelta(minutes=5))
    body = app.renew().json()
    assert body["expires_in"] == pytest.approx(300, abs=5)
    assert claims_of(app.refresh)["exp"] == pytest.approx(timezone.now().timestamp() + 300, abs=5)
    MobileSession.objects.update(expires_at=timezone.now())
    problem(app.renew(), 401, "session_ended")
    problem(app.get(), 401, "session_ended")


def test_a_refresh_jwt_that_comes_twice_ends_the_session(olivia):
    app = App()
    app.sign_in()
    stolen = app.refresh
    app.renew()
    thief = App(REMOTE_ADDR="203.0.113.9")
    body = problem(thief.renew(stolen), 401, "reused")
    assert "Sign in again" in body["detail"]
    problem(app.get(), 401, "session_ended")
    problem(app.renew(), 401, "session_ended")
    session = MobileSession.objects.get()
    assert session.ending == "reused"
    end = last(Verb.SESSION_END)
    assert (end.reason, end.address, end.token_id) == ("reused", "203.0.113.9", session.public_id)
    tried = Entry.objects.filter(verb=Verb.SESSION_REFRESH, result="fail").earliest("id")
    assert (tried.reason, tried.address) == ("reused", "203.0.113.9")
    mail = OutboxMail.objects.get()
    assert (mail.to, mail.subject) == (olivia.email, "The mobile session on Olivia's phone was ended")
    assert "203.0.113.9" in mail.body
    assert "/password" in mail.body
    assert stolen not in mail.body


def test_a_reused_refresh_jwt_of_an_ended_session_mails_nobody_again(olivia):
    app = App()
    app.sign_in()
    first = app.refresh
    app.renew()
    for _turn in range(3):
        app.renew(first)
    assert OutboxMail.objects.count() == 1
    assert Entry.objects.filter(verb=Verb.SESSION_END).count() == 1


UNDONE = {
    "login_disabled": (change_login(enabled=False), change_login(enabled=True)),
    "login_expired": (change_login(expires_at=timezone.now() - timedelta(1)), change_login(expires_at=None)),
    "organisation_suspended": (
        change_organisation(suspended_at=timezone.now()),
        change_organisation(suspended_at=None),
    ),
    "tokens_stopped": (
        change_organisation(tokens_stopped_at=timezone.now()),
        change_organisation(tokens_stopped_at=None),
    ),
    "view_only": (make_view_only, lambda login: set_type(login, "general-user")),
}


def set_type(login: Login, slug: str) -> None:
    login.assignments.update(user_type=login.organisation.user_types.get(slug=slug))


@pytest.mark.parametrize(("reason", "changes"), UNDONE.items(), ids=UNDONE)
def test_what_stops_calls_stops_refreshing_until_it_is_undone(olivia, reason, changes):
    app = App()
    app.sign_in()
    stop, undo = changes
    stop(olivia)
    problem(app.get(), 401, reason)
    problem(app.renew(), 401, reason)
    entry = last(Verb.SESSION_REFRESH)
    assert (entry.result, entry.reason, entry.owner_id) == ("fail", reason, olivia.public_id)
    undo(olivia)
    assert (app.get().status_code, app.renew().status_code, app.get().status_code) == (200, 200, 200)


def test_a_session_goes_on_only_while_its_login_could_begin_one(olivia):
    app = App()
    app.sign_in()
    change_organisation(second_factor_required=True)(olivia)
    problem(app.renew(), 401, "sign_in_refused")
    assert last(Verb.SESSION_REFRESH).details == {"why": "second_factor"}
    change_organisation(second_factor_required=False)(olivia)
    assert app.renew().status_code == 200


def test_a_changed_password_ends_every_session_for_good(olivia):
    app, tablet = App(), App()
    app.sign_in()
    tablet.sign_in(device="Tablet")
    passwords.change_password(login=olivia, password="a much better password", by=ACTOR)
    for each in (app, tablet):
        problem(each.get(), 401, "password_changed")
        problem(each.renew(), 401, "password_changed")
    again = App()
    assert again.sign_in(password="a much better password").status_code == 200
    assert (again.get().status_code, again.renew().status_code) == (200, 200)


def test_a_pair_that_is_taken_away_is_no_longer_read_with(olivia, places):
    app = App()
    app.sign_in(**pair_ids(olivia)[0])
    olivia.assignments.filter(department=places.finance).delete()
    assert "choose another" in problem(app.get(), 401, "no_assignment")["detail"]
    problem(app.renew(), 401, "no_assignment")
    assert App().sign_in(**pair_ids(Login.objects.get(pk=olivia.pk))[0]).status_code == 200


def test_strings_that_refresh_nothing(olivia):
    app = App()
    app.sign_in()
    _token, api = valid_token(olivia)
    head, body, signature = app.refresh.split(".")
    other = LoginFactory(organisation=olivia.organisation, user_name="other@demo.example")
    stranger = App(other.user_name)
    stranger.sign_in()
    forged = signed({**claims_of(app.refresh), "exp": 1}, decoded(head))
    Login.objects.filter(pk=other.pk).delete()
    entries = Entry.objects.count()
    for text in (
        "", "x", "a.b.c", app.access, api, f"{app.refresh}=", f" {app.refresh}", f"{app.refresh}\n", f"{head}.{body}.",
        f"{app.access.split('.')[0]}.{body}.{signature}", "A" * 6000, "ü", "\x00", stranger.refresh,
    ):  # fmt: skip
        body_of = problem(app.renew(text), 401)
        assert body_of["detail"] == "The refresh JWT is not valid. Sign in again."
    assert Entry.objects.count() == entries
    assert app.renew().status_code == 200
    problem(app.renew(forged), 401, "reused")  # with the key in their hands thieves still end what they touch


def test_a_body_that_is_no_refresh(db):
    for body in ({}, {"refresh": None}, {"refresh": 1}, {"token": "x"}, {"refresh": "x", "device": "y"}):
        assert '{"refresh": "<JWT>"}' in problem(App().post("refresh", body), 400, "invalid_request")["detail"]


def test_guessing_is_limited_by_address(db, monkeypatch):
    monkeypatch.setattr(authentication, "FAILURES_LIMIT", 3)
    for _guess in range(3):
        problem(App().renew("x"), 401)
    response = App().renew("x")
    assert problem(response, 429, "too_many_attempts")
    assert int(response["Retry-After"]) > 0


def test_a_flood_of_refused_refreshes_does_not_fill_the_ledger(olivia):
    app = App()
    app.sign_in()
    app.sign_out()
    for _turn in range(70):
        problem(app.renew(), 401, "session_ended")
    # More of them where a minute began in between; each minute has its sixty.
    minutes = Attempts.objects.filter(key__startswith="fail:").values_list("count", flat=True)
    assert sum(minutes) == 70
    assert Entry.objects.filter(verb=Verb.SESSION_REFRESH).count() == sum(min(count, 60) for count in minutes)

"""Mobile sessions over HTTP: begun, used, refreshed, ended; and everything that is refused on the way."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.utils import timezone

from accounts.actions import passwords
from accounts.exceptions import Conflict
from accounts.models import Login, Organisation, OutboxMail
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from config.management.commands import worker
from tests.api_calls import valid_token
from tests.factories import PASSWORD, LoginFactory, UserTypeFactory
from tests.test_jwt import claims_of, decoded, signed
from tokens import jwt
from tokens.actions import mobile
from tokens.api import authentication
from tokens.keys import ring
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)

AGENT = "Field/2.1 (iPhone)"
ACTOR = Actor(label="Olivia Novak", channel="console")


class App:
    """An app on a phone: it knows what it was last given."""

    def __init__(self, user_name: str = "olivia@demo.example", **headers: str) -> None:
        self.client = Client(raise_request_exception=False, HTTP_USER_AGENT=AGENT, **headers)
        self.user_name, self.access, self.refresh = user_name, "", ""

    def post(self, address: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        response = self.client.post(f"/api/mobile/{address}", content, content_type="application/json", **headers)
        if response.status_code == 200 and "access" in response.json():
            self.access, self.refresh = response.json()["access"], response.json()["refresh"]
        return response

    def sign_in(self, **more: Any) -> Any:
        return self.post(
            "login", {"username": self.user_name, "password": PASSWORD, "device": "Olivia's phone", **more}
        )

    def renew(self, refresh: str | None = None) -> Any:
        return self.post("refresh", {"refresh": self.refresh if refresh is None else refresh})

    def sign_out(self, refresh: str | None = None) -> Any:
        return self.post("logout", {"refresh": self.refresh if refresh is None else refresh})

    def get(self, address: str = "/api/meta", access: str | None = None) -> Any:
        bearer = self.access if access is None else access
        return self.client.get(address, HTTP_AUTHORIZATION=f"Bearer {bearer}")

    def rows(self, report: str) -> Any:
        response = self.get(f"/api/data/{report}")
        assert response.status_code == 200, report
        return json.loads(b"".join(response))


def pair_ids(login: Login) -> list[dict[str, str | None]]:
    return [
        {"user_type": each.user_type.role_id, "department": each.department and each.department.public_id}
        for each in login.assignments_now
    ]


def problem(response: Any, status: int, reason: str = "") -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body.get("reason", "") == reason
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer realm=")
    return body


def last(verb: Verb) -> Entry:
    return Entry.objects.filter(verb=verb).latest("id")


def test_signing_in(olivia, places):
    chosen = next(ids for ids in pair_ids(olivia) if ids["department"] == places.finance.public_id)
    app = App()
    response = app.sign_in(**chosen)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert not response.cookies
    session = MobileSession.objects.get()
    organisation = olivia.organisation_id
    general = {"id": f"{organisation}:general-user", "name": "General User"}
    finance = {"user_type": general, "department": {"id": places.finance.public_id, "name": "Finance"}}
    south = {"user_type": general, "department": {"id": places.south.public_id, "name": "Energy > South"}}
    ends = session.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert response.json() == {
        "access": app.access,
        "refresh": app.refresh,
        "token_type": "Bearer",
        "expires_in": 900,
        "refresh_expires_at": ends,
        "session": {"id": session.public_id, "device": "Olivia's phone", **finance, "expires_at": ends},
        "choices": [south, finance],
    }
    assert session.expires_at - session.created_at == pytest.approx(timedelta(days=30), abs=timedelta(seconds=5))
    assert (bytes(session.access_digest), bytes(session.refresh_digest)) == (
        jwt.digest(app.access), jwt.digest(app.refresh),
    )  # fmt: skip


def test_what_the_two_jwts_say(olivia, places):
    app = App()
    app.sign_in(**pair_ids(olivia)[0])
    session = MobileSession.objects.get()
    head, claims = json.loads(decoded(app.access.split(".")[0])), claims_of(app.access)
    assert head == {"alg": "ES256", "kid": ring().signer.kid, "typ": "at+jwt"}
    assert (len(claims.pop("jti")), claims.pop("exp") - claims.pop("iat")) == (43, 900)
    identity = {
        "iss": ring().issuer, "sub": olivia.public_id, "client_id": session.public_id, "id": session.public_id,
        "token_id": session.public_id,
    }  # fmt: skip
    assert claims == {
        **identity,
        "aud": f"{ring().issuer}/api",
        "token_use": "mobile_access",
        "scope": "api:meta:read api:report:read",
        "org_id": olivia.organisation_id,
        "token_name": "Olivia's phone",
        "assume_roles": [f"{olivia.organisation_id}:general-user"],
    }
    head, claims = json.loads(decoded(app.refresh.split(".")[0])), claims_of(app.refresh)
    assert head == {"alg": "ES256", "kid": ring().signer.kid, "typ": "refresh+jwt"}
    assert (len(claims.pop("jti")), claims.pop("exp") - claims.pop("iat")) == (43, 30 * 24 * 3600)
    assert claims == {**identity, "aud": f"{ring().issuer}/api/mobile/refresh", "token_use": "mobile_refresh"}


def test_a_session_reads_with_its_pair_and_no_other(olivia, organisation, places):
    """Finance may see contacts there; South may not: a session in South sees nothing of it."""
    viewer = UserTypeFactory(organisation=organisation, permissions=["report:read", "contact:view"], slug="viewer")
    olivia.assignments.filter(department=places.finance).update(user_type=viewer)
    app = App()
    app.sign_in(user_type=viewer.role_id, department=places.finance.public_id)
    assert [row["Department"] for row in app.rows("ContactsAndLogins")] == ["Finance"]
    app.sign_in(user_type=f"{organisation.pk}:general-user", department=places.south.public_id)
    rows = app.rows("ContactsAndLogins")
    assert [(row["User Name"], row["Department"]) for row in rows] == [(olivia.user_name, "Energy > South")]


def test_none_chosen_reads_nothing_at_all(olivia):
    app = App()
    chosen = app.sign_in().json()["session"]
    assert (chosen["user_type"], chosen["department"]) == (None, None)
    assert MobileSession.objects.get().restriction == "|"
    assert claims_of(app.access)["assume_roles"] == []
    assert len(app.get().json()["reports"]) >= 5
    for name in ("ContactsAndLogins", "TokenInventory", "TokenActivity", "RecentLogins", "ReportUsage"):
        assert app.rows(name) == []
        csv = b"".join(app.get(f"/api/data/{name}?format=csv")).decode()
        assert csv.startswith("Rowid,")
        assert csv.count("\n") == 1
        assert app.get(f"/api/meta/reports/{name}").status_code == 200
    assert last(Verb.REPORT_READ).details["rows"] == 0


def test_null_and_absent_choose_nothing(olivia):
    for spelling in ({}, {"user_type": None}, {"department": None}, {"user_type": None, "department": None}):
        assert App().sign_in(**spelling).json()["session"]["user_type"] is None


def test_the_whole_organisation_is_a_department_of_null_or_none(ada):
    owner = f"{ada.organisation_id}:owner"
    for spelling in ({"user_type": owner}, {"user_type": owner, "department": None}):
        app = App(ada.user_name)
        session = app.sign_in(**spelling).json()["session"]
        assert (session["user_type"]["id"], session["department"]) == (owner, None)
        assert app.rows("TokenInventory") == []
        assert [row["User Name"] for row in app.rows("ContactsAndLogins")] == [ada.user_name]


def test_a_pair_that_is_not_the_logins_own(olivia, places, olga):
    general = f"{olivia.organisation_id}:general-user"
    for wrong in (
        {"user_type": general},
        {"user_type": general, "department": places.energy.public_id},
        {"user_type": f"{olivia.organisation_id}:owner", "department": places.finance.public_id},
        {"user_type": f"{olga.organisation_id}:general-user", "department": places.finance.public_id},
        {"user_type": general.upper(), "department": places.finance.public_id},
        {"user_type": "\x00", "department": "' OR 1=1 --"},
    ):
        body = problem(App().sign_in(**wrong), 400, "wrong_pair")
        assert [choice["department"]["name"] for choice in body["allowed"]] == ["Energy > South", "Finance"]
    assert not MobileSession.objects.exists()
    assert last(Verb.SIGN_IN_FAIL).reason == "wrong_pair"
    assert App().sign_in().status_code == 200  # none of these counted as a guess


def sign_in_body(**more: Any) -> dict[str, Any]:
    body = {"username": "olivia@demo.example", "password": PASSWORD, "device": "Phone", **more}
    return {name: value for name, value in body.items() if value is not ...}


BAD_BODIES: dict[str, tuple[Any, str]] = {
    "no username": (sign_in_body(username=...), "username"),
    "no password": (sign_in_body(password=...), "password"),
    "no device": (sign_in_body(device=...), "device"),
    "username a number": (sign_in_body(username=1), "username"),
    "password a list": (sign_in_body(password=["x"]), "password"),
    "password null": (sign_in_body(password=None), "password"),
    "device empty": (sign_in_body(device=""), "device"),
    "device blank": (sign_in_body(device=" \t\n"), "device"),
    "device invisible": (sign_in_body(device="\u200b\u200d\u2066\x00"), "device"),
    "device too long": (sign_in_body(device="x" * 101), "device"),
    "department a number": (sign_in_body(user_type="1:general-user", department=3), "department"),
    "department without user type": (sign_in_body(department="dep_x"), "department"),
    "user type an object": (sign_in_body(user_type={}), "user_type"),
    "unknown field": (sign_in_body(tenant=1), "tenant"),
    "two things": ({"username": "x", "colour": "red"}, "colour is not known. password"),
    "a list": ([], "object"),
    "a text": ('"x"', "object"),
    "no JSON": ("{", "JSON"),
    "deep": ("[" * 5000, "JSON"),
    "a lone surrogate": ('{"username": "\\ud800", "password": "x", "device": "x"}', "JSON"),
    "not UTF-8": (b'{"username": "\xff"}', "JSON"),
}


def test_a_body_that_is_no_sign_in(olivia):
    for name, (body, named) in BAD_BODIES.items():
        assert named in problem(App().post("login", body), 400, "invalid_request")["detail"], name
    assert not Entry.objects.exists()


def test_other_content_and_too_much_of_it(olivia):
    client = Client()
    for address in ("login", "refresh", "logout"):
        path = f"/api/mobile/{address}"
        problem(client.post(path, {"username": "x"}), 415)
        problem(client.post(path, "username=x", content_type="application/x-www-form-urlencoded"), 415)
        problem(client.post(path, b"x" * 20_000, content_type="application/json"), 413)
        for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
            response = client.generic(method, path)
            assert (response.status_code, response["Allow"]) == (405, "POST"), method
        assert client.post(path + "/", "{}", content_type="application/json").status_code == 404


def test_a_devices_name_is_cleaned(olivia):
    for given, kept in (
        ("  Olivia’s\t iPhone\n15  ", "Olivia’s iPhone 15"),
        ("Pho\u200bne\x00\u202e", "Phone"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 tablet", "\U0001f468\u200d\U0001f469\u200d\U0001f467 tablet"),
        ("\u200dx\u200d", "x"),
        ("名" * 100, "名" * 100),
    ):
        assert App().sign_in(device=given).json()["session"]["device"] == kept
    entry = last(Verb.SESSION_BEGIN)
    assert (entry.subject_label, entry.token_name) == ("名" * 100, "名" * 100)


def change_login(**values: Any) -> Callable[[Login], Any]:
    return lambda login: Login.objects.filter(pk=login.pk).update(**values)


def make_view_only(login: Login) -> None:
    login.assignments.update(user_type=login.organisation.user_types.get(slug="view-only"))


def change_organisation(**values: Any) -> Callable[[Login], Any]:
    return lambda login: Organisation.objects.filter(pk=login.organisation_id).update(**values)


REFUSED_LOGINS: dict[str, Callable[[Login], Any]] = {
    "service": change_login(is_service=True),
    "sso": change_login(is_sso=True),
    "disabled": change_login(enabled=False),
    "expired": change_login(expires_at=timezone.now() - timedelta(minutes=1)),
    "suspended": change_organisation(suspended_at=timezone.now()),
    "view_only": make_view_only,
    "second_factor": change_organisation(second_factor_required=True),
    "change_due": change_login(must_change_password=True),
}


def without_names(response: Any) -> tuple[Any, ...]:
    body = {name: value for name, value in response.json().items() if name != "request_id"}
    headers = {name: value for name, value in response.items() if name != "X-Request-ID"}
    return response.status_code, body, headers


@pytest.mark.parametrize(("reason", "change"), REFUSED_LOGINS.items(), ids=REFUSED_LOGINS)
def test_every_login_that_may_not_looks_like_a_wrong_password(olivia, reason, change):
    wrong = App().sign_in(password="not the password at all")
    body = problem(wrong, 401, "bad_credentials")
    assert body["detail"] == "Bad credentials"
    assert last(Verb.SIGN_IN_FAIL).reason == "bad_password"
    change(olivia)
    refused = App().sign_in()
    assert without_names(refused) == without_names(wrong)
    entry = last(Verb.SIGN_IN_FAIL)
    assert (entry.reason, entry.subject_id, entry.channel, entry.scheme) == (
        reason,
        olivia.public_id,
        "api",
        "password",
    )
    assert without_names(App("nobody@demo.example").sign_in()) == without_names(wrong)
    assert not MobileSession.objects.exists()


def test_a_name_is_locked_and_an_address_is_limited(olivia):
    for _guess in range(olivia.organisation.password_attempts_limit):
        App().sign_in(password="not the password at all")
    problem(App().sign_in(), 401, "bad_credentials")
    assert last(Verb.SIGN_IN_FAIL).reason == "locked"
    for _guess in range(100):
        response = App().sign_in(password="not the password at all")
    assert problem(response, 429, "too_many_attempts")
    assert 0 < int(response["Retry-After"]) <= 900


def test_begin_and_use_are_on_record(olivia, places):
    app = App(REMOTE_ADDR="192.0.2.33")
    app.sign_in(**pair_ids(olivia)[0])
    session = MobileSession.objects.get()
    entry = Entry.objects.get()
    assert (entry.verb, entry.result, entry.reason, entry.channel) == (Verb.SESSION_BEGIN, "ok", "", "api")
    assert (entry.actor_id, entry.actor_label, entry.owner_id) == (olivia.public_id, olivia.label, olivia.public_id)
    assert (entry.organisation_id, entry.token_id, entry.token_name) == (
        olivia.organisation_id, session.public_id, session.device,
    )  # fmt: skip
    assert (entry.subject_kind, entry.subject_id) == ("mobile_session", session.public_id)
    assert (entry.address, entry.user_agent, entry.method, entry.path) == (
        "192.0.2.33", AGENT, "POST", "/api/mobile/login",
    )  # fmt: skip
    assert entry.details == {"limited_to": ["General User, Finance"], "expires_at": session.expires_at.isoformat()}
    response = app.get("/api/data/TokenInventory")
    assert response.status_code == 200
    b"".join(response)
    used, read = Entry.objects.order_by("id")[1:]
    assert (used.verb, used.result, used.scheme) == (Verb.TOKEN_AUTHENTICATE, "ok", "bearer")
    assert (used.token_id, used.token_name, used.owner_id, used.owner_label) == (
        session.public_id, session.device, olivia.public_id, olivia.user_name,
    )  # fmt: skip
    assert (read.verb, read.token_id, read.request_id) == (Verb.REPORT_READ, session.public_id, used.request_id)


def test_nothing_of_a_jwt_or_password_is_kept(olivia):
    app = App()
    app.sign_in()
    app.renew()
    secrets = {PASSWORD, app.access, app.refresh, app.access.split(".")[2], app.refresh.split(".")[2]}
    kept = [str(list(model._default_manager.values())) for model in apps.get_models()]
    assert not [secret for secret in secrets for text in kept if secret in text]


def test_signing_in_again_begins_another_session(olivia):
    first, second = App(), App()
    first.sign_in()
    second.sign_in(device="Tablet")
    assert MobileSession.objects.count() == 2
    first.sign_out()
    assert (first.get().status_code, second.get().status_code) == (401, 200)


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
    assert Entry.objects.filter(verb=Verb.SESSION_REFRESH).count() in {60, 70}  # 70 where a minute began in between


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


def test_a_mobile_jwt_manages_no_tokens(ada):
    app = App(ada.user_name)
    app.sign_in(user_type=f"{ada.organisation_id}:owner")
    for method, path in (("GET", "/v1/access-tokens"), ("POST", "/v1/access-tokens")):
        response = app.client.generic(method, path, HTTP_AUTHORIZATION=f"Bearer {app.access}")
        assert response.status_code == 403
        assert 'error="insufficient_scope"' in response["WWW-Authenticate"]


def test_the_other_ways_to_give_a_token_take_a_mobile_jwt_too(olivia, places):
    app = App()
    app.sign_in(**pair_ids(olivia)[0])
    tenant = str(olivia.organisation_id)
    address = "/api/meta"
    assert app.client.get(address, HTTP_AUTH_TOKEN=app.access, HTTP_AUTH_TENANT_ID=tenant).status_code == 200
    assert app.client.get(address, HTTP_AUTH_TOKEN=app.access, HTTP_AUTH_TENANT_ID="999999").status_code == 401
    assert last(Verb.TOKEN_AUTHENTICATE).reason == "wrong_tenant"
    assert app.client.get("/api/whoami", HTTP_AUTHORIZATION=f"Bearer {app.access}").status_code == 200

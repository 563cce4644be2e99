"""What a mobile session reads and does: with its one pair, on record, and nothing of its secrets kept."""

import pytest
from django.apps import apps

from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD, UserTypeFactory
from tests.mobile_app import AGENT, App, last, pair_ids
from tests.test_jwt import claims_of
from tokens.models import MobileSession

pytestmark = pytest.mark.django_db(transaction=True)


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


def test_the_whole_organisation_is_a_department_of_null_or_none(ada):
    owner = f"{ada.organisation_id}:owner"
    for spelling in ({"user_type": owner}, {"user_type": owner, "department": None}):
        app = App(ada.user_name)
        session = app.sign_in(**spelling).json()["session"]
        assert (session["user_type"]["id"], session["department"]) == (owner, None)
        assert app.rows("TokenInventory") == []
        assert [row["User Name"] for row in app.rows("ContactsAndLogins")] == [ada.user_name]


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

"""Login Activity: every sign-in, refused ones too, by which way, for how long, and for whose eyes."""

import csv
import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import Login
from accounts.sessions import How
from audit.models import Entry
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.factories import PASSWORD, UserTypeFactory
from tests.test_token_logs import signed_in

pytestmark = pytest.mark.django_db
ADDRESS = "/login-activity"


def rows(response) -> list[list[str]]:
    assert response.status_code == 200
    return [
        [" ".join(strip_tags(str(cell.shown)).split()) for cell in row.cells] for row in response.context["grid"].rows
    ]


@pytest.fixture
def session_of_olivia(olivia) -> str:
    """A console session of four hours and a bit that ended by itself."""
    began = timezone.now() - timedelta(hours=6)
    entry(olivia, Verb.SIGN_IN, at=began, details={"session": "ses_1"}, user_agent="Mozilla/5.0 Firefox/145.0")
    ended = {"session": "ses_1", "how": How.IDLE.value}
    entry(olivia, Verb.LOGIN_SESSION_END, at=began + timedelta(hours=4, minutes=12), details=ended)
    return "ses_1"


class TestRows:
    def test_how_long_a_session_lasted_and_how_it_ended(self, ada, olivia, session_of_olivia):
        [row] = rows(signed_in(ada).get(ADDRESS))
        assert row[1:] == [
            "olivia@demo.example", "Console", "OK", "4 h 12 min, idle, or open too long", "Firefox", "192.0.2.7"
        ]  # fmt: skip

    def test_an_open_session_an_ended_one_and_one_that_nothing_is_known_of(self, ada, olivia):
        entry(olivia, Verb.SIGN_IN)
        began = timezone.now() - timedelta(minutes=90)
        entry(olivia, Verb.SIGN_IN, at=began, details={"session": "ses_1"})
        entry(olivia, Verb.SIGN_IN, at=began + timedelta(minutes=1), details={"session": "ses_2"})
        entry(olivia, Verb.SIGN_OUT, at=began + timedelta(minutes=31), details={"session": "ses_2"})
        found = rows(signed_in(ada).get(ADDRESS))
        assert [row[4] for row in found] == ["30 min, signed out", "open", "–"]

    def test_refusals_are_red_with_the_reason_in_words(self, ada, olivia):
        entry(olivia, Verb.SIGN_IN_FAIL, result="fail", reason="bad_password")
        response = signed_in(ada).get(ADDRESS)
        assert rows(response)[0][3:5] == ["Fail Wrong password", "–"]
        assert "tag-red" in response.content.decode()

    def test_programs_and_mobile_apps(self, ada, olivia):
        entry(olivia, Verb.SIGN_IN, scheme="password", channel="api")
        device = {"subject_kind": "mobile_session", "subject_id": "mob_1", "subject_label": "Olivia's phone"}
        began = timezone.now() - timedelta(minutes=10)
        entry(olivia, Verb.SESSION_BEGIN, at=began, **device)
        entry(olivia, Verb.SESSION_END, reason="disconnected", at=began + timedelta(minutes=5), **device)
        over = {"expires_at": (timezone.now() - timedelta(days=1)).isoformat()}
        entry(olivia, Verb.SESSION_BEGIN, **{**device, "subject_id": "mob_2"}, details=over)
        found = rows(signed_in(ada).get(ADDRESS))
        assert [row[2] for row in found] == [
            "Mobile app: Olivia&#x27;s phone", "Mobile app: Olivia&#x27;s phone", "Program, with the password"
        ]  # fmt: skip
        assert [row[4] for row in found] == ["over", "5 min, Disconnected by an administrator", "–"]
        assert {row[1] for row in found} == {"olivia@demo.example"}

    def test_a_real_sign_in_and_sign_out(self, ada, olivia):
        browser = Client()
        browser.post("/sign-in", {"login": olivia.user_name, "password": "wrong"})
        browser.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD})
        browser.post("/sign-out")
        found = rows(signed_in(ada).get(ADDRESS))
        assert [row[3] for row in found] == ["OK", "Fail Wrong password"]
        assert found[0][4] == "less than a minute, signed out"


class TestWhoMay:
    def test_an_organisation_sees_its_own(self, ada, olga, olivia):
        entry(olivia, Verb.SIGN_IN)
        entry(olga, Verb.SIGN_IN)
        assert [row[1] for row in rows(signed_in(ada).get(ADDRESS))] == ["olivia@demo.example"]
        assert [row[1] for row in rows(signed_in(olga).get(ADDRESS))] == ["olga@other.example"]

    def test_a_right_in_departments_shows_their_people_alone(self, vera, olivia, peter, ada, places):
        watcher = UserTypeFactory(organisation=vera.organisation, permissions=["log:view"])
        vera.assignments.create(user_type=watcher, department=places.finance)
        for login in (olivia, peter, ada):
            entry(login, Verb.SIGN_IN, owner_id="", owner_label=None)
        assert [row[1] for row in rows(signed_in(vera).get(ADDRESS))] == ["olivia@demo.example"]

    def test_nobody_else(self, olivia, peter, vera):
        assert Client().get(ADDRESS).status_code == 302
        for login in (olivia, peter, vera):
            assert signed_in(login).get(ADDRESS).status_code == 403


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("person=olivia@demo.example", 3),
        ("person=Olivia+Novak", 3),
        ("person=Olivia", 0),
        ("way=console", 2),
        ("way=program", 1),
        ("way=mobile", 1),
        ("result=fail", 1),
        ("reason=locked", 1),
        ("reason=sso", 0),
        ("address=198.51.100.9", 1),
        ("at_from=2020-01-01&at_to=2020-01-02", 0),
        ("at_from=2020-01-01&result=ok", 3),
    ],
)
def test_each_filter_is_exact(ada: Login, olivia: Login, query: str, count: int):
    entry(olivia, Verb.SIGN_IN_FAIL, result="fail", reason="locked")
    entry(olivia, Verb.SIGN_IN, scheme="password")
    entry(olivia, Verb.SESSION_BEGIN, subject_kind="mobile_session", subject_id="mob_1", subject_label="Phone")
    entry(ada, Verb.SIGN_IN, address="198.51.100.9")
    entry(ada, Verb.SIGN_OUT)
    assert len(rows(signed_in(ada).get(f"{ADDRESS}?{query}"))) == count


def test_an_export_holds_what_is_filtered_and_is_on_record(ada: Login, olivia: Login, session_of_olivia: str):
    entry(ada, Verb.SIGN_IN)
    response = signed_in(ada).get(f"{ADDRESS}?person={olivia.user_name}&export=csv")
    [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
    assert row["User Name"] == olivia.user_name
    assert row["Session"] == "4 h 12 min, idle, or open too long"
    noted = Entry.objects.get(verb=Verb.LOG_EXPORT)
    assert noted.details == {"format": "csv", "filters": {"person": [olivia.user_name]}}

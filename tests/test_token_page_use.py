"""Who calls with a token: the plot, tools and addresses, failures and sessions, and what each report gives it."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Login, Organisation
from accounts.permissions import Permission
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.audit_entries import entry
from tests.report_files import *  # noqa: F403
from tests.report_files import Ground, publish
from tests.token_story import created, edited, generated, signed_in
from tokens import usage
from tokens.effective import pairs_of, report_access
from tokens.models import AccessToken
from tokens.usage import last_calls, seen, sessions
from tokens.verdicts import WAYS_OUT, Verdict

pytestmark = pytest.mark.django_db
EXCEL, POSTMAN = "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Excel 16.0)", "PostmanRuntime/7.46.0"


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    token = created(olivia, "Board pack")
    generated(token)
    return token


class Caller:
    """Writes the entries that a tool's calls would leave, oldest first."""

    def __init__(self, token: AccessToken) -> None:
        self.token, self.number = token, 0

    def __call__(self, minutes_ago: float, *, read: str = "", rows: int = 0, **more: Any) -> None:
        self.number += 1
        common = {"token": self.token, "days_ago": minutes_ago / 1440, "request_id": f"request{self.number:09}"}
        entry(self.token.owner, Verb.TOKEN_AUTHENTICATE, **{**common, **more})
        if read:
            told = {"subject_kind": "report", "subject_id": read, "details": {"rows": rows, "complete": True}}
            entry(self.token.owner, Verb.REPORT_READ, **{**common, **more, **told})


@pytest.fixture
def call(token: AccessToken) -> Caller:
    return Caller(token)


def page(token: AccessToken, path: str = "", viewer: Login | None = None) -> str:
    """The page's main part as it reads, to its owner or through the owner's login to another."""
    own = f"/tokens/{token.public_id}{path}"
    through = f"/logins/{token.owner.public_id}/tokens/{token.public_id}{path}"
    response = signed_in(viewer or token.owner).get(through if viewer else own)
    assert response.status_code == 200
    main = response.content.decode().partition("<main id=")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


class TestSessions:
    def test_a_gap_of_30_minutes_ends_a_session(self, token: AccessToken, call: Caller) -> None:
        for minutes_ago in (100, 90, 61, 30, 29):  # the gap between 61 and 30 is 31 minutes
            call(minutes_ago, user_agent=EXCEL)
        found = sessions(token, last_calls(token))
        assert [session.calls for session in found] == [2, 3]
        assert round((found[1].end - found[1].start) / timedelta(minutes=1)) == 39

    def test_each_tool_and_each_address_has_its_own(self, token: AccessToken, call: Caller) -> None:
        call(9, user_agent=EXCEL)
        call(8, user_agent=POSTMAN)
        call(7, user_agent=EXCEL)
        call(6, user_agent=EXCEL, address="198.51.100.4")
        found = sessions(token, last_calls(token))
        assert [(one.tool, one.address, one.calls) for one in found] == [
            ("Excel", "198.51.100.4", 1),
            ("Postman", "192.0.2.7", 1),
            ("Excel", "192.0.2.7", 2),
        ]

    def test_reports_and_rows_belong_to_the_session_of_their_call(self, token: AccessToken, call: Caller) -> None:
        call(200, read="RecentLogins", rows=1000)
        call(20, read="TokenActivity", rows=40)
        call(10, read="TokenActivity", rows=2)
        call(5, result="fail", reason="scope_missing")
        newest, oldest = sessions(token, last_calls(token))
        assert (newest.calls, newest.failures, newest.rows, newest.reports) == (3, 1, 42, {"TokenActivity": 2})
        assert (oldest.rows, oldest.reports) == (1000, {"RecentLogins": 1})

    def test_its_page_lists_them_newest_first(self, token: AccessToken, call: Caller, ada: Login) -> None:
        call(90, user_agent=POSTMAN)
        call(5, user_agent=EXCEL, read="TokenActivity", rows=1234)
        for words in (page(token, "/sessions"), page(token, "/sessions", viewer=ada)):
            assert re.search(r"Excel 192\.0\.2\.7 TokenActivity 1 0 1,234 .* Postman 192\.0\.2\.7 – 1 0 0", words)
            assert "2 sessions" in words

    def test_its_page_says_how_far_it_looks(
        self, token: AccessToken, call: Caller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(usage, "CALLS_READ", 2)
        monkeypatch.setattr("tokens.views.showing.CALLS_READ", 2)
        monkeypatch.setattr("tokens.views.showing.SESSIONS_A_PAGE", 1)
        for minutes_ago in (300, 200, 100):
            call(minutes_ago)
        words = page(token, "/sessions")
        assert "2 sessions in the last 2 calls" in words
        own = signed_in(token.owner)
        assert 'href="?page=2"' in own.get(f"/tokens/{token.public_id}/sessions").content.decode()
        assert 'href="?page=1"' in own.get(f"/tokens/{token.public_id}/sessions?page=2").content.decode()
        assert own.get(f"/tokens/{token.public_id}/sessions?page=none").status_code == 200

    def test_before_the_first_call(self, token: AccessToken, olivia: Login) -> None:
        assert "The first call begins a session." in page(token, "/sessions")
        assert "It has no JWT yet." in page(created(olivia, "Later"), "/sessions")


class TestTools:
    def test_each_with_its_first_and_last_call(self, token: AccessToken, call: Caller) -> None:
        call(60 * 24 * 91, user_agent="curl/8.9.1")  # too long ago
        call(3000, user_agent=EXCEL)
        call(2, user_agent=EXCEL)
        call(1, user_agent="")
        excel, unnamed = seen(last_calls(token), timezone.now())
        assert (excel.tool, excel.calls, excel.last - excel.first > timedelta(days=2)) == ("Excel", 2, True)
        assert unnamed.tool == ""
        words = page(token)
        assert re.search(r"Excel 192\.0\.2\.7 first .* last .* 2 calls Unnamed tool 192\.0\.2\.7", words)

    def test_nothing_called(self, token: AccessToken, olivia: Login) -> None:
        assert "Nothing has called with it in 90 days." in page(token)
        assert "Tools and addresses seen" not in page(created(olivia, "Later"))


class TestCallsAndFailures:
    def test_the_plot_tells_how_many(self, token: AccessToken, call: Caller) -> None:
        call(1)
        call(2, result="fail", reason="scope_missing")
        words = page(token)
        assert "Calls, last 30 days 1 OK 1 failed (50.0 %)" in words
        assert "Days in UTC." in words

    def test_failures_are_told_once_with_the_way_out(self, token: AccessToken, call: Caller) -> None:
        for minutes_ago in (500, 400, 300):
            call(minutes_ago, result="fail", reason="scope_missing", user_agent=EXCEL)
        call(20, result="fail", reason="replaced", user_agent=POSTMAN)
        words = page(token)
        last, first = words.index("JWT replaced"), words.index("Scope missing")
        assert last < first
        assert str(WAYS_OUT[Verdict.SCOPE_MISSING]) in words
        assert "Excel from 192.0.2.7 · 3 times since" in words
        html = signed_in(token.owner).get(f"/tokens/{token.public_id}").content.decode()
        assert f"/tokens/{token.public_id}/logs?request_id=request000000003" in html

    def test_all_is_well(self, token: AccessToken) -> None:
        words = page(token)
        assert "No call with it has failed." in words
        assert "No call in 30 days." in words

    def test_changes_name_who_made_them(self, token: AccessToken, ada: Login) -> None:
        edited(token, by=ada, name="Board")
        assert "Token updated by Ada Byron" in page(token)


class TestReports:
    def answers(self, token: AccessToken) -> dict[str, tuple[bool, str]]:
        token = AccessToken.objects.select_related("owner__organisation").get(pk=token.pk)
        return {found.name: (found.answers, found.words) for found in report_access(token, pairs_of(token))}

    def test_rows_of_the_departments_where_the_permission_holds(self, olivia: Login, ground: Ground) -> None:
        publish(ground, olivia.organisation_id, name="Whole")
        publish(ground, olivia.organisation_id, "department: department", name="Readings", number=2002)
        found = self.answers(valid_token(olivia)[0])
        assert set(list(found)[:2]) == {"Whole", "Readings"}  # the organisation's own come first
        assert found["Readings"] == (True, "the rows of Energy › South, Finance")
        assert found["Whole"][0] is False
        assert "belong to no department" in found["Whole"][1]
        assert found["TokenActivity"] == (True, "the rows about its owner alone")

    def test_all_rows_of_the_whole_organisation(self, ada: Login) -> None:
        assert self.answers(valid_token(ada)[0])["TokenActivity"] == (True, "all rows of the organisation")

    def test_why_none_answers(self, olivia: Login) -> None:
        for user_type in olivia.organisation.user_types.all():
            user_type.permissions = [Permission.TOKEN_CREATE]
            user_type.save()
        token, _jwt = valid_token(olivia)
        assert {answers for answers, _words in self.answers(token).values()} == {False}
        words = page(token)
        assert "needs a user type with the permission “Read reports”" in words
        assert "no report is in reach of its owner’s user types" in words

    @pytest.mark.django_db(transaction=True)
    def test_what_is_said_is_what_a_call_gets(self, olivia: Login, client: Any) -> None:
        """The page and the API ask the same rule: a report that answers gives 200, another 403."""
        token, jwt = valid_token(olivia)
        for name, (answers, _words) in self.answers(token).items():
            response = client.get(f"/api/data/{name}", headers={"Authorization": f"Bearer {jwt}"})
            if response.streaming:
                b"".join(response.streaming_content)
            assert response.status_code == (200 if answers else 403), name


def test_a_revoked_token_still_tells_what_it_did(token: AccessToken, call: Caller) -> None:
    call(5)
    AccessToken.objects.update(revoked_at=timezone.now())
    Organisation.objects.update(token_scopes_allowed=1)
    assert "1 OK" in page(token)
    assert "1 session" in page(token, "/sessions")

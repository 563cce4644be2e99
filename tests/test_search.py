"""The search box: what it finds for whom, and why a request was refused."""

import re

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Login
from accounts.permissions import Permission
from audit.models import Entry
from audit.request_ids import moment_of, new_request_id, request_id_at
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.browser import OpenPage
from tests.factories import AccessTokenFactory, LoginFactory, UserTypeFactory
from tests.token_story import created, generated
from tokens.models import AccessToken
from tokens.verdicts import WAYS_OUT, Verdict

pytestmark = pytest.mark.django_db


def signed_in(login: Login) -> Client:
    client = Client()
    client.force_login(login)
    return client


def page(login: Login, text: str) -> str:
    response = signed_in(login).get("/search", {"q": text})
    assert response.status_code == 200
    return response.content.decode()


def found(login: Login, text: str) -> dict[str, list[str]]:
    response = signed_in(login).get("/search", {"q": text})
    assert response.status_code == 200
    result = response.context["found"]
    return {
        "tokens": [hit.label for hit in result.tokens],
        "people": [hit.label for hit in result.people],
        "reports": [hit.label for hit in result.reports],
        "request": [told.title for told in result.request],
    }


@pytest.fixture
def tokens(ada: Login, olivia: Login, olga: Login) -> list[AccessToken]:
    return [AccessTokenFactory(owner=owner, name=f"Energy of {owner.label}") for owner in (ada, olivia, olga)]


@pytest.fixture
def refused(olivia: Login) -> Entry:
    """A call with Olivia's token that came too late."""
    token, at = AccessTokenFactory(owner=olivia, name="LabTest"), timezone.now()
    return entry(
        olivia, Verb.TOKEN_AUTHENTICATE, token=token, at=at, result="fail", reason="expired", actor_id="",
        request_id=request_id_at(at, b"failed"), channel="api", subject_kind="", subject_id="", subject_label=None,
    )  # fmt: skip


class TestWhatIsFound:
    def test_by_whom(self, ada, olivia, peter, vera, olga, tokens):
        everybodys = ["Energy of Olivia Novak", "Energy of Ada Byron"]  # the newest first
        assert found(ada, "energy")["tokens"] == everybodys
        assert found(olivia, "ENERGY")["tokens"] == ["Energy of Olivia Novak"]
        assert found(olga, "energy")["tokens"] == ["Energy of Olga Petrova"]
        for login in (peter, vera):
            assert found(login, "energy")["tokens"] == []

    def test_a_token_by_its_id(self, ada, olivia, tokens):
        assert found(ada, tokens[1].public_id)["tokens"] == ["Energy of Olivia Novak"]
        assert found(olivia, tokens[0].public_id)["tokens"] == []

    def test_people_by_any_of_their_names(self, ada, olivia, peter, olga):
        for text in ("peter", "john", "Peter John", "peter.john@demo", peter.public_id, peter.contact.public_id):
            assert found(ada, text)["people"] == ["Peter John"], text
        assert found(ada, "olga")["people"] == []
        assert found(olivia, "peter")["people"] == []

    def test_people_by_their_logins_within_reach_alone(self, ada, peter, places):
        """Of a person with logins in two departments only the one that the viewer may see leads to them."""
        kind = UserTypeFactory(organisation=ada.organisation, permissions=[Permission.CONTACT_VIEW])
        viewer = LoginFactory(
            organisation=ada.organisation, user_type=kind.slug, user_type__department=places.energy
        )  # fmt: skip
        hidden = LoginFactory(
            organisation=ada.organisation, contact=peter.contact, user_name="treasury",
            user_type__department=places.finance,
        )  # fmt: skip
        assert found(viewer, "peter.john")["people"] == found(viewer, peter.public_id)["people"] == ["Peter John"]
        for text in ("treasury", hidden.public_id):
            assert found(viewer, text)["people"] == [], text
            assert found(ada, text)["people"] == ["Peter John"], text
        assert found(viewer, "byron")["people"] == []

    def test_reports_by_name_or_title(self, vera):
        assert found(vera, "token activity")["reports"] == found(vera, "TokenActivity")["reports"] == ["Token Activity"]

    def test_nothing_and_no_question(self, vera):
        assert "Nothing is called" in page(vera, "no such thing")
        assert "Nothing is called" not in page(vera, "")
        for hostile in ("\x00", "%", "'--", "x" * 5_000, "<script>alert(1)</script>"):
            assert "<script>alert" not in page(vera, hostile)

    def test_only_for_people_who_signed_in(self):
        assert Client().get("/search?q=x").status_code == 302


class TestWhyACallFailed:
    def test_its_owner_and_who_sees_the_log_are_told(self, ada, olivia, refused):
        for login in (ada, olivia):
            told = page(login, refused.request_id)
            assert "JWT expired" in told
            assert str(WAYS_OUT[Verdict.EXPIRED]).partition(":")[0] in told
        assert f"/administrator/activity/{refused.pk}" in page(ada, refused.request_id)
        own = page(olivia, f"  {refused.request_id.upper()} ")
        assert "/administrator/activity" not in own
        assert f"/tokens/logs?request_id={refused.request_id}" in own

    def test_nobody_else_is_told_more_than_when(self, peter, vera, olga, refused):
        for login in (peter, vera, olga):
            told = page(login, refused.request_id)
            assert "No such request is on record here" in told
            assert "LabTest" not in told

    def test_the_whole_request_is_shown(self, ada, refused):
        closing = {"request_id": refused.request_id, "channel": "api", "organisation_id": ada.organisation_id}
        Entry.objects.create(verb=Verb.REPORT_READ, subject_kind="report", subject_id="TokenActivity", **closing)
        assert len(found(ada, refused.request_id)["request"]) == 2

    @pytest.mark.django_db(transaction=True)
    def test_an_answers_own_id_finds_its_entry(self, ada, olivia, client):
        jwt = generated(created(olivia, "LabTest"))
        answer = client.get("/api/meta", headers={"Authorization": f"Bearer {jwt}"})
        assert answer.status_code == 200
        assert found(ada, answer["X-Request-ID"])["request"] == ["Token used: LabTest"]


def test_a_request_id_carries_its_moment():
    made = new_request_id()
    assert re.fullmatch(r"[a-z2-7]{16}", made)
    assert abs((moment_of(made) - timezone.now()).total_seconds()) < 3
    assert len({new_request_id() for _ in range(100)}) == 100
    for other in ("", "wanted", "A" * 16, "1" * 16, made + "a"):
        assert moment_of(other) is None


@pytest.mark.browser
def test_the_box_is_reached_by_its_key_and_explains(enter_as: OpenPage, ada: Login, refused: Entry):
    browser = enter_as(ada, "/contacts")
    browser.keyboard.press("/")
    box = browser.get_by_role("banner").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.fill(refused.request_id)
    box.press("Enter")
    expect(browser.get_by_role("heading", name="Why this request was refused")).to_be_visible()
    expect(browser.get_by_text("JWT expired").first).to_be_visible()
    browser.get_by_role("link", name="Token used: LabTest").click()
    expect(browser.get_by_role("heading", name="Token used: LabTest")).to_be_visible()


def test_an_admitted_call_may_still_have_been_answered_with_an_error(olivia: Login) -> None:
    """The log knows whether the token was admitted, not what the report then said: the page says so."""
    token, at = AccessTokenFactory(owner=olivia, name="LabTest"), timezone.now()
    admitted = entry(
        olivia, Verb.TOKEN_AUTHENTICATE, token=token, at=at, actor_id="", request_id=request_id_at(at, b"unread"),
        channel="api", subject_kind="", subject_id="", subject_label=None,
    )  # fmt: skip
    client = Client()
    client.force_login(olivia)
    page = client.get("/search", {"q": admitted.request_id}).content.decode()
    assert "If the answer was an error all the same" in page

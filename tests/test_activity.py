"""Activity: every verb in words, for whose eyes, by every filter; and each entry's page with what changed."""

import csv
import io
import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from playwright.sync_api import expect

from accounts.models import Login
from audit.models import Entry
from audit.request_ids import request_id_at
from audit.verbs import GROUPS, Verb
from tests.audit_entries import entry
from tests.browser import OpenPage
from tests.factories import AccessTokenFactory, UserTypeFactory
from tests.token_story import created, edited
from tokens.entry_words import setting_words

pytestmark = pytest.mark.django_db
ADDRESS = "/administrator/activity"


def signed_in(login: Login) -> Client:
    """With every column shown."""
    Login.objects.filter(pk=login.pk).update(hidden_columns={"activity": []})
    client = Client()
    client.force_login(login)
    return client


def rows(response) -> list[list[str]]:
    assert response.status_code == 200
    return [
        [" ".join(strip_tags(str(cell.shown)).split()) for cell in row.cells] for row in response.context["grid"].rows
    ]


def text_of(response) -> str:
    assert response.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def page_of(found: Entry) -> str:
    return reverse("tokens:entry", args=[found.pk])


class TestTheList:
    def test_a_row_in_words(self, ada, peter):
        made = entry(
            ada, Verb.ROLE_ADD_PERSONAL, subject_id=peter.public_id, subject_label=peter.user_name, details={
                "before": False, "after": True,
            },
        )  # fmt: skip
        [row] = rows(signed_in(ada).get(ADDRESS))
        assert row[1:] == [
            "Personal role added", "Ada Byron", "Login peter.john@demo.example", "OK", "192.0.2.7", "Console",
            made.request_id, "Waiting",
        ]  # fmt: skip

    def test_every_verb_has_its_words_and_its_group(self, ada):
        for verb in Verb:
            entry(ada, verb, token=None)
        found = {row[1] for row in rows(signed_in(ada).get(f"{ADDRESS}?size=100"))}
        assert found == {str(verb.label) for verb in Verb}
        assert sorted(verb for _label, verbs in GROUPS for verb in verbs) == sorted(Verb)

    def test_things_are_linked_where_they_are(self, ada, olivia, peter):
        token = AccessTokenFactory(owner=olivia, name="LabTest")
        entry(olivia, Verb.TOKEN_CREATE, token=token, subject_kind="token", subject_id=token.public_id)
        entry(peter, Verb.LOGIN_ENABLE)
        entry(peter, Verb.LOGIN_DELETE, subject_id="lgn_gone", subject_label="gone")
        page = signed_in(ada).get(ADDRESS).content.decode()
        assert reverse("tokens:token_of_login", args=[olivia.public_id, token.public_id]) in page
        assert reverse("accounts:logins", args=[peter.contact.public_id]) in page
        assert "lgn_gone" not in page

    def test_who_may_not(self, olivia, peter, vera):
        assert Client().get(ADDRESS).status_code == 302
        for login in (olivia, peter, vera):
            assert signed_in(login).get(ADDRESS).status_code == 403

    def test_a_right_in_departments_shows_what_concerns_their_people(self, vera, ada, olivia, peter, places):
        watcher = UserTypeFactory(organisation=vera.organisation, permissions=["log:view"])
        vera.assignments.create(user_type=watcher, department=places.finance)
        seen = entry(olivia, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=olivia))
        hidden = entry(peter, Verb.SIGN_IN, owner_id="")
        client = signed_in(vera)
        assert len(rows(client.get(ADDRESS))) == 1
        assert client.get(page_of(seen)).status_code == 200
        assert client.get(page_of(hidden)).status_code == 404

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 6),
            ("activity=changes", 2),
            ("activity=token.update", 1),
            ("actor=olivia@demo.example", 4),
            ("actor=Olivia+Novak", 4),
            ("actor=Reports+API", 1),
            ("actor=Operator", 1),
            ("subject=LabTest", 4),
            ("subject=peter.john@demo.example", 1),
            ("subject=Nobody", 0),
            ("result=fail", 1),
            ("result=ok", 5),
            ("reason=expired", 1),
            ("reason=locked", 0),
            ("channel=command", 1),
            ("channel=api", 1),
            ("address=198.51.100.3", 1),
            ("at_from=2020-01-01&subject=LabTest", 4),
            ("at_to=2020-01-01&subject=LabTest", 0),
            ("q=LabTest", 4),
            ("q=Peter+John", 1),
            ("q=REQUEST", 1),
            ("request_id=REQUEST", 1),
        ],
    )
    def test_each_filter_is_exact(self, ada, olivia, peter, query, count):
        token = AccessTokenFactory(owner=olivia, name="LabTest")
        now = timezone.now()
        request = request_id_at(now, b"wanted")
        itself = {"subject_kind": "token", "subject_id": token.public_id, "subject_label": "LabTest"}
        entry(olivia, Verb.TOKEN_UPDATE, token=token, request_id=request, at=now, **itself)
        entry(olivia, Verb.TOKEN_SHOW, token=token, **itself)
        use = {"actor_id": "", "actor_label": "Reports API", "channel": "api", "address": "198.51.100.3"}
        entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, result="fail", reason="expired", **{**itself, **use})
        entry(olivia, Verb.REPORT_READ, token=token, subject_kind="report", subject_id="TokenActivity")
        entry(olivia, Verb.SIGN_IN)
        entry(peter, Verb.LOGIN_DISABLE, channel="command", actor_id="", actor_label="Operator")
        asked = query.replace("REQUEST", request).replace("changes", "changes")
        found = rows(signed_in(ada).get(f"{ADDRESS}?{asked}"))
        if query == "activity=changes":
            assert {row[1] for row in found} == {"Token updated", "JWT shown, not yet saved", "Login disabled"}
        else:
            assert len(found) == count

    def test_an_export_holds_what_is_filtered_and_is_on_record(self, ada, olivia):
        entry(olivia, Verb.LOGIN_DISABLE)
        entry(olivia, Verb.SIGN_IN_FAIL, result="fail", reason="locked")
        response = signed_in(ada).get(f"{ADDRESS}?result=fail&export=csv")
        [row] = csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig")))
        assert (row["Activity"], row["Result"]) == ("Sign-in refused", "Fail, Too many attempts")
        noted = Entry.objects.get(verb=Verb.LOG_EXPORT)
        assert noted.details == {"format": "csv", "filters": {"result": ["fail"]}}
        assert "Filter: Result fail" in text_of(signed_in(ada).get(page_of(noted)))


class TestAnEntrysPage:
    def test_a_tokens_edit_reads_as_a_diff(self, ada, olivia):
        token = created(olivia, "LabTest", scopes=3, expiry_choice="30")
        edited(token, name="LabTest 2", scopes=7, expiry_choice="never")
        changed = Entry.objects.get(verb=Verb.TOKEN_UPDATE)
        page = signed_in(ada).get(page_of(changed)).content.decode()
        lines = {kind: re.findall(rf"<{kind}>.*?</span>([^<]+)</{kind}>", page) for kind in ("del", "ins")}
        assert sorted(lines["del"]) == ["30 days", "LabTest"]
        assert sorted(lines["ins"]) == ["LabTest 2", "Never", "Token Record"]
        assert "Meta Record" in page

    @pytest.mark.parametrize(
        ("verb", "details", "words"),
        [
            (Verb.LOGIN_DISABLE, {"before": True, "after": False}, "Enabled − before: Yes + after: No"),
            (
                Verb.LOGIN_ASSIGN,
                {"before": [{"user_type": "General User", "department": "Energy › South"}], "after": [{
                    "user_type": "System Administrator", "department": None,
                }]},
                "− before: General User, Energy › South + after: System Administrator, the whole organisation",
            ),
            (
                Verb.USER_TYPE_UPDATE,
                {"before": {"permissions": ["report:read"]}, "after": {"permissions": ["report:read", "log:view"]}},
                "Permissions + after: See the logs Read reports",
            ),
            (Verb.LOGIN_UPDATE, {"before": {"language": "en"}, "after": {"language": "de"}}, "+ after: German"),
            (
                Verb.TOKEN_UPDATE,
                {"before": {"limited_to": None}, "after": {"limited_to": ["General User, Finance"]}},
                "− before: no limit: whatever its owner may + after: General User, Finance",
            ),
            (Verb.CONTACT_CREATE, {"after": {"first_name": "Ann", "phone": ""}}, "What it began with First Name Ann"),
            (Verb.TOKEN_REVOKE, {"why": "leaked"}, "Why Reported as leaked"),
            (Verb.REPORT_READ, {"rows": 12345, "complete": True, "parameters": {}}, "Rows 12,345 Complete Yes"),
            (Verb.TOKEN_GENERATE, {"jwt": {"expires_at": None}}, "JWT in use: Expiry Date Never"),
        ],
    )  # fmt: skip
    def test_settings_and_values_are_in_words(self, ada, verb, details, words):
        assert words in text_of(signed_in(ada).get(page_of(entry(ada, verb, details=details))))

    @pytest.mark.parametrize(
        "details", [None, {}, [], "text", {"before": None}, {"after": [1, {"a": None}]}, {"before": {}, "after": 3}]
    )
    def test_whatever_details_hold_the_page_answers(self, ada, details):
        assert signed_in(ada).get(page_of(entry(ada, Verb.LOGIN_UPDATE, details=details))).status_code == 200

    def test_neighbours_of_the_same_request(self, ada, olivia):
        now = timezone.now()
        request = {"request_id": request_id_at(now, b"theone"), "at": now}
        first = entry(olivia, Verb.LOGIN_SET_TYPE, **request)
        second = entry(olivia, Verb.ROLE_REMOVE_PERSONAL, reason="user_type", **request)
        page = signed_in(ada).get(page_of(first)).content.decode()
        assert page_of(second) in page
        assert f'data-copy="{first.request_id}"' in page

    def test_a_refused_call_tells_the_way_out(self, ada, olivia):
        token = AccessTokenFactory(owner=olivia)
        refused = entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, result="fail", reason="replaced")
        told = text_of(signed_in(ada).get(page_of(refused)))
        assert "JWT replaced" in told
        assert "Use that one, or generate a new one." in told

    def test_strangers_find_nothing(self, olga, olivia, ada):
        found = entry(ada, Verb.LOGIN_ENABLE)
        assert signed_in(olga).get(page_of(found)).status_code == 404
        assert signed_in(olivia).get(page_of(found)).status_code == 403
        assert signed_in(ada).get(f"{ADDRESS}/{10**17}").status_code == 404

    def test_a_redacted_entry_still_has_its_page(self, ada):
        redacted = entry(ada, Verb.LOGIN_UPDATE, actor_label=None, address=None, user_agent=None, subject_label=None)
        assert signed_in(ada).get(page_of(redacted)).status_code == 200


def test_moments_and_lengths_in_words():
    assert setting_words("expires_on", "3600 s") == ["1 hour"]
    assert setting_words("expires_on", "2027-03-01") == ["1 Mar 2027"]
    assert setting_words("expires_at", "no moment") == ["no moment"]


@pytest.mark.browser
def test_an_administrator_walks_from_the_list_to_what_changed(enter_as: OpenPage, ada, olivia):
    token = created(olivia, "LabTest", scopes=3)
    edited(token, name="LabTest 2", scopes=7)
    page = enter_as(ada, ADDRESS)
    page.locator("select[name=activity]").select_option(label="Token updated")
    expect(page.locator("#grid-rows tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"activity=token\.update"))
    page.locator("#grid-rows a").first.click()
    expect(page.get_by_role("heading", name="What changed")).to_be_visible()
    expect(page.locator("ins")).to_contain_text(["LabTest 2", "Token Record"])
    expect(page.locator("del")).to_have_count(1)

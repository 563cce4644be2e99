"""The token logs: who sees which entries, what they say, how they are filtered, paged and exported."""

import csv
import io
import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from accounts.models import Login
from audit.models import Entry
from audit.request_ids import request_id_at
from audit.tools import tool_of
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.factories import AccessTokenFactory, UserTypeFactory
from tokens.api.credentials import Scheme
from tokens.verdicts import Verdict

pytestmark = pytest.mark.django_db


def signed_in(login: Login) -> Client:
    """With every column shown."""
    grids = ("token-logs", "my-token-logs", "all-token-logs")
    Login.objects.filter(pk=login.pk).update(hidden_columns={grid: [] for grid in grids})
    client = Client()
    client.force_login(login)
    return client


def rows(response) -> list[list[str]]:
    """The cells of the grid's rows, as they read."""
    assert response.status_code == 200
    return [
        [" ".join(strip_tags(str(cell.shown)).split()) for cell in row.cells] for row in response.context["grid"].rows
    ]


@pytest.fixture
def labtest(olivia):
    """Olivia's token with one entry of each kind, in this order; one is of the request ``wanted``."""
    token = AccessTokenFactory(owner=olivia, name="LabTest")
    token.wanted = request_id_at(timezone.now(), b"wanted")
    for verb in (Verb.TOKEN_CREATE, Verb.TOKEN_GENERATE, Verb.TOKEN_UPDATE):
        entry(olivia, verb, token=token)
    use = {"actor_id": "", "actor_label": "Reports API", "channel": "api"}
    entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, user_agent="PostmanRuntime/7.43", address="198.51.100.3", **use)
    entry(
        olivia, Verb.TOKEN_AUTHENTICATE, token=token, result="fail", reason="replaced", request_id=token.wanted, **use
    )
    entry(olivia, Verb.TOKEN_REVOKE, token=token)
    return token


def log_of(token) -> str:
    return reverse("tokens:logs", args=[token.public_id])


class TestOneTokensLog:
    def test_it_shows_every_change_and_use_newest_first(self, olivia, labtest):
        found = rows(signed_in(olivia).get(log_of(labtest)))
        assert [row[2] for row in found] == ["REVOKE", "AUTHENTICATE", "AUTHENTICATE", "UPDATE", "GENERATE", "CREATE"]
        assert [row[4] for row in found] == ["–", "Fail JWT replaced", "OK", "–", "–", "–"]
        assert {row[3] for row in found[1:3]} == {"Reports API"}
        assert {row[3] for row in (found[0], *found[3:])} == {"Olivia Novak"}
        assert found[2][5:7] == ["Postman", "198.51.100.3"]
        assert {row[1] for row in found} == {"LabTest"}

    def test_it_shows_how_the_token_came_with_the_call(self, olivia, labtest):
        for scheme in Scheme:
            entry(olivia, Verb.TOKEN_AUTHENTICATE, token=labtest, scheme=scheme.value)
        found = rows(signed_in(olivia).get(log_of(labtest)))
        words = ["User name and password", "auth-token", "Basic", "Bearer"]
        assert [row[8] for row in found] == [*words, *["–"] * 6]
        response = signed_in(olivia).get(log_of(labtest), {"export": "csv"})
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        assert [row["Sent as"] for row in csv.DictReader(io.StringIO(text))] == [*words, *[""] * 6]

    @pytest.mark.parametrize("verdict", Verdict, ids=str)
    def test_every_refusal_has_its_words(self, olivia, labtest, verdict):
        entry(olivia, Verb.TOKEN_AUTHENTICATE, token=labtest, result="fail", reason=verdict.value)
        client = signed_in(olivia)
        assert rows(client.get(log_of(labtest)))[0][4] == f"Fail {verdict.label}"
        assert len(rows(client.get(log_of(labtest), {"result": verdict.value}))) == 1 + (verdict == Verdict.REPLACED)

    def test_a_revoked_tokens_log_stays(self, olivia, labtest):
        labtest.revoked_at = timezone.now()
        labtest.save()
        assert len(rows(signed_in(olivia).get(log_of(labtest)))) == 6

    def test_times_are_to_the_second_in_the_persons_zone(self, olivia, labtest):
        Login.objects.filter(pk=olivia.pk).update(time_zone="Asia/Tokyo")
        moment = entry(olivia, Verb.TOKEN_CREATE, token=labtest).at.astimezone(timezone.get_fixed_timezone(540))
        newest = rows(signed_in(olivia).get(log_of(labtest)))[0]
        assert newest[0] == f"{moment.day} {moment:%b %Y, %H:%M:%S}"

    def test_other_verbs_about_the_token_are_not_in_it(self, olivia, labtest):
        entry(olivia, Verb.REPORT_READ, token=labtest)
        entry(olivia, Verb.TOKEN_SHOW, token=labtest)
        assert len(rows(signed_in(olivia).get(log_of(labtest)))) == 6

    def test_a_flood_says_that_it_stands_for_more(self, olivia, labtest):
        entry(
            olivia, Verb.TOKEN_AUTHENTICATE, token=labtest, result="fail", reason="revoked", details={"summary": True}
        )
        newest = rows(signed_in(olivia).get(log_of(labtest)))[0]
        assert newest[4] == "Fail Token revoked, and further ones in this minute"

    def test_redacted_entries_are_shown_without_the_person(self, olivia, labtest):
        entry(olivia, Verb.TOKEN_CREATE, token=labtest, actor_label=None, address=None, user_agent=None)
        newest = rows(signed_in(olivia).get(log_of(labtest)))[0]
        assert (newest[3], newest[5], newest[6]) == ("Removed",) * 3

    def test_what_a_tool_calls_itself_is_text(self, olivia, labtest):
        entry(olivia, Verb.TOKEN_AUTHENTICATE, token=labtest, user_agent='<script>alert("x")</script>/1')
        assert b"<script>alert" not in signed_in(olivia).get(log_of(labtest)).content

    def test_who_may_not(self, olivia, peter, vera, olga, ada, labtest):
        address = log_of(labtest)
        assert Client().get(address).status_code == 302
        assert signed_in(peter).get(address).status_code == 403
        assert signed_in(vera).get(address).status_code == 403
        for stranger in (ada, olga):  # the Admin role has an address of its own
            assert signed_in(stranger).get(address).status_code == 404
        assert signed_in(olivia).post(address).status_code == 405


class TestAnotherPersonsTokensLog:
    def test_the_admin_role_sees_it(self, ada, olivia, labtest):
        address = reverse("tokens:logs_of_login", args=[olivia.public_id, labtest.public_id])
        assert len(rows(signed_in(ada).get(address))) == 6

    def test_nobody_else_does(self, ada, olivia, peter, olga, labtest):
        address = reverse("tokens:logs_of_login", args=[olivia.public_id, labtest.public_id])
        assert Client().get(address).status_code == 302
        assert signed_in(olivia).get(address).status_code == 403
        assert signed_in(peter).get(address).status_code == 403
        assert signed_in(olga).get(address).status_code == 404
        wrong_owner = reverse("tokens:logs_of_login", args=[peter.public_id, labtest.public_id])
        assert signed_in(ada).get(wrong_owner).status_code == 404


class TestAllOwnLogs:
    address = "/tokens/logs"

    def test_it_holds_every_own_token_and_no_other(self, olivia, ada, labtest):
        entry(olivia, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=olivia, name="Second"))
        entry(ada, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=ada, name="Ada's"))
        found = rows(signed_in(olivia).get(self.address))
        assert {row[1] for row in found} == {"LabTest", "Second"}

    def test_a_token_can_be_picked(self, olivia, ada, labtest):
        second = AccessTokenFactory(owner=olivia, name="Second")
        entry(olivia, Verb.TOKEN_CREATE, token=second)
        client = signed_in(olivia)
        assert {row[1] for row in rows(client.get(self.address, {"token": second.public_id}))} == {"Second"}
        foreign = AccessTokenFactory(owner=ada)
        entry(ada, Verb.TOKEN_CREATE, token=foreign)
        response = client.get(self.address, {"token": foreign.public_id})
        assert "note-error" in response.content.decode()
        assert {row[1] for row in rows(response)} == {"LabTest", "Second"}

    def test_who_may_not(self, peter, vera):
        assert Client().get(self.address).status_code == 302
        assert signed_in(peter).get(self.address).status_code == 403
        assert signed_in(vera).get(self.address).status_code == 403

    def test_without_tokens_it_says_so(self, olivia):
        response = signed_in(olivia).get(self.address)
        assert "Nothing has happened yet" in response.content.decode()


class TestTheOrganisationsLog:
    address = "/administrator/token-logs"

    @pytest.fixture
    def everybodys(self, ada, olivia, peter, olga, labtest):
        for login in (ada, peter, olga):
            entry(login, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=login, name=f"Of {login.label}"))

    def test_it_holds_the_organisation_and_nothing_else(self, ada, olga, everybodys):
        assert {row[1] for row in rows(signed_in(ada).get(self.address))} == {
            "LabTest",
            "Of Ada Byron",
            "Of Peter John",
        }
        assert {row[1] for row in rows(signed_in(olga).get(self.address))} == {"Of Olga Petrova"}

    def test_a_right_in_departments_shows_their_owners_alone(self, vera, places, everybodys):
        watcher = UserTypeFactory(organisation=vera.organisation, permissions=["log:view"])
        vera.assignments.create(user_type=watcher, department=places.energy)
        found = {row[1] for row in rows(signed_in(vera).get(self.address))}
        assert found == {"LabTest", "Of Peter John"}  # Olivia and Peter are in South, below Energy
        vera.assignments.filter(user_type=watcher).update(department=places.finance)
        assert {row[1] for row in rows(signed_in(vera).get(self.address))} == {"LabTest"}

    def test_who_may_not(self, olivia, peter, vera):
        assert Client().get(self.address).status_code == 302
        for login in (olivia, peter, vera):
            assert signed_in(login).get(self.address).status_code == 403

    def test_token_and_owner_are_found_by_their_whole_names(self, ada, peter, labtest, everybodys):
        client = signed_in(ada)
        assert {row[1] for row in rows(client.get(self.address, {"token": " labtest "}))} == {"LabTest"}
        assert {row[1] for row in rows(client.get(self.address, {"token": labtest.public_id}))} == {"LabTest"}
        assert rows(client.get(self.address, {"token": "Lab"})) == []
        assert {row[1] for row in rows(client.get(self.address, {"owner": "Peter.John@demo.example"}))} == {
            "Of Peter John"
        }
        assert {row[1] for row in rows(client.get(self.address, {"owner": "peter john"}))} == {"Of Peter John"}
        assert rows(client.get(self.address, {"owner": "olga@other.example"})) == []

    def test_the_search_box_finds_a_request_a_token_or_a_person(self, ada, labtest, everybodys):
        client = signed_in(ada)
        asked = request_id_at(timezone.now(), b"asked!")
        entry(ada, Verb.TOKEN_CREATE, token=labtest, request_id=asked)
        for text, tokens in {
            asked: {"LabTest"},
            "LabTest": {"LabTest"},
            "Peter John": {"Of Peter John"},
            "Of Olga Petrova": set(),
        }.items():
            assert {row[1] for row in rows(client.get(self.address, {"q": text}))} == tokens, text

    def test_a_name_leads_to_that_token_alone(self, ada, labtest):
        page = signed_in(ada).get(self.address).content.decode()
        assert f'href="?token={labtest.public_id}"' in page


class TestFilters:
    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("", 6),
            ("activity=AUTHENTICATE", 2),
            ("activity=CREATE", 1),
            ("activity=changes", 4),
            ("result=ok", 1),
            ("result=fail", 1),
            ("result=replaced", 1),
            ("result=expired", 0),
            ("actor=olivia+novak", 4),
            ("actor=Reports+API", 2),
            ("actor=Olivia", 0),
            ("address=198.51.100.3", 1),
            ("address=198.51", 0),
            ("request_id=wanted", 1),
            ("activity=AUTHENTICATE&result=fail&address=192.0.2.7", 1),
            ("at_from=2020-01-01&at_to=2020-12-31", 0),
            ("at_from=2020-01-01", 6),
        ],
    )
    @pytest.mark.parametrize("organisation_wide", [False, True])
    def test_each_is_exact(self, ada, olivia, labtest, query, count, organisation_wide):
        address = TestTheOrganisationsLog.address if organisation_wide else log_of(labtest)
        client = signed_in(ada if organisation_wide else olivia)
        assert len(rows(client.get(f"{address}?{query}".replace("wanted", labtest.wanted)))) == count

    @pytest.mark.parametrize("query", ["activity=DROP", "result=maybe", "at_from=yesterday", "at_from=9999-99-99"])
    def test_a_wrong_value_is_told_and_the_others_apply(self, olivia, labtest, query):
        response = signed_in(olivia).get(f"{log_of(labtest)}?{query}&request_id={labtest.wanted}")
        assert "note-error" in response.content.decode()
        assert len(rows(response)) == 1

    @pytest.mark.parametrize(
        "query",
        ["before=x", "before=-1", "after=99999999999999999999", "size=0", "before=0", "address=%00", "token=%00'--"],
    )
    def test_hostile_values_do_no_harm(self, ada, labtest, query):
        for address in (TestTheOrganisationsLog.address, "/tokens/logs"):
            assert signed_in(ada).get(f"{address}?{query}").status_code == 200

    def test_quick_links_lead_to_filters(self, olivia, labtest):
        client = signed_in(olivia)
        page = client.get(log_of(labtest)).content.decode()
        nav = page[page.index('class="quick-links"') :].partition("</nav>")[0]
        links = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)<', nav)
        counts = [(text, len(rows(client.get(urljoin(log_of(labtest), href))))) for href, text in links]
        assert counts == [("All", 6), ("Only Fail", 1), ("Only changes", 4)]


class TestPages:
    @pytest.mark.parametrize("query", ["", "activity=CREATE", "at_from=2020-01-01"])
    @pytest.mark.parametrize("moments", ["alike", "apart", "against the keys"])
    def test_pages_hold_each_entry_once_in_order(self, ada, query, moments):
        token = AccessTokenFactory(owner=ada)
        now = timezone.now().replace(microsecond=123_456)
        step = {"alike": 0, "apart": 1, "against the keys": -1}[moments]
        for number in range(60):
            entry(
                ada,
                Verb.TOKEN_CREATE,
                token=token,
                request_id=f"r{number:02}",
                at=now + timedelta(seconds=step * number),
            )
        client, address, seen, back = signed_in(ada), f"{TestTheOrganisationsLog.address}?size=25&{query}", [], []
        there, page = address, None
        while there:
            page = client.get(there)
            seen.append([row[7] for row in rows(page)])
            there = neighbour(page, "next")
        assert [len(part) for part in seen] == [25, 25, 10]
        flat = [name for part in seen for name in part]
        by_key = query == "activity=CREATE"
        assert flat == sorted(flat, reverse=by_key or moments != "against the keys")
        assert len(set(flat)) == 60
        while there := neighbour(page, "prev"):
            page = client.get(there)
            back.append([row[7] for row in rows(page)])
        assert back == [seen[1], seen[0]]

    def test_pages_before_and_after_a_key_of_others_or_of_nobody(self, ada, olga):
        token, now = AccessTokenFactory(owner=ada), timezone.now()
        first = entry(olga, Verb.SIGN_IN, at=now)
        own = [entry(ada, Verb.TOKEN_CREATE, token=token, at=now + timedelta(seconds=n)) for n in range(1, 4)]
        between = entry(olga, Verb.SIGN_IN, at=now + timedelta(seconds=4))
        own.append(entry(ada, Verb.TOKEN_CREATE, token=token, at=now + timedelta(seconds=5)))
        client, names = signed_in(ada), [one.request_id for one in own[::-1]]

        def seen(query: str) -> list[str]:
            page = client.get(f"{TestTheOrganisationsLog.address}?{query}")
            return [row.record.request_id for row in page.context["grid"].table.rows]

        assert seen(f"before={between.pk}") == names[1:]
        assert seen(f"after={between.pk}") == names[:1]
        assert seen(f"before={first.pk}") == seen("before=0") == []
        assert seen(f"after={first.pk}") == seen("after=0") == names
        assert seen(f"before={own[-1].pk + 1000}") == names
        assert seen(f"after={own[-1].pk + 1000}") == []

    def test_a_page_never_gains_queries(self, ada, olivia):
        def queries(address: str) -> int:
            with CaptureQueriesContext(
                connection,
            ) as captured:
                assert client.get(address).status_code == 200
            return len(captured)

        client, token = signed_in(ada), AccessTokenFactory(owner=ada)
        addresses = ["/administrator/token-logs", "/tokens/logs", log_of(token)]
        entry(ada, Verb.TOKEN_CREATE, token=token)
        for address in addresses:
            client.get(address)
        few = [queries(address) for address in addresses]
        for _ in range(20):
            entry(ada, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=ada))
            entry(ada, Verb.TOKEN_AUTHENTICATE, token=token)
        assert [queries(address) for address in addresses] == few
        assert max(few) <= 12


def neighbour(response, rel: str) -> str | None:
    grid = response.context["grid"]
    found = grid.next_address if rel == "next" else grid.previous_address
    return TestTheOrganisationsLog.address + found if found else None


class TestExport:
    def test_it_holds_exactly_what_is_filtered_and_is_recorded(self, olivia, labtest):
        response = signed_in(olivia).get(f"{log_of(labtest)}?result=fail&export=csv")
        text = b"".join(response.streaming_content).decode("utf-8-sig")
        [row] = csv.DictReader(io.StringIO(text))
        assert row["Activity"] == "AUTHENTICATE"
        assert row["Authentication Result"] == "Fail, JWT replaced"
        assert row["Activity By"] == "Reports API"
        assert row["Tool"] == "curl"
        assert row["Request"] == labtest.wanted
        noted = Entry.objects.get(verb=Verb.LOG_EXPORT)
        assert (noted.actor_id, noted.subject_id) == (olivia.public_id, labtest.public_id)
        assert noted.details == {"format": "csv", "filters": {"result": ["fail"]}}

    def test_all_rows_go_out_not_one_page(self, ada):
        token = AccessTokenFactory(owner=ada)
        for _ in range(60):
            entry(ada, Verb.TOKEN_CREATE, token=token)
        response = signed_in(ada).get("/administrator/token-logs?size=25&export=csv")
        assert len(b"".join(response.streaming_content).splitlines()) == 61

    def test_a_refused_export_leaves_nothing(self, peter, olga, labtest):
        assert signed_in(peter).get("/tokens/logs?export=csv").status_code == 403
        assert signed_in(olga).get(f"{log_of(labtest)}?export=csv").status_code == 404
        assert not Entry.objects.filter(verb=Verb.LOG_EXPORT).exists()

    def test_looking_writes_nothing(self, olivia, labtest):
        before = Entry.objects.count()
        signed_in(olivia).get(f"{log_of(labtest)}?export=pdf")
        assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("user_agent", "tool"),
    [
        ("curl/8.5.0", "curl"),
        ("PostmanRuntime/7.43.0", "Postman"),
        ("Microsoft.Data.Mashup (https://go.microsoft.com/fwlink/?LinkID=304225)", "Power Query (Excel, Power BI)"),
        ("python-requests/2.32.3", "python-requests"),
        ("Python-urllib/3.11", "pandas or urllib"),
        ("Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge"),
        ("OurScript/2.1 (nightly)", "OurScript"),
        ("x" * 200, "x" * 40),
        ("", ""),
        ("   ", ""),
    ],
)
def test_a_tool_is_named_by_its_user_agent(user_agent, tool):
    assert tool_of(user_agent) == tool

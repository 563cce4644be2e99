"""My API Access Tokens and API Access Tokens of a login: who opens them, what they show, what they change."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Login, OutboxMail
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import AccessTokenFactory, UserTypeFactory
from tests.token_story import actor, created, generated, signed_in, used, verbs
from tokens import actions
from tokens.jwt import digest
from tokens.models import AccessToken
from tokens.statuses import Status

pytestmark = pytest.mark.django_db

JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
NEW = {"name": "LabTest", "expires_on": "30", "scopes": ["1", "2"]}


def body(response) -> str:
    return response.content.decode()


@pytest.fixture
def client(olivia: Login) -> Client:
    return signed_in(olivia)


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    return created(olivia, "Board pack")


def of(token: AccessToken, page: str) -> str:
    return f"/tokens/{token.public_id}/{page}"


def through(owner: Login, rest: str = "") -> str:
    return f"/logins/{owner.public_id}/tokens{rest}"


def show(client: Client, address: str) -> tuple[str, str]:
    """Generate: the JWT and the dialog of the page."""
    response = client.post(address)
    assert response.status_code == 200
    return JWT.findall(body(response))[0], re.search(r'name="dialog" value="([^"]+)"', body(response))[1]


# --- The list --------------------------------------------------------------------------------------------------------


def test_the_list_shows_ones_own_tokens(client: Client, token: AccessToken, ada: Login) -> None:
    created(ada, "Another person's")
    actions.revoke(token=created(token.owner, "Revoked one"), by=actor(token.owner))
    page = body(client.get("/tokens"))
    assert "Board pack" in page
    assert "Another person&#x27;s" not in page
    assert "Revoked one" not in page
    for word in ("Token Name", "Created By", "Created On", "Expiry Date", "Expiring On", "Token Status", "Last Used"):
        assert word in page
    for word in ("Not Generated", "30 days", "Meta Record, Report Record", "Olivia Novak", "Create New"):
        assert word in page
    assert of(token, "actions") in page


def test_without_the_role_there_is_no_page(peter: Login, vera: Login) -> None:
    for login in (peter, vera):
        response = signed_in(login).get("/tokens")
        assert response.status_code == 403
    assert Client().get("/tokens").status_code == 302


def test_a_role_taken_away_acts_on_the_next_request(client: Client, olivia: Login) -> None:
    assert client.get("/tokens").status_code == 200
    Login.objects.filter(pk=olivia.pk).update(has_personal_role=False)
    assert client.get("/tokens").status_code == 403


def test_an_empty_list_says_how_to_begin(client: Client) -> None:
    page = body(client.get("/tokens"))
    for words in ("No token yet", "Generate Token", "Connect", "The JWT is shown once"):
        assert words in page


def test_expiry_is_told_in_distance_and_blank_before(client: Client, token: AccessToken) -> None:
    generated(created(token.owner, "Month"))
    generated(created(token.owner, "Forever", expiry_choice="never"))
    page = body(client.get("/tokens"))
    assert "in 30 days" in page
    assert "Generated - Inactive" in page
    assert page.count(">Never<") >= 1


def test_a_token_in_use_that_ends_soon_is_told(client: Client, token: AccessToken) -> None:
    generated(token)
    soon = timezone.now() + timedelta(days=3, minutes=1)
    AccessToken.objects.update(expires_at=soon, generated_at=timezone.now() - timedelta(days=27))
    assert "will be refused from then on" not in body(client.get("/tokens"))
    used(token)
    page = body(client.get("/tokens"))
    assert "will be refused from then on" in page
    assert "in 3 days" in page
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(days=3))
    page = body(client.get("/tokens"))
    assert "will be refused from then on" not in page
    assert 'class="spent"' in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=board", {"Board pack"}),
        ("name=script", {"Laptop script"}),
        ("status=not_generated", {"Board pack"}),
        ("status=inactive", {"Laptop script"}),
        ("status=expired", {"Old one"}),
        ("expiring_on=never", {"Laptop script"}),
        ("scopes=2", {"Board pack", "Old one"}),
        ("created_by=olivia", {"Board pack", "Laptop script", "Old one"}),
        ("expires_at_to=2020-01-01", {"Old one"}),
        ("created_at_from=2199-01-01", set()),
        ("last_used_at_from=2019-01-01", {"Old one"}),
        ("status=none-such", {"Board pack", "Laptop script", "Old one"}),
        ("sort=-expires_at&page=99999999999999999999", None),
        ("sort=owner__password", {"Board pack", "Laptop script", "Old one"}),
    ],
)
def test_filters(client: Client, token: AccessToken, query: str, names: set[str] | None) -> None:
    generated(created(token.owner, "Laptop script", expiry_choice="never", scopes=1))
    old = created(token.owner, "Old one")
    generated(old)
    past = timezone.now().replace(year=2019, month=6, day=1)
    AccessToken.objects.filter(pk=old.pk).update(expires_at=past, first_used_at=past, last_used_at=past)
    response = client.get(f"/tokens?{query}")
    assert response.status_code == 200
    shown = set(re.findall(r'tokens/api_\w+" title="([^"]+)"', body(response)))
    assert names is None or shown == names


@pytest.mark.parametrize(
    "sort", ["name", "-status", "expiring_on", "-expires_at", "last_used_at", "created_by", "-created_at"]
)
def test_every_column_sorts(client: Client, token: AccessToken, sort: str) -> None:
    assert "Board pack" in body(client.get(f"/tokens?sort={sort}"))


def test_an_export_is_what_is_filtered_and_recorded(client: Client, token: AccessToken) -> None:
    created(token.owner, "=cmd()")
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/tokens?export=csv")).decode("utf-8-sig"))))
    assert [row["Token Name"] for row in rows] == ["'=cmd()", "Board pack"]
    assert rows[1]["Token Status"] == "Not Generated"
    assert rows[1]["Expiring On"] == "30 days"
    answer = json.loads(b"".join(client.get("/tokens?export=json&q=board")))
    assert [row["name"] for row in answer] == ["Board pack"]
    entries = Entry.objects.filter(verb=Verb.TOKEN_EXPORT).order_by("id")
    assert [entry.details for entry in entries] == [
        {"format": "csv", "filters": {}},
        {"format": "json", "filters": {"q": "board"}},
    ]


def test_queries_do_not_grow_with_rows(client: Client, ada: Login, olivia: Login, places) -> None:
    def count(client: Client, address: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    admin = signed_in(ada)
    AccessTokenFactory.create_batch(2, owner=olivia)
    client.get("/tokens")  # a first request also writes its session
    admin.get("/tokens")
    few = count(client, "/tokens"), count(admin, through(olivia)), count(client, "/")
    AccessTokenFactory.create_batch(18, owner=olivia, restriction="|1:2|")
    assert (count(client, "/tokens"), count(admin, through(olivia)), count(client, "/")) == few
    assert few[0] <= 12


# --- Create, edit, revoke --------------------------------------------------------------------------------------------


def test_create_and_go_on(client: Client, olivia: Login) -> None:
    page = body(client.get("/tokens/new"))
    assert "Nothing secret exists yet" in page
    assert re.search(r'name="scopes" value="1"[^>]* checked', page)
    assert re.search(r'name="scopes" value="2"[^>]* checked', page)
    assert not re.search(r'name="scopes" value="4"[^>]* checked', page)
    assert re.search(r'name="expires_on" value="90"[^>]* checked', page)
    response = client.post("/tokens/new", NEW)
    assert (response.status_code, response["Location"]) == (303, "/tokens")
    token = AccessToken.objects.get()
    assert (token.name, token.owner, token.expiry_choice, token.scopes) == ("LabTest", olivia, "30", 3)
    told = body(client.get("/tokens"))
    assert f'LabTest is created. Choose Generate Token to get its JWT. <a href="{of(token, "generate")}"' in told
    response = client.post("/tokens/new", {**NEW, "name": "Second", "then": "generate"})
    second = AccessToken.objects.get(name="Second")
    assert (response.status_code, response["Location"]) == (303, of(second, "generate"))


def test_create_with_everything(client: Client, olivia: Login) -> None:
    pair = min(olivia.pairs)
    day = (timezone.now() + timedelta(days=10)).date()
    client.post(
        "/tokens/new",
        {
            "name": "Café ☕", "expires_on": "date", "expiry_date": day.isoformat(), "scopes": ["4"],
            "pairs": [pair.encoded()], "description": "d",
        },
    )  # fmt: skip
    token = AccessToken.objects.get()
    assert (token.name, token.expiry_date, token.scopes, token.pairs, token.description) == (
        "Café ☕", day, 4, {pair}, "d",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "required"),
        ({"name": " board PACK "}, "There is a token of this name already"),
        ({"name": "x" * 101}, "at most 100"),
        ({"name": "a\x00b"}, "Null characters"),
        ({"name": "\u200b"}, "invisible"),
        ({"scopes": []}, "Choose at least one scope"),
        ({"scopes": ["8"]}, "8 is not one of the available choices"),
        ({"expires_on": "date"}, "Choose the date"),
        ({"expires_on": "date", "expiry_date": "2020-01-01"}, "has passed"),
        ({"expires_on": "date", "expiry_date": "9999-12-31"}, "before the year 2200"),
        ({"expires_on": "date", "expiry_date": "soon"}, "Enter a valid date"),
        ({"expires_on": "100"}, "not one of the available choices"),
        ({"pairs": ["1:999999"]}, "not one of the available choices"),
        ({"pairs": ["x"]}, "not one of the available choices"),
        ({"description": "x" * 501}, "at most 500"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(client: Client, token: AccessToken, change: dict, words: str) -> None:
    before = Entry.objects.count()
    response = client.post("/tokens/new", {**NEW, **change})
    assert response.status_code == 422
    assert words in body(response)
    assert (AccessToken.objects.count(), Entry.objects.count()) == (1, before)


def test_nothing_else_can_be_posted(client: Client, olivia: Login, ada: Login) -> None:
    client.post(
        "/tokens/new",
        {**NEW, "owner": ada.pk, "digest": "x", "public_id": "api_x", "revoked_at": "2020-01-01", "kind": "other"},
    )
    token = AccessToken.objects.get()
    assert (token.owner, token.digest, token.revoked_at, token.kind) == (olivia, None, None, "api")
    assert token.public_id != "api_x"


def test_the_organisations_policy_is_told(client: Client, olivia: Login) -> None:
    olivia.organisation.token_days_limit, olivia.organisation.tokens_per_login = 7, 1
    olivia.organisation.save()
    response = client.post("/tokens/new", NEW)
    assert (response.status_code, "allows 7 days at most" in body(response)) == (422, True)
    client.post("/tokens/new", {**NEW, "expires_on": "7"})
    assert "1 tokens are the most" in body(client.get("/tokens/new"))
    assert client.post("/tokens/new", {**NEW, "name": "b", "expires_on": "7"}).status_code == 422
    assert AccessToken.objects.count() == 1


def test_edit_says_what_acts_at_once(client: Client, token: AccessToken) -> None:
    assert "No JWT works at the moment" in body(client.get(of(token, "edit")))
    generated(token)
    page = body(client.get(of(token, "edit")))
    assert "it loses at once when you save" in page
    assert 'value="Board pack"' in page
    response = client.post(of(token, "edit"), {"name": "Board", "expires_on": "7", "scopes": ["1", "4"]})
    assert (response.status_code, response["Location"]) == (303, "/tokens")
    page = body(client.get("/tokens"))
    for words in ("Board is saved", "lost Report Record at once", "now ends on", "comes with the next Generate Token"):
        assert words in page
    client.post(of(token, "edit"), {"name": "Board", "expires_on": "7", "scopes": ["1", "4"]})
    assert "Nothing was changed" in body(client.get("/tokens"))


def test_edit_of_a_wrong_form(client: Client, token: AccessToken) -> None:
    created(token.owner, "Taken")
    response = client.post(of(token, "edit"), {"name": "TAKEN", "expires_on": "7", "scopes": ["1"]})
    assert (response.status_code, "already" in body(response)) == (422, True)
    assert client.post(of(token, "edit"), {}).status_code == 422


def test_revoke_asks_for_the_name_of_a_token_in_use(client: Client, token: AccessToken) -> None:
    generated(token)
    used(token)
    page = body(client.get(of(token, "revoke")))
    assert "this one is in use" in page
    for typed in ({}, {"confirmation": "Board"}):
        response = client.post(of(token, "revoke"), {"why": "w", **typed})
        assert response.status_code == 422
    token.refresh_from_db()
    assert token.revoked_at is None
    response = client.post(of(token, "revoke"), {"why": "moved", "confirmation": "Board pack"})
    assert response.status_code == 303
    token.refresh_from_db()
    assert token.status is Status.REVOKED
    assert Entry.objects.get(verb=Verb.TOKEN_REVOKE).details == {"why": "moved"}
    for page in ("edit", "generate", "revoke", "actions"):
        assert client.get(of(token, page)).status_code == 404


def test_revoke_of_an_unused_token_asks_once(client: Client, token: AccessToken) -> None:
    assert "To confirm" not in body(client.get(of(token, "revoke")))
    token.refresh_from_db()
    assert token.revoked_at is None
    assert client.post(of(token, "revoke")).status_code == 303
    assert "Board pack is revoked" in body(client.get("/tokens"))


# --- Generate, Save, Cancel ------------------------------------------------------------------------------------------


def test_generate_copy_save(client: Client, token: AccessToken) -> None:
    before = Entry.objects.count()
    page = body(client.get(of(token, "generate")))
    assert "nothing stops" in page
    assert not JWT.search(page)
    assert Entry.objects.count() == before
    response = client.post(of(token, "generate"))
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store, no-transform"
    assert response["Pragma"] == "no-cache"
    assert response["Referrer-Policy"] == "same-origin"  # no-referrer would make the form's Origin null
    page = body(response)
    jwt = JWT.findall(page)[0]
    assert page.count(jwt) == 1
    for words in ("Copy it now", "It works once you choose Save", "curl", "Excel", "Power BI", "Postman", "Python"):
        assert words in page
    assert f"{len(jwt)} characters" in page
    assert f'data-cancel-url="{of(token, "generate/cancel")}"' in page
    dialog = re.search(r'name="dialog" value="([^"]+)"', page)[1]
    token.refresh_from_db()
    assert token.digest is None
    response = client.post(of(token, "generate/save"), {"dialog": dialog})
    assert (response.status_code, response["Location"]) == (303, "/tokens")
    token.refresh_from_db()
    assert bytes(token.digest) == digest(jwt)
    page = body(client.get("/tokens"))
    assert "works from now on" in page
    assert "Generated - Inactive" in page
    assert OutboxMail.objects.count() == 1


def test_the_jwt_is_in_no_other_place(client: Client, token: AccessToken, caplog: pytest.LogCaptureFixture) -> None:
    jwt, dialog = show(client, of(token, "generate"))
    client.post(of(token, "generate/save"), {"dialog": dialog})
    secrets = jwt.split(".")[1:]
    later = [body(client.get(address)) for address in ("/tokens", "/", of(token, "generate"), of(token, "edit"))]
    kept = [json.dumps(dict(client.session.items()), default=str), caplog.text, *later]
    assert all(secret not in text for secret in secrets for text in kept)


def test_cancel(client: Client, token: AccessToken) -> None:
    first = generated(token)
    _, dialog = show(client, of(token, "generate"))
    response = client.post(of(token, "generate/cancel"), {"dialog": dialog})
    assert (response.status_code, response["Location"]) == (303, "/tokens")
    response = client.post(of(token, "generate/save"), {"dialog": dialog})
    assert (response.status_code, "discarded" in body(response)) == (409, True)
    token.refresh_from_db()
    assert bytes(token.digest) == digest(first)
    assert verbs(token)[-1] == Verb.TOKEN_DISCARD


def test_a_stale_dialog_is_told_who_and_when(client: Client, token: AccessToken, ada: Login) -> None:
    _, dialog = show(client, of(token, "generate"))
    show(signed_in(ada), through(token.owner, f"/{token.public_id}/generate"))
    response = client.post(of(token, "generate/save"), {"dialog": dialog})
    assert response.status_code == 409
    assert "Ada Byron opened a newer Generate Token" in body(response)
    assert f'href="{of(token, "generate")}"' in body(response)


@pytest.mark.parametrize("dialog", ["", "x", "\x00", "é" * 3000])
def test_a_made_up_dialog_saves_nothing(client: Client, token: AccessToken, dialog: str) -> None:
    assert client.post(of(token, "generate/save"), {"dialog": dialog}).status_code == 409
    assert client.post(of(token, "generate/cancel"), {"dialog": dialog}).status_code == 303
    token.refresh_from_db()
    assert token.digest is None


def test_generate_says_what_stops_and_who_uses_it(client: Client, token: AccessToken) -> None:
    generated(token)
    assert "it was never used" in body(client.get(of(token, "generate")))
    used(token)
    assert "it was last used" in body(client.get(of(token, "generate")))


def test_generate_of_what_cannot_be(client: Client, token: AccessToken, olivia: Login) -> None:
    actions.edit(
        token=token, name="Board pack", expiry_choice="30", scopes=3, pairs=frozenset({min(olivia.pairs)}),
        by=actor(olivia),
    )  # fmt: skip
    olivia.assignments.filter(department__name="Finance").delete()
    response = client.get(of(token, "generate"))
    assert (response.status_code, "no longer has" in body(response)) == (200, True)
    response = client.post(of(token, "generate"))
    assert (response.status_code, "no longer has" in body(response)) == (422, True)
    assert "no longer has" in body(client.get(of(token, "actions")))
    token.refresh_from_db()
    assert token.pending_digest is None


def test_getting_save_or_cancel_is_no_way(client: Client, token: AccessToken) -> None:
    for page in ("generate/save", "generate/cancel"):
        assert client.get(of(token, page)).status_code == 405
    assert client.post("/tokens").status_code == 405
    assert client.post(of(token, "actions")).status_code == 405


def test_without_the_permission_to_create_the_list_stays(olivia: Login, token: AccessToken) -> None:
    plain = UserTypeFactory(organisation=olivia.organisation, permissions=["report:read"])
    olivia.assignments.update(user_type=plain)
    client = signed_in(olivia)
    page = body(client.get("/tokens"))
    assert "Board pack" in page
    assert "may not create or generate tokens" in page
    assert 'href="/tokens/new"' not in page
    for address in ("/tokens/new", of(token, "generate"), of(token, "generate/save"), of(token, "generate/cancel")):
        assert client.post(address).status_code == 403
    assert "may not create or generate tokens" in body(client.get(of(token, "actions")))
    assert client.get(of(token, "edit")).status_code == 200
    assert client.post(of(token, "revoke")).status_code == 303


def test_the_menu(client: Client, token: AccessToken) -> None:
    page = body(client.get(of(token, "actions")))
    for words in ("Actions for Board pack", "Generate Token", "Edit Token", "Token Logs", "Revoke Token"):
        assert words in page
    fragment = body(client.get(of(token, "actions"), headers={"HX-Request": "true"}))
    assert "<html" not in fragment


# --- Others ----------------------------------------------------------------------------------------------------------


def test_anothers_token_is_not_there(token: AccessToken, ada: Login, olga: Login) -> None:
    for login in (ada, olga):
        for page in ("actions", "edit", "generate", "revoke"):
            assert signed_in(login).get(of(token, page)).status_code == 404
        for page in ("edit", "generate", "generate/save", "generate/cancel", "revoke"):
            assert signed_in(login).post(of(token, page)).status_code == 404
    assert verbs(token) == [Verb.TOKEN_CREATE]


def test_an_administrator_has_the_same_pages_for_any_login(ada: Login, olivia: Login, token: AccessToken) -> None:
    client = signed_in(ada)
    page = body(client.get(through(olivia)))
    assert "API Access Tokens of Olivia Novak" in page
    assert through(olivia, f"/{token.public_id}/actions") in page
    response = client.post(through(olivia, "/new"), NEW)
    assert (response.status_code, response["Location"]) == (303, through(olivia))
    made = AccessToken.objects.get(name="LabTest")
    assert (made.owner, made.created_by_label) == (olivia, "Ada Byron")
    address = through(olivia, f"/{made.public_id}/generate")
    jwt, dialog = show(client, address)
    assert client.post(address + "/save", {"dialog": dialog})["Location"] == through(olivia)
    made.refresh_from_db()
    assert bytes(made.digest) == digest(jwt)
    assert OutboxMail.objects.get().to == "olivia@demo.example"
    assert client.post(through(olivia, f"/{made.public_id}/edit"), {**NEW, "name": "N"}).status_code == 303
    assert client.post(through(olivia, f"/{made.public_id}/revoke")).status_code == 303
    assert verbs(made) == [
        Verb.TOKEN_CREATE, Verb.TOKEN_SHOW, Verb.TOKEN_GENERATE, Verb.TOKEN_UPDATE, Verb.TOKEN_REVOKE,
    ]  # fmt: skip
    assert set(Entry.objects.of_token(made.public_id).values_list("actor_id", "owner_id")) == {
        (ada.public_id, olivia.public_id)
    }


def test_only_the_admin_role_opens_others_tokens(olivia: Login, token: AccessToken, peter: Login, olga: Login) -> None:
    assert Client().get(through(olivia)).status_code == 302
    for login in (olivia, peter):
        assert signed_in(login).get(through(olivia)).status_code == 403
    for page in ("", "/new", f"/{token.public_id}/edit", f"/{token.public_id}/generate", f"/{token.public_id}/revoke"):
        assert signed_in(olga).get(through(olivia, page)).status_code == 404


def test_a_token_is_found_under_its_own_login_only(ada: Login, robot: Login, token: AccessToken) -> None:
    assert signed_in(ada).get(through(robot, f"/{token.public_id}/edit")).status_code == 404


def test_an_administrator_makes_none_for_who_may_hold_none(ada: Login, vera: Login, peter: Login) -> None:
    client = signed_in(ada)
    for login, words in ((vera, "View Only logins hold no token"), (peter, "lacks the Personal role")):
        assert words in body(client.get(through(login)))
        assert words in body(client.get(through(login, "/new")))
        response = client.post(through(login, "/new"), NEW)
        assert (response.status_code, words in body(response)) == (422, True)
    assert AccessToken.objects.count() == 0


def test_a_service_login_gets_its_token_from_an_administrator(ada: Login, robot: Login) -> None:
    assert signed_in(ada).post(through(robot, "/new"), NEW).status_code == 303
    assert AccessToken.objects.get().owner == robot


def test_names_are_shown_as_text(client: Client, olivia: Login) -> None:
    token = created(olivia, "<script>alert(1)</script>")
    generated(token)
    used(token)
    AccessToken.objects.update(expires_at=timezone.now() + timedelta(days=2))
    for page in ("actions", "edit", "generate", "revoke"):
        assert "<script>alert" not in body(client.get(of(token, page)))
    for address in ("/tokens", "/", "/tokens?q=<script>"):
        assert "<script>alert" not in body(client.get(address))


# --- Home ------------------------------------------------------------------------------------------------------------


def test_home_tells_how_ones_tokens_stand(client: Client, token: AccessToken) -> None:
    generated(created(token.owner, "Laptop"))
    page = body(client.get("/"))
    assert "Laptop" in page
    assert "Contacts &amp; Logins" not in page
    assert Client().get("/").status_code == 302
    assert client.post("/").status_code == 405


def test_home_tells_whom_to_ask(peter: Login, ada: Login) -> None:
    page = body(signed_in(peter).get("/"))
    assert "Personal role" in page
    assert "ada@demo.example" in page


def test_home_of_an_administrator_leads_on(ada: Login) -> None:
    page = body(signed_in(ada).get("/"))
    assert "/contacts" in page
    assert "/administrator/token-logs" in page

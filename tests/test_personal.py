"""The Personal page: who one is, one's settings, one's tokens, and what acts at once."""

import re
from datetime import timedelta
from secrets import token_bytes
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb
from tests.browser import OpenPage
from tests.factories import PASSWORD, AccessTokenFactory, MobileSessionFactory, console_session
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db

PERSONAL = "/personal"


@pytest.fixture
def client_of(client: Client) -> Any:
    def sign_in(login: Login) -> Client:
        client.force_login(login)
        return client

    return sign_in


def text_of(client: Client, path: str = PERSONAL) -> str:
    """The words of the page, each run of blanks as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", client.get(path).content.decode()))


def test_says_who_one_is_and_may(client_of: Any, olivia: Login) -> None:
    words = text_of(client_of(olivia))
    for part in (
        "olivia@demo.example", "Olivia Novak", "General User Energy › South, Finance",
        "API Access Tokens - Personal", "Never changed", "English", "this one",
    ):  # fmt: skip
        assert part in words


def test_without_the_role_it_says_who_can_give_it(client_of: Any, peter: Login, ada: Login) -> None:
    words = text_of(client_of(peter))
    assert "You do not hold the Personal role for API tokens." in words
    assert "ada@demo.example" in words
    assert "Create API Token" not in words


def test_says_who_gave_the_role_and_when_one_was_here_last(client: Client, ada: Login, peter: Login) -> None:
    administrator = Client()
    administrator.force_login(ada)
    administrator.post(f"/logins/{peter.public_id}/roles/personal/add")
    for _time in range(2):
        client.post("/sign-in", {"login": peter.user_name, "password": PASSWORD})
        words = text_of(client)
        client.post("/sign-out")
    assert "given by Ada Byron" in words
    assert "from 127.0.0.1, before this one" in words


def test_lists_ones_own_tokens_with_revoke(client_of: Any, olivia: Login, ada: Login) -> None:
    own = AccessTokenFactory(owner=olivia, name="Board pack")
    AccessTokenFactory(owner=ada, name="Ada's own")
    AccessTokenFactory(owner=olivia, name="Gone", revoked_at=timezone.now())
    page = client_of(olivia).get(PERSONAL).content.decode()
    assert "Board pack" in page
    assert f"/tokens/{own.public_id}/revoke?back=personal" in page
    assert "Ada&#x27;s own" not in page
    assert "Gone" not in page


def test_revoking_from_here_leads_back_here(client_of: Any, olivia: Login) -> None:
    token = AccessTokenFactory(owner=olivia)
    answer = client_of(olivia).post(f"/tokens/{token.public_id}/revoke?back=personal", {"why": ""})
    assert (answer.status_code, answer["Location"]) == (303, PERSONAL)


def test_create_api_token_leads_on_to_its_jwt(client_of: Any, olivia: Login) -> None:
    form = {"name": "Excel", "expiration": "date", "expiration_date": "2027-03-01"}
    answer = client_of(olivia).post("/personal/tokens/new", form)
    token = AccessToken.objects.get(owner=olivia)
    assert answer.status_code == 303
    assert answer["Location"] == f"/tokens/{token.public_id}/generate?back=personal"
    assert (token.name, token.expiry_choice, str(token.expiry_date), token.scopes) == ("Excel", "date", "2027-03-01", 3)
    assert Entry.objects.filter(verb=Verb.TOKEN_CREATE, token_id=token.public_id).count() == 1


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"name": "", "expiration": "30"}, "This field is required."),
        ({"name": "Excel", "expiration": "date"}, "Choose the date."),
        ({"name": "Other", "expiration": "date", "expiration_date": "2020-01-01"}, "1 January 2020 has passed."),
        ({"name": "excel ", "expiration": "30"}, "There is a token of this name already."),
        ({"name": "Other", "expiration": "seconds"}, "Select a valid choice."),
    ],
)
def test_a_wrong_form_is_told_and_kept(client_of: Any, olivia: Login, form: dict[str, str], told: str) -> None:
    AccessTokenFactory(owner=olivia, name="Excel", name_key="excel")
    answer = client_of(olivia).post("/personal/tokens/new", form)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert AccessToken.objects.count() == 1


def test_a_date_counts_with_custom_alone(client_of: Any, olivia: Login) -> None:
    client_of(olivia).post("/personal/tokens/new", {"name": "Excel", "expiration": "30", "expiration_date": "rubbish"})
    token = AccessToken.objects.get()
    assert (token.expiry_choice, token.expiry_date) == ("30", None)


def test_settings_act_with_the_answer_and_are_on_record(client_of: Any, olivia: Login) -> None:
    client = client_of(olivia)
    answer = client.post("/personal/edit", {"language": "de", "time_zone": "Europe/Berlin"})
    assert (answer.status_code, answer["Location"], answer["Content-Language"]) == (303, PERSONAL, "de")
    page = client.get(PERSONAL).content.decode()
    assert '<html lang="de"' in page
    assert "Deutsch" in page
    entry = Entry.objects.get(verb=Verb.LOGIN_UPDATE)
    assert entry.details == {
        "before": {"language": "en", "time_zone": "UTC"}, "after": {"language": "de", "time_zone": "Europe/Berlin"},
    }  # fmt: skip
    client.post("/personal/edit", {"language": "de", "time_zone": "Europe/Berlin"})
    assert Entry.objects.filter(verb=Verb.LOGIN_UPDATE).count() == 1


def test_a_language_or_zone_that_there_is_not(client_of: Any, olivia: Login) -> None:
    answer = client_of(olivia).post("/personal/edit", {"language": "xx", "time_zone": "Moon/Crater"})
    assert answer.status_code == 422
    olivia.refresh_from_db()
    assert (olivia.language, olivia.time_zone) == ("en", "UTC")


def test_the_appearance_is_the_persons_on_every_page(client_of: Any, olivia: Login) -> None:
    client = client_of(olivia)
    assert "data-appearance=" not in client.get("/").content.decode()
    answer = client.post("/personal/appearance", {"appearance": "dark", "next": "/tokens?q=a"})
    assert (answer.status_code, answer["Location"]) == (303, "/tokens?q=a")
    assert '<html lang="en" data-person data-appearance="dark">' in client.get("/").content.decode()
    client.post("/personal/appearance", {"appearance": ""})
    assert "data-appearance=" not in client.get("/").content.decode()
    assert client.post("/personal/appearance", {"appearance": "pink"}).status_code == 422


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil.example"])
def test_the_appearance_never_leads_away(client_of: Any, olivia: Login, away: str) -> None:
    answer = client_of(olivia).post("/personal/appearance", {"appearance": "dark", "next": away})
    assert answer["Location"] == PERSONAL


def test_signs_out_of_a_mobile_app_of_ones_own_alone(client_of: Any, olivia: Login, ada: Login) -> None:
    own, other = MobileSessionFactory(login=olivia, device="Pixel 9"), MobileSessionFactory(login=ada)
    client = client_of(olivia)
    assert "Mobile app, Pixel 9" in text_of(client)
    assert client.post(f"/personal/devices/{own.public_id}/end").status_code == 303
    assert client.post(f"/personal/devices/{other.public_id}/end").status_code == 404
    assert client.post(f"/personal/devices/{own.public_id}/end").status_code == 404
    own.refresh_from_db()
    other.refresh_from_db()
    assert (own.ending, other.ending) == ("disconnected", "")


def test_signing_out_all_others_takes_the_apps_along(client_of: Any, olivia: Login) -> None:
    console_session(olivia)
    phone = MobileSessionFactory(login=olivia)
    client = client_of(olivia)
    words = text_of(client, "/personal/sessions/end-others")
    assert "1 other session of the console" in words
    assert "1 mobile app" in words
    client.post("/personal/sessions/end-others")
    phone.refresh_from_db()
    assert phone.ended_at is not None
    assert "2 other sessions have ended." in text_of(client)
    assert "You are signed in nowhere else." in text_of(client, "/personal/sessions/end-others")


def test_asks_no_more_for_many_tokens_and_sessions(client_of: Any, olivia: Login) -> None:
    def grow(count: int) -> None:
        soon = {"generated_at": timezone.now(), "expires_at": timezone.now() + timedelta(days=3), "current_scopes": 3}
        for _number in range(count):
            AccessTokenFactory(owner=olivia, digest=token_bytes(32), **soon)
            MobileSessionFactory(login=olivia)
            console_session(olivia)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(PERSONAL).status_code == 200
        return len(captured)

    client = client_of(olivia)
    grow(2)
    asked()
    few = asked()
    grow(12)
    assert asked() == few


def test_password_pages_name_the_login_to_password_managers(client_of: Any, olivia: Login) -> None:
    field = 'value="olivia@demo.example" autocomplete="username"'
    assert field in client_of(olivia).get("/password").content.decode()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_person_sets_up_their_own_place(open_page: OpenPage, live_server: LiveServer, olivia: Login) -> None:
    """Language at once, appearance remembered, a token by the short form, the other session out."""
    other = Client()
    other.post("/sign-in", {"login": olivia.user_name, "password": PASSWORD})
    page = open_page(color_scheme="light")
    page.goto(f"{live_server.url}/sign-in")
    page.get_by_label("User Name").fill(olivia.user_name)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Personal", exact=True).click()

    page.get_by_role("link", name="Create API Token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Token Name").fill("Excel at my desk")
    expect(dialog.get_by_label("Expiration Date")).to_be_disabled()
    dialog.get_by_label("Expiration", exact=True).select_option("Custom")
    dialog.get_by_label("Expiration Date").fill("2027-03-01")
    dialog.get_by_role("button", name="Create API Token").click()
    expect(dialog.locator("#dialog-title")).to_contain_text("Generate Token")
    page.keyboard.press("Escape")
    expect(page.get_by_role("row", name="Excel at my desk")).to_contain_text("Not Generated")

    page.get_by_role("link", name="Sign out all others").click()
    dialog.get_by_role("button", name="Sign out all others").click()
    expect(page.get_by_text("1 other session has ended.")).to_be_visible()
    assert other.get(PERSONAL).status_code == 302

    with page.expect_response("**/personal/appearance"):
        page.get_by_role("main").get_by_role("button", name="Dark").click()
    page.evaluate("localStorage.clear()")
    page.reload()
    assert page.evaluate("document.documentElement.dataset.appearance") == "dark"

    page.get_by_role("link", name="Edit settings").click()
    dialog.get_by_label("Preferred Language").select_option("Türkçe")
    dialog.locator("[data-deed]").click()
    expect(dialog).to_be_hidden()
    assert page.evaluate("document.documentElement.lang") == "tr"
    olivia.refresh_from_db()
    assert (olivia.language, olivia.appearance) == ("tr", "dark")

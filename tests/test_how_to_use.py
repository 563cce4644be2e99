"""How to use an API access token: for this host, a report that the person may read, and every refusal explained."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Login
from tests.token_story import signed_in
from tokens.verdicts import Verdict
from tokens.views.how_to_use import OF_MOBILE

pytestmark = pytest.mark.django_db
PAGE = "/how-to-use"


def page(login: Login) -> str:
    response = signed_in(login).get(PAGE)
    assert response.status_code == 200
    return str(response.content.decode())


def test_five_tools_for_this_host(olivia: Login, settings: Any) -> None:
    settings.PUBLIC_URL = "https://tokens.demo.example"
    html = page(olivia)
    for tool in ("curl", "Excel", "Power BI", "Postman", "Python"):
        assert f">{tool}</h2>" in html
    for name in ("curl", "excel", "power-bi", "postman", "python"):
        assert f'id="snippet-{name}"' in html
    assert html.count("https://tokens.demo.example/api/data/") >= 5
    assert html.count("data-token") >= 5
    assert "eyJ" not in html


def test_the_traps_and_the_advice(olivia: Login) -> None:
    html = page(olivia)
    for words in ("Clear Permissions", "Anonymous", "A service login for each integration", "The least that does",
                  "One token for each tool", "auth-tenant-id", "Both scopes for tools that read reports"):  # fmt: skip
        assert words in html
    assert f"<strong>{olivia.organisation_id}</strong>" in html


def test_every_refusal_of_a_token_is_explained(olivia: Login) -> None:
    html = page(olivia)
    for verdict in Verdict:
        assert (f'id="reason-{verdict.value}"' in html) == (verdict not in OF_MOBILE), verdict


def test_who_holds_no_tokens_is_told_whom_to_ask(peter: Login, olivia: Login) -> None:
    assert "Ask a System Administrator for it" in page(peter)
    assert "Create New</a>" not in page(peter)
    assert "Ask a System Administrator for it" not in page(olivia)


def test_a_report_that_the_person_may_read(olivia: Login) -> None:
    html = page(olivia)
    assert "<option>ContactsAndLogins</option>" in html
    assert "read no report at the moment" not in html
    olivia.assignments.all().delete()
    html = page(olivia)
    assert "<option>" not in html
    assert "read no report at the moment" in html


def test_it_needs_a_sign_in() -> None:
    assert Client().get(PAGE).status_code == 302

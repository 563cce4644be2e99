"""Home, a token's page and its sessions in a browser: from a number to its list, from what fails to what helps."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Login
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.test_walk import PHONE_DARK, SMALL_TARGETS, WIDE_LIGHT, walk_as  # noqa: F401  # walk_as is a fixture
from tests.token_story import created, generated, used
from tokens.models import AccessToken

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


BOTH = (WIDE_LIGHT, PHONE_DARK)


@pytest.fixture
def token(olivia: Login, robot: Login) -> AccessToken:
    """A token that failed, with 60 days of calls of two tools; another that ends soon, of the robot."""
    generated(soon := created(robot, "Nightly warehouse"))
    used(soon)
    AccessToken.objects.filter(pk=soon.pk).update(expires_at=timezone.now() + timedelta(days=3))
    generated(token := created(olivia, "SAP nightly export"))
    used(token)
    for number in range(60):
        tool = "PostmanRuntime/7.46.0" if number % 3 else "SAP-CPI/6.54"
        read = {"subject_kind": "report", "subject_id": "TokenActivity", "details": {"rows": 40}}
        common = {"token": token, "days_ago": number, "user_agent": tool, "request_id": f"request{number:09}"}
        entry(olivia, Verb.TOKEN_AUTHENTICATE, **common)
        entry(olivia, Verb.REPORT_READ, **common, **read)
    for reason in ("scope_missing", "expired", "expired"):
        entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, result="fail", reason=reason, user_agent="SAP-CPI/6.54")
    AccessToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(days=1))
    return token


def test_an_administrator_goes_from_a_number_to_its_list_and_on(walk_as: Any, ada: Login, token: AccessToken) -> None:
    walker = walk_as(ada)
    walker.visit("/", looks=BOTH)
    walker.take(WIDE_LIGHT)
    page = walker.page
    page.goto(f"{walker.url}/")
    numbers = page.get_by_role("navigation", name="Tokens that want attention")
    numbers.get_by_role("link", name=re.compile("Failing now")).click()
    expect(page.get_by_role("link", name="SAP nightly export")).to_be_visible()
    expect(page.get_by_role("link", name="Nightly warehouse")).to_be_hidden()

    page.goto(f"{walker.url}/")
    page.get_by_role("link", name="Generate Token: SAP nightly export").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Generate Token").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main h1")).to_contain_text("SAP nightly export")
    expect(page.locator("main h1")).to_contain_text("Generated - Inactive")
    assert walker.found == []


def test_a_person_finds_out_why_calls_fail_and_who_calls(walk_as: Any, olivia: Login, token: AccessToken) -> None:
    walker = walk_as(olivia)
    own = f"/tokens/{token.public_id}"
    for path in ("/", own, f"{own}/sessions"):
        walker.visit(path, looks=BOTH)
    small = []
    for path in ("/", own, f"{own}/sessions"):
        walker.page.goto(walker.url + path)
        small += [f"{path}: {target}" for target in walker.page.evaluate(SMALL_TARGETS)]
    assert small == [], "\n".join(small)
    walker.take(WIDE_LIGHT)
    page = walker.page
    page.goto(f"{walker.url}/")
    page.get_by_role("region", name="What to do").get_by_role("link", name="SAP nightly export", exact=True).click()
    expect(page.get_by_role("region", name="Last failures")).to_contain_text("This JWT has expired.")
    page.get_by_text("Show as table").click()
    expect(page.get_by_role("row", name=re.compile(r" 1 3$"))).to_be_visible()
    page.get_by_text("Each report, and which rows of it").click()
    expect(page.get_by_text("the rows about its owner alone").first).to_be_visible()
    walker.judge("opened")
    page.get_by_role("link", name="Sessions", exact=True).click()
    expect(page.get_by_role("row")).to_have_count(51)
    page.get_by_role("link", name="Next page").click()
    expect(page.get_by_text("Nothing here")).to_be_hidden()
    assert walker.found == []


@pytest.mark.long
def test_others_see_nothing_of_it(walk_as: Any, peter: Login, olga: Login, token: AccessToken) -> None:
    for login in (peter, olga):
        walker = walk_as(login)
        walker.visit("/", looks=BOTH)
        expect(walker.page.locator("main")).not_to_contain_text("SAP nightly export")
        for path in (
            f"/tokens/{token.public_id}/sessions",
            f"/logins/{token.owner.public_id}/tokens/{token.public_id}",
        ):
            walker.visit(path, (403, 404), BOTH)
        assert walker.found == []

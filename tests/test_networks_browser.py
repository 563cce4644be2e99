"""Networks and tightened policies in a real browser, wide and narrow: what is told before, and what is done then."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from accounts.models import Login, Organisation
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import valid_token
from tests.browser import violations
from tests.factories import AccessTokenFactory
from tokens.models import AccessToken

NARROW = {"width": 360, "height": 740}


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def used_from(token: AccessToken, address: str) -> None:
    Entry.objects.create(
        verb=Verb.TOKEN_AUTHENTICATE, result="ok", channel="api", organisation_id=token.owner.organisation_id,
        token_id=token.public_id, token_name=token.name, address=address,
    )  # fmt: skip


@pytest.mark.parametrize("screen", [{}, {"viewport": NARROW, "color_scheme": "dark"}], ids=["wide", "narrow"])
def test_a_token_is_bound_to_networks(enter_as: Any, olivia: Login, screen: dict[str, Any]) -> None:
    token, _text = valid_token(olivia, name="Power BI")
    used_from(token, "198.51.100.7")
    page = enter_as(olivia, f"/tokens/{token.public_id}", **screen)
    page.get_by_role("link", name="Edit Token").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Allowed networks").first.click()
    field = dialog.get_by_label("Allowed networks")
    field.fill("192.0.2.0/24\n10.1.2.3/8")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Line 2: 10.1.2.3/8 says more than its network has. Write 10.0.0.0/8.")
    expect(field).to_be_visible()
    field.fill("192.0.2.0/24\n10.0.0.0/8")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("198.51.100.7 (1 call")
    assert violations(page) == []
    assert fits(page)
    dialog.get_by_role("button", name="Save all the same").click()
    expect(page.get_by_text("From now on calls are admitted only from 192.0.2.0/24, 10.0.0.0/8.")).to_be_visible()
    assert AccessToken.objects.get().allowed_networks == "{192.0.2.0/24,10.0.0.0/8}"
    assert fits(page)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_policy_is_tightened_and_jwts_are_shortened(enter_as: Any, ada: Login, olivia: Login, script: bool) -> None:
    AccessTokenFactory(owner=olivia, name="Power BI", expiry_choice="never")
    page = enter_as(ada, "/configuration/organisation", java_script_enabled=script, viewport=NARROW)
    page.get_by_role("link", name="Edit: Policies on tokens").click()
    page.get_by_label("Longest life of a JWT, in days").fill("90")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("1 token has a longer Expires On.")).to_be_visible()
    expect(page.get_by_label("Leave: JWTs work until their own end.")).to_be_checked()
    if script:
        assert violations(page) == []
        assert fits(page)
    page.get_by_label("Shorten: Expires On becomes 90 days.").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("The settings are saved. 1 token was limited to them.")).to_be_visible()
    assert AccessToken.objects.get().expiry_choice == "90"


def test_the_organisation_names_its_networks(enter_as: Any, ada: Login, olivia: Login) -> None:
    token, _text = valid_token(olivia, name="Power BI")
    used_from(token, "198.51.100.7")
    page = enter_as(ada, "/configuration/organisation")
    page.get_by_role("link", name="Edit: From where tokens may be used").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("You are at 127.0.0.1.")
    dialog.get_by_label("Allowed networks").fill("192.0.2.0/24\n2001:db8::/32")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("Power BI (198.51.100.7)")
    assert violations(page) == []
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("192.0.2.0/24, 2001:db8::/32")).to_be_visible()
    assert Organisation.objects.get(pk=ada.organisation_id).allowed_networks == "{192.0.2.0/24,2001:db8::/32}"
    assert violations(page) == []

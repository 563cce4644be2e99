"""The page of one token in a browser: every status looks right on every screen, and dialogs lead back to it."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Login, Organisation
from tests.test_walk import walk_as  # noqa: F401  # walk_as is a fixture
from tests.token_story import actor, created, edited, generated, used
from tokens import actions
from tokens.models import AccessToken

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def in_every_status(owner: Login) -> list[AccessToken]:
    """One token of each look of the page."""
    not_generated = created(owner, "Not generated", description="A long description " * 20, scopes=7)
    generated(waiting := created(owner, "Part of it waits", calls_per_minute=60, read_only=True))
    edited(waiting, scopes=1 | 4)
    generated(old := created(owner, "Expired"))
    AccessToken.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(days=2))
    generated(near := created(owner, "Ends soon", expiry_choice="90"))
    used(near)
    AccessToken.objects.filter(pk=near.pk).update(expires_at=timezone.now() + timedelta(days=2))
    generated(gone := created(owner, "Revoked"))
    actions.revoke(token=gone, by=actor(owner))
    return [not_generated, waiting, old, near, gone]


@pytest.mark.long
def test_every_status_on_every_screen(walk_as: Any, olivia: Login) -> None:
    walker = walk_as(olivia)
    for token in in_every_status(olivia):
        walker.visit(f"/tokens/{token.public_id}")
    Organisation.objects.update(tokens_stopped_at=timezone.now(), token_scopes_allowed=1)
    walker.visit(f"/tokens/{AccessToken.objects.get(name='Ends soon').public_id}")
    assert walker.found == []


def test_dialogs_open_on_it_and_lead_back_to_it(walk_as: Any, olivia: Login) -> None:
    token = created(olivia, "LabTest")
    walker = walk_as(olivia)
    page = walker.page
    page.goto(f"{walker.url}/tokens")
    page.get_by_role("link", name="LabTest", exact=True).click()
    expect(page.locator("main h1")).to_contain_text("Not Generated")
    own = f"{walker.url}/tokens/{token.public_id}"
    dialog = page.get_by_role("dialog")

    page.get_by_role("link", name="Edit Token").click()
    dialog.get_by_text("Limit the calls").click()
    dialog.get_by_label("Calls per minute").fill("60")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("From now on it may make 60 calls a minute.")).to_be_visible()
    expect(page).to_have_url(own)

    page.get_by_role("link", name="Generate Token").click()
    dialog.get_by_role("button", name="Generate Token").click()
    expect(dialog.get_by_text("Copy it now")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("Nothing was changed")).to_be_visible()
    expect(page).to_have_url(own)

    page.get_by_role("link", name="Generate Token").click()
    dialog.get_by_role("button", name="Generate Token").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("main h1")).to_contain_text("Generated - Inactive")
    expect(page).to_have_url(own)

    page.get_by_role("link", name="Revoke Token…").click()
    dialog.get_by_role("button", name="Revoke Token").click()
    expect(page.locator("main h1")).to_contain_text("Revoked")
    page.get_by_role("link", name="Token Logs", exact=True).click()
    page.get_by_role("navigation", name="Path").get_by_role("link", name="LabTest").click()
    expect(page).to_have_url(own)


def test_lines_are_copied_as_they_read(walk_as: Any, olivia: Login) -> None:
    token = created(olivia, "LabTest")
    walker = walk_as(olivia)
    page = walker.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{walker.url}/tokens/{token.public_id}")
    page.get_by_text("Description of Use").click()
    page.locator('[data-copy-from="way-bearer"]').click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith('curl -H "Authorization: Bearer $TOKEN" \\\n')

"""The documentation page in a browser: by keyboard, with and without script, on a phone. Axe judges it in test_walk."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def docs(open_page: Any, live_server: LiveServer) -> Any:
    def opened(address: str = "/api/docs", **options: Any) -> Page:
        page: Page = open_page(**options)
        page.goto(live_server.url + address)
        return page

    return opened


def test_lines_can_be_copied(docs: Any) -> None:
    page = docs(permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy these lines").first.click()
    expect(page.get_by_role("status").first).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()").startswith('curl -H "Authorization: Bearer $TOKEN" http')


@pytest.mark.long
def test_the_contents_lead_to_an_operation(docs: Any) -> None:
    page = docs()
    page.get_by_role("navigation", name="Contents").get_by_role("link", name="The rows of a report").click()
    heading = page.get_by_role("heading", name="The rows of a report")
    expect(heading).to_be_in_viewport()
    card = page.get_by_role("article", name="The rows of a report")
    expect(card.get_by_text('"Rowid": 1')).to_be_hidden()
    card.locator("summary").first.press("Enter")
    expect(card.get_by_text('"Rowid": 1').first).to_be_visible()


def test_a_problems_type_leads_to_its_reason(docs: Any) -> None:
    page = docs("/api/docs#scope_missing")
    expect(page.locator("#scope_missing")).to_be_in_viewport()
    expect(page.locator("#scope_missing")).to_contain_text("Scope missing")


@pytest.mark.long
def test_a_shared_answer_is_one_click_away(docs: Any) -> None:
    page = docs("/api/docs#whoAmI")
    page.get_by_role("article", name="What this token is and may do").locator(".docs-shared a").first.click()
    expect(page).to_have_url(re.compile("#answer-TokenUnreadable$"))
    expect(page.locator("#answer-TokenUnreadable")).to_be_in_viewport()


def test_the_contents_open_on_a_phone(docs: Any) -> None:
    page = docs(viewport={"width": 360, "height": 740})
    contents = page.get_by_role("navigation", name="Contents")
    expect(contents).to_be_hidden()
    page.get_by_role("link", name="Menu").click()
    expect(contents).to_be_visible()
    contents.get_by_role("link", name="Credentials").click()
    expect(page.get_by_role("heading", name="Credentials")).to_be_in_viewport()
    expect(contents).to_be_hidden()


def test_on_a_phone_nothing_leaves_its_place(docs: Any) -> None:
    page = docs(viewport={"width": 360, "height": 740})
    steps = page.locator(".docs-steps").evaluate("list => parseFloat(getComputedStyle(list).paddingInlineStart)")
    assert steps >= 16 + 20  # the page's edge, and room for the numbers
    code, copy = (page.locator(".code").first.locator(part).bounding_box() for part in ("pre", ".copy"))
    assert code["x"] + code["width"] <= copy["x"]  # the button covers no line, however long


@pytest.mark.long
def test_every_tool_has_its_lines(docs: Any) -> None:
    page = docs()
    tools = page.get_by_role("list", name="Tools").get_by_role("link")
    assert tools.all_inner_texts() == ["curl", "Excel", "Power BI", "Postman", "Python"]
    page.get_by_role("link", name="Postman").click()
    expect(page.locator("figure", has_text="Authorization tab: Bearer Token")).to_be_in_viewport()


@pytest.mark.long
def test_it_reads_without_script(docs: Any) -> None:
    page = docs(java_script_enabled=False)
    expect(page.get_by_role("heading", name="API documentation")).to_be_visible()
    expect(page.get_by_role("button", name="Copy these lines").first).to_be_hidden()
    page.locator("summary:visible").nth(1).click()
    expect(page.get_by_role("heading", name="Reasons, and what to do")).to_have_count(1)

"""A grid in the browser: selected rows, the keyboard, the choice of columns, and what stays in sight."""

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Contact, Login
from tests.browser import OpenPage, violations
from tests.factories import PASSWORD, ContactFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.grid_pages"),
]


@pytest.fixture
def people(ada: Login) -> list[Contact]:
    Contact.objects.exclude(pk=ada.contact.pk).delete()
    names = (f"Person {number:02}" for number in range(60))
    return Contact.objects.bulk_create(
        ContactFactory.build(organisation=ada.organisation, last_name=name, email="") for name in names
    )


@pytest.fixture
def page(open_page: OpenPage, live_server: LiveServer, ada: Login, people: list[Contact]) -> Page:
    page = open_page(base_url=live_server.url)
    page.goto("/sign-in")
    page.get_by_label("User Name").fill(ada.user_name)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Home")).to_be_visible()
    page.goto("/lab")
    return page


def box(page: Page, name: str) -> Locator:
    return page.get_by_role("checkbox", name=f"Select {name}", exact=True)


def top(element: Locator) -> float:
    bounds = element.bounding_box()
    assert bounds
    return bounds["y"]


def reach(page: Page, name: str, role: str = "button") -> Locator:
    return page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]


def test_a_selection_lasts_over_pages_and_filters_until_its_deed_is_done(page: Page) -> None:
    head, bar = page.locator(".head-row"), page.locator("[data-bar]")
    before = top(head)
    expect(bar).to_be_hidden()
    box(page, "Person 03").check()
    expect(bar.get_by_text("1 person selected")).to_be_visible()
    expect(bar.get_by_text("none of them has a mail address")).to_be_visible()
    assert top(head) == before
    assert top(bar) == top(page.locator(".grid-top"))
    page.get_by_role("link", name="Next page").click()
    expect(bar.get_by_text("1 person selected")).to_be_visible()
    box(page, "Person 30").check()
    page.locator(".filter-row").get_by_label("Name").fill("Person 5")
    expect(reach(page, "Person 51", "link")).to_be_visible()
    box(page, "Person 51").check()
    expect(bar.get_by_text("3 people selected")).to_be_visible()

    dialog = page.get_by_role("dialog")
    bar.get_by_role("button", name="Rename…").click()
    expect(dialog.get_by_role("heading", name="3 people")).to_be_visible()
    assert dialog.locator(".chosen > li").all_inner_texts() == ["Person 03", "Person 30", "Person 51"]
    dialog.get_by_role("link", name="Cancel").click()
    expect(bar.get_by_role("button", name="Rename…")).to_be_focused()
    bar.get_by_role("button", name="Rename…").click()
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("3 renamed.")).to_be_visible()
    assert "last_name=Person+5" in page.url
    expect(bar).to_be_hidden()
    page.goto("/lab")
    expect(bar).to_be_hidden()
    assert Contact.objects.filter(last_name="Renamed").count() == 3


def test_every_row_of_a_filter_is_selected_and_the_count_typed(page: Page, people: list[Contact]) -> None:
    page.goto("/lab?last_name=person")
    bar, dialog = page.locator("[data-bar]"), page.get_by_role("dialog")
    page.get_by_role("checkbox", name="Select every row of this page").check()
    expect(bar.get_by_text("25 people selected")).to_be_visible()
    bar.get_by_role("button", name="Select all 60 of this filter").click()
    expect(bar.get_by_text("60 people selected")).to_be_visible()
    page.get_by_role("link", name="Next page").click()
    expect(box(page, "Person 49")).to_be_checked()
    bar.get_by_role("button", name="Rename…").click()
    dialog.get_by_label("To confirm, type 60").fill("all")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog.get_by_text("Type 60 as it is written here.")).to_be_visible()
    Contact.objects.filter(pk=people[0].pk).delete()
    dialog.get_by_label("To confirm, type 60").fill("60")
    dialog.get_by_role("button", name="Rename").click()
    expect(dialog.get_by_text("The rows changed while you were asked.")).to_be_visible()
    dialog.get_by_label("To confirm, type 59").fill("59")
    dialog.get_by_role("button", name="Rename").click()
    expect(page.get_by_text("59 renamed.")).to_be_visible()

    # Another filter is another "every": the selection ends with the one that it was made for.
    page.goto("/lab?last_name=renamed")
    page.get_by_role("checkbox", name="Select every row of this page").check()
    bar.get_by_role("button", name="Select all 59 of this filter").click()
    page.locator(".filter-row").get_by_label("Name").fill("byron")
    expect(bar).to_be_hidden()


@pytest.mark.long
def test_another_page_order_or_filter_keeps_the_focus_of_the_keyboard(page: Page) -> None:
    onward, back = reach(page, "Next page", "link"), reach(page, "Previous page", "link")
    onward.press("Enter")
    expect(page.locator(".range")).to_have_text("26–50 of 61")
    expect(onward).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".range")).to_have_text("51–61 of 61")
    expect(back).to_be_focused()  # there is no page further on
    page.go_back()
    expect(page.locator(".range")).to_have_text("26–50 of 61")
    order = page.locator(".head-row").get_by_role("link", name="Name")
    order.press("Enter")
    page.wait_for_url("**sort=**")
    expect(order).to_be_focused()
    page.goto("/lab?last_name=person&size=50")
    page.locator(".chip").first.press("Enter")
    page.wait_for_url(lambda url: "last_name" not in url)
    expect(page.locator(".grid-scroll")).to_be_focused()  # nothing is filtered any more


def test_a_selection_is_exported(page: Page) -> None:
    box(page, "Person 03").check()
    box(page, "Person 01").check()
    page.locator("[data-bar]").get_by_text("Export").click()
    with page.expect_download() as download:
        reach(page, "JSON").click()
    text = download.value.path().read_text()
    assert [f"Person {number:02}" in text for number in range(5)] == [False, True, False, True, False]
    assert text.index("Person 01") < text.index("Person 03")


def test_a_grid_by_keyboard(page: Page) -> None:
    bar = page.locator("[data-bar]")
    page.locator(".search input").focus()
    page.keyboard.press("ArrowDown")
    expect(reach(page, "Byron", "link")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(bar.get_by_text("1 person selected")).to_be_visible()
    expect(reach(page, "Person 00", "link")).to_be_focused()
    for _row in range(3):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+Space")
    expect(bar.get_by_text("4 people selected")).to_be_visible()
    page.keyboard.press("Shift+F10")
    expect(page.get_by_role("menuitem", name="Look")).to_be_focused()
    page.keyboard.press("Escape")
    expect(bar.get_by_text("4 people selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    box(page, "Person 02").click()
    box(page, "Person 05").click(modifiers=["Shift"])
    expect(bar.get_by_text("4 people selected")).to_be_visible()
    expect(box(page, "Person 05")).to_be_focused()
    for _row in range(12):
        page.keyboard.press("ArrowDown")
    expect(box(page, "Person 17")).to_be_focused()
    assert top(box(page, "Person 17")) > top(page.locator("thead")) + 77
    for _row in range(12):
        page.keyboard.press("ArrowUp")
    assert top(box(page, "Person 05")) > top(page.locator("thead")) + 77
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Person con_")).to_be_visible()


def test_columns_are_chosen_and_remembered(page: Page, ada: Login) -> None:
    page.goto("/lab?last_name=person&sort=-phone")
    page.locator("summary[aria-label=Columns]").click()
    page.get_by_role("group").get_by_label("Phone").uncheck()
    page.get_by_role("group").get_by_label("Created On").uncheck()
    reach(page, "Save").click()
    expect(page.get_by_role("columnheader", name="Phone")).to_have_count(0)
    expect(page.get_by_role("columnheader", name="E Mail")).to_be_visible()
    expect(page.get_by_text("Not sorted by Phone: the column is not shown")).to_be_visible()
    assert "last_name=person" in page.url
    ada.refresh_from_db()
    assert ada.hidden_columns == {"people": ["phone", "created_at"]}
    page.goto("/lab?created_at_from=2020-01-01")
    expect(page.get_by_text("Created On: from 1 Jan 2020 (column not shown)")).to_be_visible()
    page.locator(".filter-row").get_by_label("Name").fill("Person 1")
    expect(page.locator(".range")).to_contain_text("1–10 of 10")
    assert "created_at_from=2020-01-01" in page.url
    page.locator("summary[aria-label=Columns]").click()
    reach(page, "All columns").click()
    expect(page.get_by_role("columnheader", name="Phone")).to_be_visible()


@pytest.mark.parametrize("width", [700, pytest.param(1360, marks=pytest.mark.long)])
def test_the_head_and_the_actions_stay_in_sight(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    page.goto("/lab")
    reach(page, "Person 23", "link").scroll_into_view_if_needed()
    page.wait_for_timeout(100)
    assert top(page.locator("thead")) == 48
    box(page, "Person 20").check()
    assert (top(page.locator("[data-bar]")), top(page.locator("thead"))) == (48, 96)
    dots = page.get_by_role("button", name="Actions for Person 20").bounding_box()
    assert dots
    assert dots["x"] + dots["width"] <= width
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def test_a_table_too_wide_scrolls_in_its_own_region_head_and_all(page: Page, people: list[Contact]) -> None:
    Contact.objects.filter(pk=people[7].pk).update(email=f"{'long' * 12}@demo.example", phone="+49 30 12345678901")
    page.set_viewport_size({"width": 641, "height": 600})
    page.goto("/lab")
    region = page.locator(".grid-scroll")
    expect(region).to_have_class("grid-scroll scrolls")
    region.evaluate("region => { region.scrollTop = 400; region.scrollLeft = 0; }")
    assert top(page.locator("thead")) == top(region)
    dots = page.get_by_role("button", name="Actions for Person 12").bounding_box()
    assert dots
    assert dots["x"] + dots["width"] <= 641


def test_a_phone_selects_after_select_and_a_link_to_the_filter_is_copied(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.locator(".filter-row").get_by_label("Name").fill("Person 1")
    expect(page.locator(".range")).to_contain_text("1–10 of 10")
    reach(page, "Copy link to this filter").click()
    assert page.evaluate("navigator.clipboard.readText()").endswith("/lab?last_name=Person%201")
    page.set_viewport_size({"width": 360, "height": 780})
    expect(box(page, "Person 11")).to_be_hidden()
    reach(page, "Select").click()
    box(page, "Person 11").check()
    bar = page.locator("[data-bar]")
    expect(bar.get_by_text("1 person selected")).to_be_visible()
    bounds = bar.bounding_box()
    assert bounds
    assert bounds["y"] + bounds["height"] == 780
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")
    reach(page, "Cancel").click()
    expect(box(page, "Person 11")).to_be_hidden()


@pytest.mark.long
def test_axe_finds_nothing_in_a_grid_with_a_selection(page: Page) -> None:
    box(page, "Person 03").check()
    page.locator("[data-bar]").get_by_text("Export").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.locator("[data-bar]").get_by_role("button", name="Forget…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.emulate_media(color_scheme="dark")
    assert violations(page) == []
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto("/lab")
    page.locator("summary[aria-label=Columns]").click()
    assert violations(page) == []

"""Departments, user types and policies in a real browser: by the one who may, and not by the others."""

import re

import pytest
from playwright.sync_api import expect

from accounts.models import Department, Login, Organisation, UserType
from tests.cast import Places
from tests.factories import UserTypeFactory


def test_a_department_is_made_moved_and_folded_away(enter_as, ada: Login, peter: Login, places: Places) -> None:
    page = enter_as(ada, "/departments")
    page.get_by_role("link", name="Create Department").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("North Sea")
    dialog.get_by_label("Part of").select_option(label="Energy")
    dialog.get_by_role("button", name="Create Department").click()
    expect(page.get_by_text("The department North Sea is created.")).to_be_visible()

    page.get_by_label("Actions for Energy › South").click()
    page.get_by_role("menuitem", name="Move Department").click()
    dialog.get_by_label("Part of").select_option(label="Finance")
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog).to_contain_text("becomes part of Finance")
    dialog.get_by_role("button", name="Move Department").click()
    expect(page.get_by_text("South is moved: it is now Finance › South.")).to_be_visible()
    assert Department.objects.get(name="South").parent == places.finance

    south = page.get_by_role("link", name="South", exact=True)
    expect(south).to_be_visible()
    page.get_by_label("Below Finance").click()
    expect(south).to_be_hidden()


def test_a_user_type_is_changed_and_says_before_who_loses(enter_as, ada: Login, olivia: Login) -> None:
    kind = UserTypeFactory(organisation=ada.organisation, slug="lead", name="Lead", permissions=["report:read"])
    olivia.assignments.update(user_type=kind)
    page = enter_as(ada, "/user-types")
    page.get_by_label("Actions for Lead").click()
    page.get_by_role("menuitem", name="Edit User Type").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Read reports").uncheck()
    dialog.get_by_label("See the logs").check()
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("1 person reaches less: Olivia Novak")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Lead is saved. It acts at once.")).to_be_visible()
    expect(page).to_have_url(re.compile("/user-types/lead$"))
    expect(page.get_by_role("row").filter(has_text="Olivia Novak")).to_be_visible()
    assert UserType.objects.get(pk=kind.pk).permissions == ["log:view"]


@pytest.mark.long
def test_a_policy_is_tightened_without_javascript(enter_as, ada: Login, organisation: Organisation) -> None:
    page = enter_as(ada, "/configuration/organisation", java_script_enabled=False)
    page.get_by_role("link", name="Edit: Policies on tokens").click()
    page.get_by_label("Calls per minute").fill("600")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("after 600 calls in the same minute")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The settings are saved.")).to_be_visible()
    organisation.refresh_from_db()
    assert organisation.token_calls_per_minute == 600


@pytest.mark.long
def test_others_do_not_get_in(enter_as, olivia: Login, olga: Login, places: Places) -> None:
    page = enter_as(olivia, "/departments")
    expect(page.get_by_role("heading", name="You may not open this page")).to_be_visible()
    expect(page.get_by_role("link", name="Departments")).to_have_count(0)
    page = enter_as(olga, "/departments")
    expect(page.get_by_text("No department yet")).to_be_visible()
    expect(page.get_by_text("Energy")).to_have_count(0)

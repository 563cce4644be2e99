"""A file is imported in a real browser: progress to be seen, the dry run read, everything applied."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from accounts.actions.import_work import work_on_imports
from accounts.models import Login
from tests.cast import Places
from tests.imports import csv

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HEADS = "First Name;Last Name;E Mail;Department;User Type;Phone"


def give(page: Page, path: Path, *lines: str) -> None:
    path.write_bytes(csv(HEADS, *lines))
    page.get_by_label("File", exact=True).set_input_files(path)
    page.get_by_role("button", name="Start the dry run").click()


def test_an_administrator_imports_a_file(enter_as, ada: Login, places: Places, tmp_path: Path) -> None:
    page = enter_as(ada, "/contacts")
    page.get_by_role("link", name="Import").click()
    give(page, tmp_path / "bad.csv", "Maria;Keller;maria@demo.example;Mars;General User;")
    expect(page.get_by_role("status")).to_have_text(re.compile("Waiting for the background worker"))
    work_on_imports()
    expect(page.get_by_text("There is no department “Mars”.")).to_be_visible()
    page.get_by_role("link", name="Choose another file").click()
    give(page, tmp_path / "good.csv", "Maria;Keller;maria@demo.example;Energy > South;General User;+41 1", "Rob;;;;;")
    work_on_imports()
    page.get_by_role("link", name="Apply 2 changes").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("All rows are written together, or none of them.")
    dialog.get_by_role("button", name="Apply 2 changes").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Waiting for the background worker"))
    work_on_imports()
    expect(page.get_by_text("Everything was applied.")).to_be_visible()
    page.get_by_role("link", name="Contacts & Logins").last.click()
    expect(page.get_by_role("row", name=re.compile("Maria Keller"))).to_contain_text("Energy › South")


@pytest.mark.long
def test_without_script(enter_as, ada: Login, tmp_path: Path) -> None:
    page = enter_as(ada, "/contacts/import", java_script_enabled=False)
    give(page, tmp_path / "people.csv", "Maria;Keller;maria@demo.example;;General User;")
    work_on_imports()
    page.get_by_role("link", name="Look again").click()
    page.get_by_role("link", name="Apply 1 change").click()
    page.get_by_role("button", name="Apply 1 change").click()
    work_on_imports()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_text("Everything was applied.")).to_be_visible()
    assert Login.objects.filter(user_name="maria@demo.example").exists()


@pytest.mark.long
def test_who_manages_nobody_finds_no_import(enter_as, vera: Login, olga: Login, ada: Login) -> None:
    page = enter_as(vera, "/contacts/import")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Import")
    page = enter_as(olga, "/contacts/imports")
    expect(page.get_by_role("heading", name="Nothing was imported yet")).to_be_visible()

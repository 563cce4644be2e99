"""The ledger as an auditor uses it: verified before one's eyes, taken away as files, proved without the console."""

import threading
from pathlib import Path
from typing import Any

import pytest
from django.db import connections, transaction
from playwright.sync_api import Page, expect

from accounts.models import Login
from audit.actions import record
from audit.actions.sealing import seal
from audit.models import Entry, Head
from audit.verbs import Verb
from tests import ledger
from tests.browser import OpenPage
from tests.test_ledger_page import worker
from tests.test_verify_export import changed, verified
from tests.token_story import actor, created
from tokens.actions import verifying

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def lived(ada: Login, olivia: Login) -> Entry:
    """Of all that happened in the organisation and beside it, sealed, the entry of Olivia's token."""
    ledger.written(120, organisation_id=ada.organisation_id)
    created(olivia, "Board pack", by=ada)
    with transaction.atomic():
        record(verb=Verb.SIGN_IN, by=actor(olivia), subject=olivia.reference)
    ledger.written(5, organisation_id=0, first=200)
    seal()
    worker()
    return Entry.objects.get(verb=Verb.TOKEN_CREATE)


class SlowVerification:
    """The worker's turn, in a thread of its own, that goes on when the page has been looked at."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.seen = threading.Event()
        told = verifying._Telling.__call__

        def tell(telling: Any, done: int, total: int) -> None:
            told(telling, done, total)
            self.seen.wait(30)

        monkeypatch.setattr(verifying._Telling, "__call__", tell)
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        try:
            verifying.work_on_verification()
        finally:
            connections.close_all()

    def go_on(self) -> None:
        self.seen.set()
        self.thread.join(60)


def downloaded(page: Page, click: Any, folder: Path) -> Path:
    with page.expect_download() as download:
        click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_ada_proves_the_ledger(
    enter_as: OpenPage, ada: Login, lived: Entry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    total = Head.objects.get().size
    page = enter_as(ada, "/")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Ledger", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Ledger")).to_be_visible()
    key = page.locator("#checkpoint-key").inner_text().strip()
    assert key == Head.objects.get().verifier

    page.get_by_role("link", name="Verify", exact=True).click()
    page.get_by_role("dialog").get_by_role("button", name="Verify", exact=True).click()
    expect(page.get_by_text("Waiting for the background worker")).to_be_visible()
    verification = SlowVerification(monkeypatch)
    expect(page.get_by_text(f"{total} of {total} entries")).to_be_visible()
    expect(page.get_by_role("progressbar")).to_be_visible()
    verification.go_on()
    expect(page.get_by_text(f"Proved: {total} entries")).to_be_visible()
    expect(page.get_by_text("Asked for by Ada Byron")).to_be_visible()

    page.goto(f"/administrator/activity/{lived.pk}")
    receipt = downloaded(page, page.get_by_role("link", name="Receipt", exact=True).click, tmp_path)
    assert verified(receipt, "--key", key)[0] == 0
    forged = receipt.with_name("forged.json")
    forged.write_text(receipt.read_text().replace("Board pack", "Bored pack"))
    assert verified(forged, "--key", key)[0] == 1

    page.goto("/administrator/activity")
    page.locator(".grid-tools summary[aria-label=Export]").click()
    export = downloaded(page, page.get_by_role("link", name="With proofs (ZIP)").click, tmp_path)
    code, words = verified(export, "--key", key)
    assert (code, key in words) == (0, True)
    forgery = changed(export, "entries.csv", lambda text: text.replace("Board pack", "Bored pack"))
    assert verified(forgery, "--key", key)[0] == 1


def test_vera_does_not_get_in(enter_as: OpenPage, vera: Login, lived: Entry) -> None:
    page = enter_as(vera, "/")
    assert page.get_by_role("link", name="Ledger", exact=True).count() == 0
    for address in ("", "/verify", "/checkpoint.txt"):
        answer = page.request.get(f"/administrator/ledger{address}")
        assert answer.status == 403, address
    assert page.request.get(f"/administrator/activity/{lived.pk}/receipt.json").status == 403


def test_olga_sees_the_ledger_of_the_installation_and_nothing_of_adas_organisation(
    enter_as: OpenPage, olga: Login, ada: Login, lived: Entry
) -> None:
    """The checkpoints are everybody's; the entries are not."""
    verifying.ask_verification(by=actor(ada))
    verifying.work_on_verification()
    page = enter_as(olga, "/administrator/ledger")
    expect(page.get_by_text("Asked for by Another organisation")).to_be_visible()
    assert "Ada Byron" not in page.content()
    for address in (f"/administrator/activity/{lived.pk}", f"/administrator/activity/{lived.pk}/receipt.json"):
        assert page.request.get(address).status == 404
    page.goto("/administrator/activity")
    expect(page.get_by_role("main")).not_to_contain_text("Board pack")

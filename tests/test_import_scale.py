"""Large imports: progress is seen while they go on, also while everything is being written, and nobody waits for it."""

from threading import Thread

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.actions import import_work, import_writing
from accounts.actions.import_work import work_on_imports
from accounts.models import Contact, Login
from audit.models import Entry
from tests.cast import Places
from tests.imports import applied, begun, checked

pytestmark = pytest.mark.django_db(transaction=True)
HEADS = "First Name;Last Name;E Mail;User Name;Department;User Type;Language"


def rows(count: int, **values: str) -> list[str]:
    last, language = values.get("last", "Many"), values.get("language", "de")
    return [f"P{n};{last};p{n}@demo.example;;Energy > South;General User;{language}" for n in range(count)]


def test_the_page_answers_while_everything_is_being_written(
    ada: Login, places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = checked(ada, HEADS, *rows(3))
    client = Client()
    client.force_login(ada)
    address = reverse("accounts:show_import", args=[one.public_id])
    client.get(address)
    seen: list[tuple[int, str]] = []

    def look() -> None:
        response = client.get(f"{address}/progress")
        seen.append((response.status_code, response.content.decode()))
        connection.close()

    write = import_writing.Writing._write_edits

    def write_watched(self: import_writing.Writing) -> object:
        watcher = Thread(target=look)
        watcher.start()
        watcher.join(15)
        yield from write(self)

    monkeypatch.setattr(import_writing.Writing, "_write_edits", write_watched)
    applied(one, ada)
    assert one.state == "applied"
    ((status, body),) = seen
    assert status == 200
    assert "All rows are ready: they are being written, all together." in body


@pytest.mark.long
@pytest.mark.alone
def test_ten_thousand_rows(ada: Login, places: Places, monkeypatch: pytest.MonkeyPatch) -> None:
    """Created, then many of them changed, each time with progress and in one transaction."""
    seen: list[tuple[str, int]] = []
    progress = import_work._progress

    def noted(claimed: object, done: int, *fields: str) -> None:
        seen.append((str(claimed.state), done))  # type: ignore[attr-defined]
        progress(claimed, done, *fields)  # type: ignore[arg-type]

    monkeypatch.setattr(import_work, "_progress", noted)
    one = begun(ada, HEADS, *rows(10_000))
    work_on_imports()
    one.refresh_from_db()
    assert one.counts == {"create": 10_000}
    applied(one, ada, sends_activation=True)
    assert (one.state, one.trouble) == ("applied", "")
    assert Login.objects.count() == 10_001
    assert Entry.objects.count() == 30_001
    for state in ("reading", "checking", "writing"):
        assert len({done for name, done in seen if name == state}) >= 20, state

    one = checked(ada, HEADS, *rows(3_000, last="More", language="fr"))
    assert one.counts == {"update": 3_000}
    applied(one, ada)
    assert one.state == "applied"
    assert Login.objects.filter(language="fr").count() == Contact.objects.filter(last_name="More").count() == 3_000
    assert Entry.objects.filter(verb="contact.update").count() == 3_000

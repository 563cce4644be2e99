"""Where a personal detail was removed, pages and exports say so; what asks for it finds nothing, and nothing fails."""

import json

import pytest
from django.db.models import Q

from accounts.models import Login
from audit.actions import redacting
from audit.models import Entry
from audit.triggers import PERSONAL
from audit.verbs import Verb
from tests.addresses import things_of
from tests.audit_entries import entry
from tests.cast import Places
from tests.factories import AccessTokenFactory
from tests.test_sweep_escaping import pages
from tests.token_story import created, generated, signed_in, used

pytestmark = pytest.mark.django_db
NAME, ADDRESS = "olivia@demo.example", "192.0.2.77"
LOGS = ("/administrator/activity", "/administrator/token-logs", "/login-activity")


@pytest.fixture
def removed(olivia: Login) -> Entry:
    """Everything that the log knows of Olivia lost its personal details; her calls and a change among it."""
    token = AccessTokenFactory(owner=olivia)
    about = {"subject_kind": "token", "subject_id": token.public_id, "subject_label": token.name, "address": ADDRESS}
    changes = {"before": {"name": "Old"}, "after": {"name": "Quite new"}}
    rows = [
        entry(olivia, Verb.SIGN_IN, address=ADDRESS, details={"session": "ses_1"}),
        entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token, actor_id="", subject_id="", address=ADDRESS),
        entry(olivia, Verb.TOKEN_UPDATE, token=token, details=changes, **about),
        entry(olivia, Verb.SESSION_BEGIN, subject_kind="mobile_session", subject_id="mob_1", address=ADDRESS),
    ]
    redacting._redact([row.pk for row in rows])
    return Entry.objects.get(verb=Verb.TOKEN_UPDATE)


@pytest.mark.parametrize("log", LOGS)
def test_a_log_says_removed_in_place_of_what_is_gone(log: str, ada: Login, removed: Entry) -> None:
    text = signed_in(ada).get(log).content.decode()
    assert "Removed" in text.split("<tbody", 1)[1]
    assert ADDRESS not in text


@pytest.mark.parametrize("log", LOGS)
def test_so_do_its_exports(log: str, ada: Login, removed: Entry) -> None:
    rows = json.loads(b"".join(signed_in(ada).get(f"{log}?export=json").streaming_content))
    found = [row for row in rows if "Removed" in row.values()]
    assert found
    assert ADDRESS not in json.dumps(rows)


def test_the_page_of_an_entry_says_what_was_removed(ada: Login, removed: Entry) -> None:
    text = signed_in(ada).get(f"/administrator/activity/{removed.pk}").content.decode()
    assert "were removed from this entry, for good" in text
    assert text.count("Removed") >= 3
    assert "Quite new" not in text


@pytest.mark.parametrize(
    "asked", [f"address={ADDRESS}", f"actor={NAME}", f"subject={NAME}", f"q={NAME}", f"person={NAME}", f"owner={NAME}"]
)
@pytest.mark.parametrize("log", LOGS)
def test_to_ask_for_what_is_gone_is_no_error(log: str, asked: str, ada: Login, removed: Entry) -> None:
    assert signed_in(ada).get(f"{log}?{asked}").status_code == 200


def test_an_empty_detail_is_not_called_removed(ada: Login) -> None:
    entry(ada, Verb.SIGN_IN, user_agent="", address="")
    text = signed_in(ada).get("/login-activity").content.decode()
    assert "Removed" not in text.split("<tbody", 1)[1]


def test_what_counts_as_removed_is_all_of_it(ada: Login, removed: Entry) -> None:
    assert removed.is_redacted
    assert not Entry.objects.filter(~Q(**{f"{name}__isnull": True for name in PERSONAL}), pk=removed.pk).exists()


@pytest.mark.long
def test_every_page_is_there_without_any_personal_detail(ada: Login, olivia: Login, places: Places) -> None:
    used(token := created(olivia))
    generated(token, by=ada)
    pages_of = {**things_of(olivia), "tokens": token.public_id}
    redacting._redact(list(Entry.objects.values_list("pk", flat=True)))
    found = [path for path, page in pages(ada, pages_of) if "<h1" in page]
    assert len(found) > 60

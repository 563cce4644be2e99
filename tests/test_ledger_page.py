"""The ledger on screen: its page, the seal at the foot of the side menu, and who sees them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Heartbeat, Login
from audit.actions.sealing import Halted, OtherKey, Rewritten, seal
from audit.models import Checkpoint, Head
from tests import ledger
from tokens.seals import OTHER_TROUBLE, TROUBLES, SealState, seal_state

pytestmark = pytest.mark.django_db
PAGE = "/administrator/ledger"


def signed_in(login: Login) -> Client:
    client = Client()
    client.force_login(login)
    return client


def page(login: Login, path: str = PAGE) -> str:
    answer = signed_in(login).get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def worker(trouble: str = "", seconds_ago: float = 1) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    Heartbeat.objects.create(worker="one", lane="sealing", at=at, went_round_at=at, trouble=trouble)


def test_the_page_shows_the_newest_checkpoint_the_key_and_how_far_it_is_sealed(ada: Login):
    worker()
    ledger.sealed(120, 60)
    shown = page(ada)
    newest = Checkpoint.objects.get(size=120)
    for text in newest.note.split():
        assert text.replace("+", "&#x2B;") in shown or text in shown
    assert Head.objects.get().verifier.partition("+")[0] in shown
    assert "120 entries, the last" in shown
    assert "No background worker" not in shown
    assert "/api/ledger/checkpoints/60" in shown
    answer = signed_in(ada).get(f"{PAGE}/checkpoint.txt")
    assert (answer.content.decode(), answer["Content-Disposition"]) == (
        newest.note,
        'attachment; filename="checkpoint-120.txt"',
    )


def test_the_program_is_the_one_of_the_docs(ada: Login, settings):
    answer = signed_in(ada).get(f"{PAGE}/verify_export.py")
    assert answer.getvalue() == (settings.BASE_DIR / "docs" / "verify_export.py").read_bytes()


def test_an_empty_ledger_and_a_worker_that_does_not_run_are_told(ada: Login):
    shown = page(ada)
    assert "No checkpoint yet" in shown
    assert "No background worker was heard of" in shown
    assert "Nothing sealed yet" in shown
    assert signed_in(ada).get(f"{PAGE}/checkpoint.txt")["Location"] == PAGE
    worker(seconds_ago=90)
    assert "No background worker was heard of" in page(ada)


def test_a_full_disk_is_nothing_to_accept(ada: Login):
    ledger.sealed(5)
    worker("no checkpoint is signed: /srv/newest cannot be written: No space left on device")
    shown = page(ada)
    assert str(TROUBLES[3][1]) in shown
    assert "accept_ledger" not in shown


@pytest.mark.parametrize(
    ("trouble", "why"),
    [
        (OtherKey("the ledger was sealed with the key a; the key here is b"), TROUBLES[0][1]),
        (Rewritten("the first 5 entries have another root than was signed"), TROUBLES[1][1]),
        (Halted("/x/newest is no checkpoint of this ledger: no"), TROUBLES[2][1]),
        (Halted("3 entries were sealed, 2 taken from the queue"), OTHER_TROUBLE[0]),
    ],
)
def test_a_halted_ledger_says_why_and_the_way_out(ada: Login, trouble: Halted, why: str):
    ledger.sealed(5)
    worker(f"the ledger is not sealed: {trouble}")
    shown = page(ada)
    assert "Sealing is halted." in shown
    assert str(why) in shown
    assert "Sealing halted at 5" in shown
    assert "manage.py accept_ledger" in shown
    Heartbeat.objects.update(at=timezone.now() - timedelta(seconds=90))
    assert "Sealing is halted." not in page(ada)


def test_the_sealers_own_words_are_understood(ada: Login, settings, tmp_path):
    """What the worker really says, as it says it."""
    from config.worker.ledger import seal_ledger
    from config.worker.trouble import Trouble

    ledger.sealed(5)
    ledger.written(1)
    Head.objects.update(verifier=f"{Head.objects.get().verifier}x")
    with pytest.raises(Trouble) as told:
        seal_ledger()
    worker(str(told.value))
    assert seal_state().reason == TROUBLES[0][1:]


def test_the_seal_stands_on_every_page_of_those_who_may_see_the_log(ada: Login, olivia: Login, vera: Login):
    ledger.sealed(13)
    assert "Sealed to 13 · " in page(ada, "/")
    for login in (olivia, vera):
        assert "Sealed to" not in page(login, "/")
        assert signed_in(login).get(PAGE).status_code == 403
    assert Client().get(PAGE).status_code == 302


def test_an_entry_that_waits_longer_than_a_minute_is_told(ada: Login):
    ledger.sealed(3)
    now = timezone.now()
    quick, slow = (SealState(3, now, now - timedelta(seconds=age), "", now) for age in (50, 70))
    assert (quick.name, slow.name) == ("sealed", "waiting")
    assert slow.words == "Waiting to be sealed · oldest 1 minute ago"
    ledger.written(1)
    assert seal_state().waiting_since is not None
    seal()
    assert seal_state().waiting_since is None


def test_the_seal_costs_one_query_and_nothing_for_others(ada: Login, olivia: Login):
    ledger.sealed(3)
    with CaptureQueriesContext(connection) as asked:
        seal_state()
    assert len(asked) == 1
    for login, count in ((ada, 1), (olivia, 0)):
        client = signed_in(login)
        with CaptureQueriesContext(connection) as asked:
            client.get("/how-to-use")
        assert sum("audit_head" in query["sql"] for query in asked) == count

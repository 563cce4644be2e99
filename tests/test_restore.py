"""A database that is older than what was signed: noticed, on record, and no token works until somebody has looked."""

from pathlib import Path

import pytest
from django.db import transaction

from accounts.actions.token_stop import start_tokens
from accounts.models import Login, Organisation
from audit.actions.sealing import seal
from audit.models import Checkpoint, Entry, Head
from audit.seals.outside import Outside
from audit.verbs import Verb
from config.worker.ledger import notice_restore, seal_ledger
from tests.test_sealing import written
from tests.token_story import actor


def restored_from_before(count: int) -> None:
    """Entries that were sealed and signed, in a database that does not know of them any more."""
    with transaction.atomic():
        written(count)
        seal()
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_an_older_database_stops_every_token_and_begins_a_new_generation(settings, ada: Login, olga: Login):
    written(2)
    seal()
    restored_from_before(3)
    outside = Outside(Path(settings.LEDGER_DIR))
    held = outside.last_note()
    assert notice_restore()
    assert all(organisation.tokens_stopped_at for organisation in Organisation.objects.all())
    assert set(Entry.objects.filter(reason="restored").values_list("organisation_id", flat=True)) == {
        ada.organisation_id,
        olga.organisation_id,
    }
    told = Entry.objects.get(verb=Verb.LEDGER_RESTORE).details
    assert (told["signed"]["size"], told["found"]["size"], told["generation"]) == (5, 2, 2)
    assert not notice_restore()
    assert seal_ledger().size == 5  # the three entries above
    assert Head.objects.get().generation == 2
    newest = Checkpoint.objects.order_by("-id").first()
    assert newest.note.partition("\n")[0] == f"{Head.objects.get().name}/2"
    assert outside.folder.joinpath("newest-1").read_text() == held
    assert start_tokens(organisation=ada.organisation, by=actor(ada))
    assert seal_ledger().size == 6
    assert Organisation.objects.get(pk=ada.organisation_id).tokens_stopped_at is None
    assert not notice_restore()


@pytest.mark.django_db
def test_without_the_file_outside_it_is_not_noticed(settings):
    """The control: what the test above notices is the file."""
    written(2)
    seal()
    restored_from_before(3)
    Outside(Path(settings.LEDGER_DIR)).newest.unlink()
    assert not notice_restore()

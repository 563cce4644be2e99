"""A database that is older than what was signed: noticed, on record, and no token works until somebody has looked."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.actions.token_stop import start_tokens
from accounts.models import Login, Organisation, OutboxMail
from audit.actions.sealing import OtherKey, Rewritten, look_outside, seal
from audit.models import Checkpoint, Entry, Head
from audit.seals import keys
from audit.seals.outside import Outside
from audit.verbs import Verb
from audit.verification import verify
from config.worker.ledger import notice_restore, seal_ledger
from config.worker.trouble import Trouble
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
def test_the_worker_notices_it_where_it_seals_and_goes_on(ada: Login):
    written(2)
    seal()
    restored_from_before(3)
    assert seal_ledger().size == 4  # the ledger's own entry, and that of the tokens that were stopped
    assert Organisation.objects.get(pk=ada.organisation_id).tokens_stopped_at
    assert Head.objects.get().generation == 2


@pytest.mark.django_db
def test_without_the_file_outside_it_is_not_noticed(settings):
    """The control: what the test above notices is the file."""
    written(2)
    seal()
    restored_from_before(3)
    Outside(Path(settings.LEDGER_DIR)).newest.unlink()
    assert not notice_restore()


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def stopped() -> int:
    return Organisation.objects.exclude(tokens_stopped_at=None).count()


@pytest.mark.django_db
def test_administrators_are_told_in_their_language(settings, ada: Login, olivia: Login, olga: Login):
    Login.objects.filter(pk=olga.pk).update(language="de", time_zone="Europe/Berlin")
    written(2)
    seal()
    restored_from_before(3)
    assert notice_restore()
    mails = {mail.to: mail for mail in OutboxMail.objects.all()}
    assert set(mails) == {ada.email, olga.email}
    assert "3 entries that were signed are not in it" in mails[ada.email].body
    assert f"{settings.PUBLIC_URL}/configuration/organisation/start-tokens" in mails[ada.email].body
    assert mails[olga.email].subject.startswith("Alle Token gestoppt: ")
    assert "(Europe/Berlin)" in mails[olga.email].body


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "at", ["accounts.actions.restoring.stop_tokens", "accounts.actions.restoring.tell_administrators"]
)
def test_broken_off_between_its_steps_it_is_noticed_again(monkeypatch, ada: Login, at: str):
    def die(**_given: object) -> None:
        raise SystemExit(9)

    written(2)
    seal()
    restored_from_before(3)
    with monkeypatch.context() as killed:
        killed.setattr(at, die)
        with pytest.raises(SystemExit):
            notice_restore()
    assert (stopped(), OutboxMail.objects.count(), Entry.objects.filter(verb=Verb.LEDGER_RESTORE).count()) == (0, 0, 0)
    assert notice_restore()
    assert (stopped(), OutboxMail.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_a_backup_restored_twice_begins_two_generations(settings, ada: Login):
    written(2)
    seal()
    for generation in (2, 3):
        restored_from_before(9)
        assert notice_restore()
        seal_ledger()
        assert Head.objects.get().generation == generation
    assert verify().is_proved
    assert sorted(path.name for path in Path(settings.LEDGER_DIR).glob("newest*")) == ["newest", "newest-1", "newest-2"]


@pytest.mark.django_db
def test_an_empty_database_in_an_old_folder_says_so(ada: Login):
    restored_from_before(3)
    assert notice_restore()
    told = Entry.objects.get(verb=Verb.LEDGER_RESTORE).details
    assert (told["signed"]["size"], told["found"]["size"]) == (3, 0)


@pytest.mark.django_db
def test_another_folder_outside_knows_nothing(settings, tmp_path, ada: Login):
    """Two machines with folders of their own: each notices only what it has signed itself."""
    written(2)
    seal()
    restored_from_before(3)
    with_memory, settings.LEDGER_DIR = settings.LEDGER_DIR, tmp_path
    assert not notice_restore()
    settings.LEDGER_DIR = with_memory
    assert notice_restore()


def forked(settings) -> None:
    """As many entries as were signed, and others."""
    written(2)
    seal()
    restored_from_before(1)
    held = Outside(Path(settings.LEDGER_DIR)).last_note()
    Outside(Path(settings.LEDGER_DIR)).newest.unlink()
    written(1)
    seal()
    Outside(Path(settings.LEDGER_DIR)).newest.write_text(held)


@pytest.mark.django_db(transaction=True)
def test_a_fork_halts_until_the_operator_accepts_it(settings, ada: Login):
    forked(settings)
    with pytest.raises(Rewritten):
        look_outside()
    with pytest.raises(Trouble, match="another root than was signed"):
        seal_ledger()
    assert stopped() == 0
    with pytest.raises(CommandError, match="Say why"):
        call_command("accept_ledger", "--reason", " ")
    assert "another root" in said("accept_ledger", "--reason", "the standby was promoted")
    entry = Entry.objects.get(verb=Verb.LEDGER_RESTORE)
    assert (entry.channel, entry.details["why"]) == ("command", "the standby was promoted")
    assert stopped() == 1
    assert seal_ledger().entries == 2
    assert verify().is_proved
    assert "Nothing is changed" in said("accept_ledger", "--reason", "again")


@pytest.mark.django_db(transaction=True)
def test_another_key_halts_until_the_operator_accepts_it(settings, tmp_path, ada: Login):
    written(2)
    seal()
    folder = Path(settings.LEDGER_DIR)
    settings.LEDGER_DIR, settings.DATA_DIR = folder, tmp_path
    with pytest.raises(OtherKey):
        look_outside()
    with pytest.raises(Trouble, match="the key here is"):
        seal_ledger()
    assert not verify().is_proved
    said("accept_ledger", "--keep-tokens", "--reason", "the old key was lost")
    assert stopped() == 0
    assert seal_ledger().entries == 1
    assert verify().is_proved
    assert keys.signing_key(tmp_path / "ledger") != keys.signing_key(folder)


@pytest.mark.django_db
def test_the_operator_stops_and_starts_tokens(ada: Login):
    assert "are stopped" in said("stop_tokens", ada.organisation.name)
    assert "already" in said("stop_tokens", str(ada.organisation.pk))
    assert Entry.objects.get(verb=Verb.ORGANISATION_STOP_TOKENS).reason == "operator"
    assert "work again" in said("start_tokens", ada.organisation.name)
    assert "were not stopped" in said("start_tokens", ada.organisation.name)
    assert stopped() == 0

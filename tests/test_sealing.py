"""Sealing: every committed entry gets one number, in a tree whose roots are signed once and kept outside."""

import os
from pathlib import Path
from threading import Barrier, Thread

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import triggers
from audit.actions import portions, record
from audit.actions.sealing import Halted, OtherKey, Rewound, Rewritten, seal
from audit.actor import Actor
from audit.models import Checkpoint, Entry, Head, Leaf, Node, PendingSeal
from audit.proving import Tiles, consistency, inclusion, root_at
from audit.seals import keys, notes
from audit.seals.outside import Outside
from audit.seals.tree import Growing, check_consistency, leaf_hash, root_from_inclusion
from audit.verbs import Verb

ADA = Actor(id="lgn_ada", label="Ada Byron", channel="console", address="127.0.0.1", organisation_id=1)


def written(count: int = 1) -> list[int]:
    with transaction.atomic():
        return [record(verb=Verb.SIGN_IN, by=ADA, details={"n": number, "ü": [1.5]}).pk for number in range(count)]


def sequences() -> list[tuple[int, int]]:
    return list(Leaf.objects.order_by("sequence").values_list("sequence", "entry_id"))


@pytest.fixture
def outside(settings) -> Outside:
    return Outside(Path(settings.LEDGER_DIR))


@pytest.mark.django_db
def test_entries_are_numbered_put_into_the_tree_and_signed(settings, outside):
    ids = written(5)
    done = seal()
    assert (done.entries, done.size) == (5, 5)
    assert sequences() == list(enumerate(ids))
    assert not PendingSeal.objects.exists()
    tree = Growing()
    for leaf in Leaf.objects.order_by("sequence"):
        assert bytes(leaf.hash) == leaf_hash(bytes(leaf.data))
        list(tree.append(bytes(leaf.hash)))
    checkpoint = Checkpoint.objects.get()
    verifier = notes.Verifier.from_line(Head.objects.get().verifier)
    assert notes.read(checkpoint.note, verifier) == notes.Checkpoint(Head.objects.get().origin, 5, tree.root())
    assert outside.last_note() == checkpoint.note
    assert outside.published.read_text() == f"{checkpoint.note}\n"
    assert not seal()
    assert Checkpoint.objects.count() == 1


@pytest.mark.django_db
def test_proofs_from_the_database_lead_to_the_signed_roots():
    written(300)
    seal()
    written(300)
    seal()
    old, new = Checkpoint.objects.order_by("size")
    assert (root_at(300), root_at(600)) == (bytes(old.root), bytes(new.root))
    check_consistency(300, bytes(old.root), 600, bytes(new.root), consistency(300, 600))
    tiles = Tiles()
    for sequence in (0, 255, 256, 299, 511, 512, 599):
        hashed = bytes(Leaf.objects.get(sequence=sequence).hash)
        path = inclusion(sequence, 600, tiles)
        assert root_from_inclusion(hashed, sequence, 600, path) == bytes(new.root)
    assert Node.objects.filter(height=8).count() == 2


@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_sealed_late_and_what_is_rolled_back_never():
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    begun, sealed = Barrier(2, timeout=20), Barrier(2, timeout=20)

    def write_slowly() -> None:
        with transaction.atomic():
            record(verb=Verb.SIGN_OUT, by=ADA)
            begun.wait()
            sealed.wait()
        connection.close()

    slow = Thread(target=write_slowly)
    slow.start()
    begun.wait()
    (quick,) = written()
    with transaction.atomic():
        record(verb=Verb.SIGN_OUT, by=ADA)
        transaction.set_rollback(True)
    assert seal().entries == 1
    sealed.wait()
    slow.join()
    assert seal().entries == 1
    late = Entry.objects.get(verb=Verb.SIGN_OUT).pk
    assert late < quick
    assert sequences() == [(0, quick), (1, late)]


@pytest.mark.django_db(transaction=True)
def test_eight_sealers_at_once_number_each_entry_once():
    ids = written(200)
    start = Barrier(8)

    def work() -> None:
        start.wait(20)
        seal()
        connection.close()

    sealers = [Thread(target=work) for _ in range(8)]
    for sealer in sealers:
        sealer.start()
    for sealer in sealers:
        sealer.join()
    seal()
    assert sequences() == list(enumerate(ids))
    assert [checkpoint.size for checkpoint in Checkpoint.objects.all()] == [200]


@pytest.mark.django_db
class TestHalted:
    def test_by_a_database_that_is_older_than_what_was_signed(self, outside):
        written(3)
        with transaction.atomic():
            seal()
            transaction.set_rollback(True)  # what the database held then is gone, what was signed is not
        with pytest.raises(Rewound) as halted:
            seal()
        assert (halted.value.signed.size, halted.value.size) == (3, 0)
        assert not Leaf.objects.exists()

    def test_by_another_tree_of_the_size_that_was_signed(self, settings, outside):
        written(3)
        seal()
        head = Head.objects.get()
        forged = notes.Checkpoint(head.origin, 3, bytes(32))
        outside.keep(notes.sign(forged, head.name, keys.signing_key(Path(settings.DATA_DIR) / "ledger")))
        written()
        with pytest.raises(Rewritten):
            seal()
        assert Leaf.objects.count() == 3

    def test_by_another_key(self, settings, tmp_path):
        written()
        seal()
        settings.DATA_DIR = tmp_path
        written()
        with pytest.raises(OtherKey):
            seal()
        assert Leaf.objects.count() == 1

    def test_by_a_file_that_is_no_checkpoint(self, outside):
        written()
        seal()
        outside.newest.write_text("nothing of ours")
        written()
        with pytest.raises(Halted, match="no checkpoint"):
            seal()


@pytest.mark.django_db
def test_where_nothing_can_be_kept_outside_entries_wait_for_their_checkpoint(monkeypatch):
    written(2)

    def full(self: Outside, note: str) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr(Outside, "keep", full)
        with pytest.raises(OSError, match="No space"):
            seal()
    assert (Leaf.objects.count(), Checkpoint.objects.count()) == (2, 0)
    assert seal().size == 2


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_leaf SET hash = data",
        "UPDATE audit_leaf SET sequence = sequence + 1",
        "UPDATE audit_leaf SET personal = data",
        "DELETE FROM audit_leaf",
        "UPDATE audit_node SET hash = hash",
        "DELETE FROM audit_node",
        "UPDATE audit_checkpoint SET note = ''",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_head SET size = size - 1",
        "DELETE FROM audit_head",
    ],
)
@pytest.mark.django_db
def test_the_database_itself_refuses_to_change_what_is_sealed(statement):
    written(260)
    seal()
    with pytest.raises(IntegrityError, match=r"append-only|only grows"), transaction.atomic():
        connection.cursor().execute(statement)


@pytest.mark.django_db
def test_a_portion_is_read_by_its_keys_however_large_the_planner_believes_it():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite reads by the key")
    written(300)
    with CaptureQueriesContext(connection) as captured:
        assert len(portions.waiting(2000)) == 300
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE audit_entry")
        cursor.execute(f"EXPLAIN {captured[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Index Cond: (id = " in plan


@pytest.mark.django_db
def test_a_number_that_is_taken_is_refused_and_nothing_of_the_portion_stays():
    written(3)
    seal()
    Head.objects.update(peaks=b"")
    triggers.drop(connection, triggers.SEALS)
    Head.objects.update(size=0)
    Checkpoint.objects.all().delete()
    Outside(Path(settings.LEDGER_DIR)).newest.unlink()
    written(5)
    with pytest.raises(IntegrityError), transaction.atomic():
        seal()
    assert (Leaf.objects.count(), PendingSeal.objects.count()) == (3, 5)


@pytest.mark.django_db
def test_what_is_personal_of_a_leaf_may_be_forgotten():
    written()
    seal()
    connection.cursor().execute("UPDATE audit_leaf SET personal = NULL")
    assert Leaf.objects.get().personal is None


def test_the_key_is_made_once_and_refused_when_others_could_read_it(tmp_path):
    keys.signing_key.cache_clear()
    made = keys.signing_key(tmp_path)
    keys.signing_key.cache_clear()
    assert notes.verifier_of("x", keys.signing_key(tmp_path)) == notes.verifier_of("x", made)
    (tmp_path / keys.FILE).chmod(0o644)
    keys.signing_key.cache_clear()
    with pytest.raises(keys.KeptFileRefused):
        keys.signing_key(tmp_path)


def test_the_public_file_gets_one_checkpoint_a_minute_and_outlives_a_broken_line(tmp_path):
    outside = Outside(tmp_path)
    outside.keep("one\n")
    assert outside.publish()
    outside.keep("two\n")
    assert not outside.publish()
    with outside.published.open("a") as file:
        file.write("brok")
    os.utime(outside.published, (0, 0))
    assert outside.publish()
    assert outside.published.read_text() == "one\n\nbrok\n\ntwo\n\n"
    os.utime(outside.published, (0, 0))
    assert not outside.publish()

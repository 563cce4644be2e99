"""The tamper drill: every kind of change behind the guards, at many places, is found, and the place is named."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.db.models import F

from audit import triggers
from audit.models import Checkpoint, Entry, Head, Leaf, Node, PendingSeal
from audit.seals import notes
from audit.seals.tree import Growing
from audit.triggers import PERSONAL
from audit.verification import Finding, Report, ends, kept_outside, trees, verify, verifying
from tests import ledger

SIZE, EVERY = 300, 50
Is = Callable[[Finding], bool]
"""Whether a finding names what was done."""


def entry_of(place: int) -> Entry:
    return Entry.objects.get(pk=Leaf.objects.get(sequence=place).entry_id)


def change(place: int, **columns: object) -> None:
    Entry.objects.filter(pk=entry_of(place).pk).update(**columns)


def at(place: int, *codes: str) -> Is:
    return lambda one: one.code in codes and one.sequence == place


def around(place: int, *codes: str) -> Is:
    return lambda one: one.code in codes and one.sequence is not None and one.sequence <= place <= one.end


def of_entry(entry: int, *codes: str) -> Is:
    return lambda one: one.code in codes and one.more.get("entry") == entry


def entry_column(place: int, random: Random) -> Is:
    columns = {
        "verb": "token.revoke", "result": "fail", "reason": "expired", "organisation_id": 2, "actor_id": "lgn_x",
        "actor_label": "Ada  Byron", "channel": "api", "address": "192.0.2.8", "subject_kind": "login", "path": "/",
        "subject_id": "con_x", "subject_label": None, "token_name": "x", "user_agent": "",
        "details": {"n": place, "z": 1},
    }  # fmt: skip
    name = random.choice(list(columns))
    change(place, **{name: columns[name]})
    return lambda one: at(place, "entry_changed")(one) and one.more["columns"] == name


def entry_time(place: int, random: Random) -> Is:
    change(place, at=F("at") - timedelta(microseconds=random.choice([1, 10**6, 10**12])))
    return lambda one: at(place, "entry_changed")(one) and one.more["columns"] == "at"


def entry_deleted(place: int, random: Random) -> Is:
    entry_of(place).delete()
    return at(place, "entry_missing")


def copied(place: int, **more: object) -> int:
    values = Entry.objects.filter(pk=entry_of(place).pk).values().get()
    return Entry.objects.create(**{**values, "id": 10**6 + place, **more}).pk


def entry_inserted_unqueued(place: int, random: Random) -> Is:
    return of_entry(copied(place), "entry_unsealed")


def entry_inserted_queued(place: int, random: Random) -> Is:
    entry = copied(place, at=entry_of(place).at - timedelta(hours=1))
    PendingSeal.objects.create(entry_id=entry)
    return of_entry(entry, "waiting")


def entries_swapped(place: int, random: Random) -> Is:
    other = random.choice([number for number in range(SIZE) if number != place])
    one, two = entry_of(place), entry_of(other)
    names = [field.attname for field in Entry._meta.concrete_fields if field.attname != "id"]
    for entry, source in ((one, two), (two, one)):
        Entry.objects.filter(pk=entry.pk).update(**{name: getattr(source, name) for name in names})
    return at(min(place, other), "entry_changed")


def entry_id(place: int, random: Random) -> Is:
    Entry.objects.filter(pk=entry_of(place).pk).update(id=10**6 + place)
    return at(place, "entry_missing")


def leaf_bytes(place: int, random: Random) -> Is:
    data = bytearray(Leaf.objects.get(sequence=place).data)
    data[random.randrange(len(data))] ^= 1 << random.randrange(7)
    Leaf.objects.filter(sequence=place).update(data=bytes(data))
    return at(place, "leaf_changed")


def leaf_hash(place: int, random: Random) -> Is:
    Leaf.objects.filter(sequence=place).update(hash=random.randbytes(32))
    return at(place, "leaf_changed")


def leaf_and_entry(place: int, random: Random) -> Is:
    """Everything about one entry is made to fit; the tree over it cannot be."""
    change(place, result="fail", reason="expired")
    leaf = Leaf.objects.get(sequence=place)
    ledger.fill(leaf, Entry.objects.filter(pk=leaf.entry_id).values().get())
    leaf.save()
    return around(place, "node_changed", "root_wrong")


def leaf_deleted(place: int, random: Random) -> Is:
    Leaf.objects.filter(sequence=place).delete()
    return at(place, "leaf_missing")


def leaf_entry_id(place: int, random: Random) -> Is:
    Leaf.objects.filter(sequence=place).update(entry_id=10**6 + place)
    return at(place, "leaf_moved")


def leaf_inserted(place: int, random: Random) -> Is:
    entry = copied(place)
    Leaf.objects.filter(sequence__gte=place).update(sequence=-2 - F("sequence"))
    Leaf.objects.filter(sequence__lt=0).update(sequence=-1 - F("sequence"))
    leaf = Leaf(sequence=place, entry_id=entry)
    ledger.fill(leaf, Entry.objects.filter(pk=entry).values().get())
    leaf.save(force_insert=True)
    Head.objects.update(size=F("size") + 1)
    moved = at(place + 1, "leaf_moved")
    if place % EVERY < EVERY - 1:
        return moved
    checkpoint = around(place, "root_wrong")  # what comes after it is the next one's
    return lambda one: moved(one) or checkpoint(one)


def personal_changed(place: int, random: Random) -> Is:
    change(place, actor_label="Somebody else")
    leaf = Leaf.objects.get(sequence=place)
    Leaf.objects.filter(sequence=place).update(personal=bytes(leaf.personal).replace(b"Ada Byron", b"Somebody else"))
    return at(place, "personal_changed")


def personal_of_entry_removed(place: int, random: Random) -> Is:
    change(place, **dict.fromkeys(PERSONAL))
    return at(place, "personal_removed")


def personal_removed(place: int, random: Random) -> Is:
    Leaf.objects.filter(sequence=place).update(personal=None)
    change(place, **dict.fromkeys(PERSONAL))
    return at(place, "personal_removed")


def of_size(size: int, *codes: str) -> Is:
    return lambda one: one.code in codes and one.more.get("size") == size


def checkpoint_root(place: int, random: Random) -> Is:
    size = place // EVERY * EVERY + EVERY
    Checkpoint.objects.filter(size=size).update(root=random.randbytes(32))
    return of_size(size, "checkpoint_changed")


def checkpoint_signature(place: int, random: Random) -> Is:
    size = place // EVERY * EVERY + EVERY
    row = Checkpoint.objects.get(size=size)
    forged = notes.sign(notes.Checkpoint(Head.objects.get().origin, size, bytes(row.root)),
                        Head.objects.get().name, Ed25519PrivateKey.generate())  # fmt: skip
    Checkpoint.objects.filter(pk=row.pk).update(note=forged)
    return of_size(size, "checkpoint_unsigned")


def checkpoint_removed(place: int, random: Random) -> Is:
    size = min(place // EVERY * EVERY + EVERY, SIZE - EVERY)
    Checkpoint.objects.filter(size=size).delete()
    return lambda one: one.code == "checkpoint_missing" and one.more == {"size": size + EVERY, "before": size - EVERY}


def node_changed(place: int, random: Random) -> Is:
    place = min(place, 255)
    Node.objects.filter(height=8, position=place // 256).update(hash=random.randbytes(32))
    return around(place, "node_changed")


def node_removed(place: int, random: Random) -> Is:
    place = min(place, 255)
    Node.objects.filter(height=8, position=place // 256).delete()
    return around(place, "node_changed")


def head_set_back(place: int, random: Random) -> Is:
    """Only the head: what is beyond it shows."""
    tree = Growing()
    for hashed in Leaf.objects.order_by("sequence").values_list("hash", flat=True)[:place]:
        list(tree.append(bytes(hashed)))
    Head.objects.update(size=place, peaks=tree.to_bytes())
    return at(place, "leaf_surplus")


def ledger_set_back(place: int, random: Random) -> Is:
    """The whole database as it was before: only what is kept outside of it remembers."""
    place = max(EVERY, place // EVERY * EVERY)
    head_set_back(place, random)
    Entry.objects.filter(pk__in=Leaf.objects.filter(sequence__gte=place).values("entry_id")).delete()
    Leaf.objects.filter(sequence__gte=place).delete()
    Node.objects.filter(position__gte=place // 256).delete()
    Checkpoint.objects.filter(size__gt=place).delete()
    return lambda one: one.code == "outside_ahead" and one.more["held"] == place and one.more["size"] == SIZE


def resealed_with_another_key(place: int, random: Random) -> Is:
    change(place, result="fail")
    ledger.reseal(Ed25519PrivateKey.generate())
    return at(0, "key_other")


def resealed_with_the_key(place: int, random: Random) -> Is:
    """Whoever has the key as well can rewrite the past; a checkpoint outside of the database still tells."""
    change(place, result="fail")
    ledger.reseal(ledger.key())
    return lambda one: one.code == "outside_other" and one.more["size"] in {EVERY, SIZE}


def generation_raised(place: int, random: Random) -> Is:
    """A new generation would have what was kept outside put aside."""
    Head.objects.update(generation=2 + place)
    return lambda one: one.code == "generation_unrecorded"


# What was done, and the check that finds it: without that one it must get past.
DRILLS: dict[Callable[[int, Random], Is], str] = {
    entry_column: "rows", entry_time: "rows", entry_deleted: "rows", entries_swapped: "rows", entry_id: "rows",
    leaf_bytes: "rows", leaf_hash: "rows", leaf_entry_id: "rows", leaf_inserted: "rows", personal_changed: "rows",
    personal_of_entry_removed: "rows", personal_removed: "rows", entry_inserted_unqueued: "unsealed",
    entry_inserted_queued: "queue", leaf_and_entry: "tree", leaf_deleted: "gaps", checkpoint_root: "checkpoints",
    checkpoint_signature: "checkpoints", checkpoint_removed: "order", node_changed: "tree", node_removed: "tree",
    head_set_back: "surplus", ledger_set_back: "outside", resealed_with_another_key: "key",
    resealed_with_the_key: "outside", generation_raised: "generation",
}  # fmt: skip
WITHOUT: dict[str, tuple[object, str, Callable[..., object]]] = {
    "rows": (verifying, "is_whole", lambda row: True),
    "unsealed": (ends, "check_unsealed", lambda report: None),
    "queue": (ends, "check_queue", lambda report: None),
    "tree": (trees.Climb, "add", lambda climb, first, leaves: None),
    "gaps": (trees.Climb, "leave", lambda climb, sequence: None),
    "checkpoints": (trees.Climb, "_hold_against", lambda climb, row: None),
    "order": (ends, "check_order_of_checkpoints", lambda report: None),
    "surplus": (ends, "check_surplus", lambda report: None),
    "generation": (ends, "check_generation", lambda head, report: None),
    "outside": (kept_outside, "check_outside", lambda outside, verifier, report: None),
    "key": (verifying, "_verifier", lambda head, key, report: notes.Verifier.from_line(head.verifier)),
}


@pytest.fixture
def sealed_ledger(db: None) -> None:
    ledger.sealed(SIZE, EVERY)
    report = verify()
    assert (report.is_proved, report.warnings) == (True, []), report.broken
    triggers.drop(connection)


def drilled(drill: Callable[[int, Random], Is], places: list[int], random: Random) -> Iterator[tuple[Report, Is]]:
    """The report after each deed, which is undone then."""
    for place in places:
        undo = transaction.savepoint()
        is_named = drill(place, random)
        yield verify(), is_named
        transaction.savepoint_rollback(undo)


def is_found(report: Report, is_named: Is) -> bool:
    return any(is_named(one) for one in (*report.broken, *report.warnings))


def test_every_kind_is_found_and_its_place_named(sealed_ledger):
    random = Random(6962)  # noqa: S311 - the same places in each run
    for drill in DRILLS:
        for report, is_named in drilled(drill, [random.choice([0, SIZE - 1]), random.randrange(1, SIZE - 1)], random):
            assert is_found(report, is_named), (drill.__name__, report.broken, report.warnings)
    assert verify().is_proved


def test_none_is_found_without_the_check_that_finds_it(sealed_ledger, monkeypatch):
    random = Random(9162)  # noqa: S311
    for drill, check in DRILLS.items():
        with monkeypatch.context() as patched:
            patched.setattr(*WITHOUT[check])
            for report, is_named in drilled(drill, [random.randrange(1, SIZE - 1)], random):
                assert not is_found(report, is_named), drill.__name__


@pytest.mark.long
@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.__name__)
def test_every_kind_is_found_at_a_hundred_places(sealed_ledger, drill):
    random = Random(drill.__name__)  # noqa: S311
    places = random.sample(range(SIZE), 100)
    for place, (report, is_named) in zip(places, drilled(drill, places, random), strict=True):
        assert is_found(report, is_named), (place, report.broken, report.warnings)
        if report.broken:
            assert is_named(report.first) or drill is checkpoint_removed, (place, report.first)

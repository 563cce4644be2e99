"""What seals are made of: the tree of RFC 6962, signed notes, bytes in one form; each against a plain second making."""

import base64
import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from audit.actions.sealing import seal
from audit.models import Entry, Leaf
from audit.seals import canonical, notes
from audit.seals.tree import (
    EMPTY_ROOT,
    Growing,
    NotProved,
    check_consistency,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    root_of,
)
from audit.verification import verify

# --- The tree: RFC 6962, 2.1, word by word ---------------------------------------------------------------------------

LEAVES = [leaf_hash(str(number).encode()) for number in range(80)]


@cache
def plain_root(low: int, high: int) -> bytes:
    if low == high:
        return hashlib.sha256(b"").digest()
    if high - low == 1:
        return hashlib.sha256(b"\x00" + str(low).encode()).digest()
    middle = low + split(high - low)
    return hashlib.sha256(b"\x01" + plain_root(low, middle) + plain_root(middle, high)).digest()


def split(width: int) -> int:
    power = 1
    while power * 2 < width:
        power *= 2
    return power


def plain_path(number: int, low: int, high: int) -> list[bytes]:
    if high - low == 1:
        return []
    middle = low + split(high - low)
    if number < middle:
        return [*plain_path(number, low, middle), plain_root(middle, high)]
    return [*plain_path(number, middle, high), plain_root(low, middle)]


def plain_subproof(old: int, low: int, high: int, whole: bool) -> list[bytes]:
    if old == high:
        return [] if whole else [plain_root(low, high)]
    middle = low + split(high - low)
    if old <= middle:
        return [*plain_subproof(old, low, middle, whole), plain_root(middle, high)]
    return [*plain_subproof(old, middle, high, False), plain_root(low, middle)]


def subtree(height: int, position: int) -> bytes:
    return plain_root(position << height, position + 1 << height)


def test_the_growing_tree_has_the_roots_and_hashes_of_the_rfc():
    tree = Growing()
    assert tree.root() == EMPTY_ROOT == plain_root(0, 0)
    for size, leaf in enumerate(LEAVES, 1):
        completed = list(tree.append(leaf))
        assert tree.root() == plain_root(0, size) == root_of(size, subtree)
        assert completed == [(height, place, subtree(height, place)) for height, place, _ in completed]
        assert len(completed) == (size & -size).bit_length() - 1
        assert Growing.from_bytes(size, tree.to_bytes()) == tree
    with pytest.raises(ValueError, match="other peaks"):
        Growing.from_bytes(4, tree.to_bytes())


def test_whole_subtrees_may_be_appended_at_once():
    one, other = Growing(), Growing()
    for leaf in LEAVES[:64]:
        list(one.append(leaf))
    for place in range(4):
        list(other.append(subtree(4, place), 4))
    assert one == other


@given(st.data())
def test_inclusion_is_proved_as_the_rfc_says_and_nothing_else_is(data):
    size = data.draw(st.integers(1, 80))
    number = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(number, size, subtree)
    assert path == plain_path(number, 0, size)
    assert root_from_inclusion(LEAVES[number], number, size, path) == plain_root(0, size)
    other = data.draw(st.integers(0, size - 1))
    assume(other != number)
    for wrong in (path[:-1], [*path, EMPTY_ROOT]):
        with pytest.raises(NotProved):
            root_from_inclusion(LEAVES[number], number, size, wrong)
    with suppress(NotProved):
        assert root_from_inclusion(LEAVES[number], other, size, path) != plain_root(0, size)


@given(st.data())
def test_consistency_is_proved_as_the_rfc_says_and_nothing_else_is(data):
    new = data.draw(st.integers(1, 80))
    old = data.draw(st.integers(1, new))
    path = consistency_proof(old, new, subtree)
    assert path == plain_subproof(old, 0, new, True)
    roots = plain_root(0, old), plain_root(0, new)
    check_consistency(old, roots[0], new, roots[1], path)
    forged = node_hash(*roots)
    wrong = [
        (old, forged, new, roots[1], path),
        (old, roots[0], new, forged, path),
        (new + 1, roots[0], new, roots[1], path),
    ]
    wrong += [(old, roots[0], new, roots[1], steps) for steps in ([*path, forged], path[:-1] if path else [forged])]
    wrong += [(0, EMPTY_ROOT, new, roots[1], [])]
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        wrong += [(old, roots[0], new, roots[1], [*path[:at], forged, *path[at + 1 :]])]
    for arguments in wrong:
        with pytest.raises(NotProved):
            check_consistency(*arguments)


@pytest.mark.parametrize(("number", "size"), [(0, 0), (-1, 3), (3, 3)])
def test_no_proof_is_made_of_what_is_not_there(number, size):
    with pytest.raises(NotProved):
        inclusion_proof(number, size, subtree)
    with pytest.raises(NotProved):
        root_from_inclusion(LEAVES[0], number, size, [])


# --- Signed notes ----------------------------------------------------------------------------------------------------

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NAME = "console.example/ledger"
VERIFIER = notes.verifier_of(NAME, KEY)


@given(st.integers(0, 10**18), st.binary(min_size=32, max_size=32), st.sampled_from([NAME, f"{NAME}/2"]))
def test_a_note_says_what_was_signed(size, root, origin):
    note = notes.sign(notes.Checkpoint(origin, size, root), NAME, KEY)
    assert notes.read(note, notes.Verifier.from_line(VERIFIER.line)) == notes.Checkpoint(origin, size, root)
    assert note == notes.sign(notes.Checkpoint(origin, size, root), NAME, KEY)
    lines = note.split("\n")
    assert lines[:3] == [origin, str(size), base64.b64encode(root).decode()]
    assert (lines[3], len(lines), lines[-1]) == ("", 6, "")


def test_no_change_of_a_note_is_read():
    note = notes.sign(notes.Checkpoint(NAME, 1234, hashlib.sha256(b"x").digest()), NAME, KEY)
    found = notes.read(note, VERIFIER)
    for at in range(len(note)):
        for changed in (note[:at] + note[at + 1 :], note[:at] + "A" + note[at:], note[:at] + "\u00e9" + note[at + 1 :]):
            try:
                assert changed == note or notes.read(changed, VERIFIER) == found, changed
            except notes.NoCheckpoint:
                continue
            assert changed.startswith(found.body), changed  # at most the end of the signature's line was touched
    with pytest.raises(notes.NoCheckpoint):
        notes.read(note, notes.verifier_of(NAME, Ed25519PrivateKey.generate()))
    with pytest.raises(notes.NoCheckpoint):
        notes.read(note, notes.verifier_of("another.example/ledger", KEY))


def test_the_signatures_of_witnesses_may_stand_beside_ours():
    note = notes.sign(notes.Checkpoint(NAME, 7, bytes(32)), NAME, KEY)
    witnessed = notes.sign(notes.Checkpoint(NAME, 7, bytes(32)), "witness.example", Ed25519PrivateKey.generate())
    assert notes.read(note + witnessed.partition("\n\n")[2], VERIFIER).size == 7


@pytest.mark.parametrize(
    "line", ["", NAME, f"{NAME}+00000000+AA==", VERIFIER.line[:-4], "x" + VERIFIER.line, "+".join("abc")]
)
def test_what_is_no_verifier_is_refused(line):
    with pytest.raises(notes.NoCheckpoint):
        notes.Verifier.from_line(line)


# --- The bytes: RFC 8785 ---------------------------------------------------------------------------------------------

SHORT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def plain_json(value: Any) -> str:
    """RFC 8785 for what seals may hold: no fractions."""
    if isinstance(value, str):
        return '"' + "".join(SHORT.get(one) or (f"\\u{ord(one):04x}" if one < " " else one) for one in value) + '"'
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{plain_json(name)}:{plain_json(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(plain_json, value)) + "]"
    return (
        {None: "null", True: "true", False: "false"}[value]
        if value is None or isinstance(value, bool)
        else f"{value:d}"
    )


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
DETAILS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
ROW = dict.fromkeys(canonical.COLUMNS, "") | {"id": 7, "organisation_id": 1, "at": "2026-11-22 08:00:00"}


@settings(max_examples=200)
@given(DETAILS, st.none() | TEXTS, TEXTS)
def test_bytes_are_in_the_form_of_rfc_8785(details, label, path):
    row = {**ROW, "details": json.dumps(details), "actor_label": label, "path": path}
    personal = canonical.personal_bytes(row, "5a" * 16)
    lasting = canonical.lasting_bytes(12, row, personal)
    for made in (personal, lasting):
        assert plain_json(json.loads(made)).encode() == made
    held = json.loads(lasting)
    assert (held["sequence"], held["v"], held["path"], held["at"]) == (12, 1, path, "2026-11-22T08:00:00.000000Z")
    assert held["personal"] == hashlib.sha256(personal).hexdigest()
    assert canonical.salt_of(personal) == "5a" * 16
    assert canonical.sealed_bytes(12, row, held["personal"]) == lasting


@given(DETAILS, DETAILS)
def test_details_that_differ_have_bytes_that_differ(one, other):
    made = [canonical.personal_bytes({**ROW, "details": json.dumps(value)}, "s") for value in (one, other)]
    assume(not isinstance(one, str) and not isinstance(other, str))  # a text may spell what is no plain value
    assert (made[0] == made[1]) == (json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True))


ODD = [
    None, True, False, 0, -1, 2**53, 2**53 + 1, 2**70, 1.0, 1.5, 1e300, 1e-7, "", "\u2028\u007f\u0080", "\U0001f511",
    "'\"\\/\b\f\n\r\t\x01",
    [], {}, [[]], {"": {}}, {"b": 1, "a": 2}, {"ä": 1, "z": 2}, {"\U0001f511": 1, "\ufb01": 2}, [1, "1", 1.0, True],
    {"n": [None, {"x": -0.0}]},
    "e\u0301", "\u00e9", "null", "1.5", '{"a":1.5}', {"a" * 300: "b" * 3000},
]  # fmt: skip
MOMENTS = [
    datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC), datetime(2026, 11, 22, 8, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 11, 22, 8, 0, 0, 120000, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 30, 0, 999999, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]  # fmt: skip


@pytest.mark.django_db
def test_what_the_database_gives_back_is_what_was_sealed():
    for number, details in enumerate(ODD):
        Entry.objects.create(verb="x", channel="demo", details=details, user_agent="ü\t'", path=f"/{number}")
    for at in MOMENTS:
        Entry.objects.create(verb="x", channel="demo", at=at)
    seal()
    report = verify()
    assert (report.is_proved, report.entries) == (True, len(ODD) + len(MOMENTS)), report.broken
    sealed = [json.loads(bytes(data)) for data in Leaf.objects.order_by("sequence").values_list("data", flat=True)]
    assert [held["at"] for held in sealed[len(ODD) :]] == [at.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for at in MOMENTS]
    assert [canonical.moment(at) for at in MOMENTS] == [held["at"] for held in sealed[len(ODD) :]]

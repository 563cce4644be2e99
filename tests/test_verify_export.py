"""What is exported with proofs is verified by a program that knows nothing of this console, and nothing forged is."""

import json
import runpy
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection

from audit import triggers
from audit.actions.sealing import seal
from audit.models import Checkpoint, Entry, Head, Leaf
from audit.proof_export import consistency_document, proof_zip, receipt
from audit.seals import notes
from audit.seals.tree import NotProved
from tests import ledger
from tests.servers import ROOT

pytestmark = pytest.mark.django_db
PROGRAM = ROOT / "docs/verify_export.py"


def verified(path: Path, *arguments: str) -> tuple[int, str]:
    """Exit code and words of the program, in a process of its own that could not import the console."""
    command = [sys.executable, "-I", str(PROGRAM), str(path), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=path.parent, check=False, timeout=60)
    assert done.stderr == "", done.stderr
    return done.returncode, done.stdout


@pytest.fixture
def sealed_ledger() -> None:
    ledger.sealed(300, 100)
    ledger.written(5, organisation_id=2, first=300)
    Entry.objects.create(
        verb="x", channel="api", organisation_id=1, actor_label='=1+"2"\n', details={"=": ["-", "\u2028"]}
    )
    seal()


def exported(folder: Path, *, held: int = 0, organisation_id: int = 1) -> Path:
    path = folder / "export.zip"
    entries = Entry.objects.of_organisation(organisation_id).exclude(subject_id="con_7").newest_first()
    path.write_bytes(b"".join(proof_zip(entries, held=held)))
    return path


def changed(path: Path, name: str, change: Callable[[str], str]) -> Path:
    """A copy of the ZIP with one of its files changed."""
    with zipfile.ZipFile(path) as archive:
        files = {one: archive.read(one).decode() for one in archive.namelist()}
    assert change(files[name]) != files[name]
    files[name] = change(files[name])
    copy = path.with_name("changed.zip")
    with zipfile.ZipFile(copy, "w") as archive:
        for one, text in files.items():
            archive.writestr(one, text)
    return copy


def test_the_program_is_short_and_knows_nothing_of_the_console():
    source = PROGRAM.read_text()
    assert len(source.splitlines()) < 120
    assert not any(name in source for name in ("django", "audit", "import orjson"))


def test_an_export_is_proved(sealed_ledger, tmp_path):
    path, key = exported(tmp_path), Head.objects.get().verifier
    code, words = verified(path, "--key", key)
    assert (code, "first 306 entries" in words, key in words) == (0, True, True)
    assert "of the export itself" in verified(path)[1]
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        lines = [json.loads(line) for line in archive.open("entries.jsonl")]
        assert b"0 of the entries asked for" in archive.read("README.txt")
        assert "'=1+" in archive.read("entries.csv").decode()
    assert [line["sequence"] for line in lines] == [
        number for number in range(306) if number not in {7, *range(300, 305)}
    ]
    assert not any('"organisation_id":2' in line["data"] for line in lines)


def test_what_is_not_covered_yet_is_counted_and_left_out(sealed_ledger, tmp_path):
    ledger.written(2, first=400)
    with zipfile.ZipFile(exported(tmp_path)) as archive:
        assert b"2 of the entries asked for" in archive.read("README.txt")
    with pytest.raises(NotProved):
        receipt(Entry.objects.latest("id").pk)


def test_nothing_is_exported_before_anything_is_sealed():
    with pytest.raises(NotProved):
        proof_zip(Entry.objects.all())


def swapped(text: str) -> str:
    first, second, *rest = text.splitlines(keepends=True)
    return "".join([second, first, *rest])


def in_first_line(change: Callable[[dict], object]) -> Callable[[str], str]:
    def changing(text: str) -> str:
        first, rest = text.split("\n", 1)
        line = json.loads(first)
        change(line)
        return json.dumps(line, ensure_ascii=False) + "\n" + rest

    return changing


FORGERIES: dict[str, tuple[str, Callable[[str], str]]] = {
    "data": ("entries.jsonl", in_first_line(lambda line: line.update(data=line["data"].replace('"ok"', '"no"')))),
    "no data": ("entries.jsonl", in_first_line(lambda line: line.update(data="{}"))),
    "number": ("entries.jsonl", in_first_line(lambda line: line.update(sequence=-5))),
    "personal": (
        "entries.jsonl",
        in_first_line(lambda line: line.update(personal=line["personal"].replace("Ada", "Eve"))),
    ),
    "proof": ("entries.jsonl", in_first_line(lambda line: line["proof"].reverse())),
    "short proof": ("entries.jsonl", in_first_line(lambda line: line["proof"].pop())),
    "long proof": ("entries.jsonl", in_first_line(lambda line: line["proof"].append(line["proof"][0]))),
    "order": ("entries.jsonl", swapped),
    "doubled": ("entries.jsonl", lambda text: text.split("\n", 1)[0] + "\n" + text),
    "left out": ("entries.jsonl", lambda text: text.split("\n", 1)[1]),
    "a cell": ("entries.csv", lambda text: text.replace("contact.create,ok", "contact.create,fail", 1)),
    "a person": ("entries.csv", lambda text: text.replace("Ada Byron", "Eve", 1)),
    "a row more": ("entries.csv", lambda text: text + text.splitlines()[-1] + "\n"),
    "a row less": ("entries.csv", lambda text: "".join(text.splitlines(keepends=True)[:-2])),
    "size": ("checkpoint.txt", lambda text: text.replace("\n306\n", "\n305\n")),
    "origin": ("checkpoint.txt", lambda text: f"x{text}"),
    "unsigned": ("checkpoint.txt", lambda text: text.split("\n\n")[0] + "\n\n"),
}


def test_nothing_forged_is_proved(sealed_ledger, tmp_path):
    path, program = exported(tmp_path), runpy.run_path(str(PROGRAM))  # here, as so many processes take their time
    assert program["verify"](path, None, None, None) is None
    for kind, (name, change) in FORGERIES.items():
        with pytest.raises(program["Broken"]):
            pytest.fail(f"{kind}: {program['verify'](changed(path, name, change), None, None, None)}")
    code, words = verified(changed(path, *FORGERIES["data"]))
    assert (code, "NOT PROVED" in words) == (1, True), words


def test_another_key_is_not_believed(sealed_ledger, tmp_path):
    path, head = exported(tmp_path), Head.objects.get()
    another = Ed25519PrivateKey.generate()
    forged = notes.sign(notes.Checkpoint(head.name, 306, bytes(32)), head.name, another)
    line = notes.verifier_of(head.name, another).line
    copy = changed(path, "checkpoint.txt", lambda text: forged)
    assert verified(copy)[0] == 1
    assert verified(changed(path, "verifier.txt", lambda text: line))[0] == 1
    assert verified(path, "--key", line)[0] == 1


def test_what_cannot_be_read_is_neither(sealed_ledger, tmp_path):
    path = exported(tmp_path)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(path.read_bytes()[:-500])
    assert verified(cut)[0] == 2
    assert verified(tmp_path / "missing.zip")[0] == 2
    assert verified(changed(path, "entries.jsonl", lambda text: "?" + text))[0] == 2


def test_a_checkpoint_from_before_is_the_beginning(sealed_ledger, tmp_path):
    held = tmp_path / "held"
    held.write_text(Checkpoint.objects.get(size=200).note)
    assert verified(exported(tmp_path, held=200), "--held", str(held))[0] == 0
    path = exported(tmp_path)
    code, words = verified(path, "--held", str(held))
    assert (code, "from 200 to 306" in words) == (1, True)
    proof = tmp_path / "proof.json"
    proof.write_text(json.dumps(consistency_document(200, 306)))
    assert verified(path, "--held", str(held), "--consistency", str(proof))[0] == 0
    root = bytes(Checkpoint.objects.get(size=100).root)
    held.write_text(
        notes.sign(notes.Checkpoint(Head.objects.get().name, 200, root), Head.objects.get().name, ledger.key())
    )
    code, words = verified(path, "--held", str(held), "--consistency", str(proof))
    assert (code, "another ledger" in words) == (1, True)


def test_a_receipt_is_proved_by_the_same_program(sealed_ledger, tmp_path):
    path = tmp_path / "receipt.json"
    made = receipt(Leaf.objects.get(sequence=17).entry_id)
    path.write_text(json.dumps(made))
    assert verified(path, "--key", Head.objects.get().verifier)[0] == 0
    made["entry"]["data"] = made["entry"]["data"].replace('"ok"', '"no"')
    path.write_text(json.dumps(made))
    assert verified(path)[0] == 1


def test_forgotten_personal_details_leave_the_rest_proved(sealed_ledger, tmp_path):
    triggers.drop(connection)
    Leaf.objects.filter(sequence=17).update(personal=None)
    path = exported(tmp_path)
    assert verified(path)[0] == 0
    with zipfile.ZipFile(path) as archive:
        row = archive.read("entries.csv").decode().splitlines()[17]
    assert row.startswith("17,")
    assert "Ada Byron" not in row

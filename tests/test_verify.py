"""Verification as people and programs run it: what is whole is proved, what is odd is said, and how it ends."""

import json
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command
from django.db import OperationalError, connection, transaction

from audit import triggers
from audit.actions import record
from audit.actions.restoring import begin_generation
from audit.actions.sealing import Rewound, seal
from audit.actor import Reference
from audit.models import Checkpoint, Entry, Head, Leaf
from audit.seals import notes
from audit.seals.outside import Outside
from audit.triggers import PERSONAL
from audit.verbs import Verb
from audit.verification import verify
from audit.verification.findings import BROKEN, WARNINGS, Finding
from config.management.commands import verify_ledger
from tests import ledger
from tests.servers import ROOT

pytestmark = pytest.mark.django_db
ENTRIES = 300_000


@pytest.fixture
def outside(settings) -> Outside:
    return Outside(Path(settings.LEDGER_DIR))


def ran(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_ledger", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def codes(report: Any) -> set[str]:
    return {finding.code for finding in (*report.broken, *report.warnings)}


def test_what_is_whole_is_proved_from_the_start_or_any_number():
    assert verify().is_proved
    ledger.sealed(6, 5)
    ledger.written(300, first=6)
    seal()
    report = verify()
    assert (report.is_proved, report.warnings) == (True, []), report.broken
    assert (report.entries, report.checkpoints, report.waiting) == (306, 3, 0)
    for start in (1, 100, 256, 257, 306):
        report = verify(start=start)
        assert (report.is_proved, report.entries) == (True, 306 - start), report.broken
    ledger.written(2)
    assert verify().waiting == 2


def test_more_than_one_portion_is_verified_and_its_progress_told():
    ledger.written(4500)
    seal()
    told: list[tuple[int, int]] = []
    report = verify(progress=lambda done, total: told.append((done, total)))
    assert report.is_proved, report.broken
    assert told == [(2048, 4500), (4096, 4500), (4500, 4500)]


def test_entries_go_on_being_written_and_sealed_meanwhile():
    ledger.sealed(300, 100)

    def seal_more(done: int, total: int) -> None:
        ledger.written(300, first=1000)
        seal()

    report = verify(progress=seal_more)
    assert (report.is_proved, report.entries) == (True, 300), report.broken
    assert report.warnings == []


def test_what_was_forgotten_has_to_be_on_record():
    ledger.sealed(20, 10)
    entries = Leaf.objects.filter(sequence__in=(3, 4)).values("entry_id")
    Leaf.objects.filter(sequence__in=(3, 4)).update(personal=None)
    Entry.objects.filter(pk__in=entries).update(**dict.fromkeys(PERSONAL))
    assert [finding.sequence for finding in verify().broken] == [3, 4]
    with transaction.atomic():
        record(verb=Verb.LEDGER_REDACT, by=ledger.ADA, subject=Reference("contact", "con_3", ""))
    assert [finding.sequence for finding in verify().broken] == [4]
    with transaction.atomic():
        record(verb=Verb.LEDGER_REDACT, by=ledger.ADA, subject=Reference("login", "lgn_4", ""))
    seal()
    report = verify()
    assert (report.is_proved, report.redacted) == (True, 2), report.broken


def test_the_record_of_a_removal_is_no_record_of_its_own():
    with transaction.atomic():
        entry = record(verb=Verb.LEDGER_REDACT, by=ledger.ADA, subject=Reference("login", "lgn_4", ""))
    ledger.written(1)
    seal()
    Leaf.objects.filter(entry_id=entry.pk).update(personal=None)
    assert codes(verify()) == {"personal_removed"}


def test_what_is_sealed_long_after_its_time_is_worth_a_warning():
    ledger.sealed(10)
    an_hour_ago = Entry.objects.latest("id").at - timedelta(hours=1)
    old = Entry.objects.create(verb="x", channel="console", at=an_hour_ago)
    assert codes(verify()) == {"waiting"}
    seal()
    report = verify()
    assert report.is_proved
    assert [(one.code, one.sequence, one.more["entry"]) for one in report.warnings] == [("late", 10, old.pk)]


def test_what_is_integrated_and_not_signed_yet_is_said(outside):
    ledger.sealed(10, 5)
    triggers.drop(connection)
    Checkpoint.objects.filter(size=10).delete()
    outside.newest.write_text(Checkpoint.objects.get(size=5).note)
    report = verify()
    assert (report.is_proved, codes(report)) == (True, {"unsigned_end"}), report.broken


def test_a_new_generation_after_an_older_backup_is_whole_and_said():
    ledger.sealed(5)
    undo = transaction.savepoint()
    ledger.written(5, first=5)
    seal()
    transaction.savepoint_rollback(undo)  # as an older backup would; what is outside of the database stays
    assert codes(verify()) == {"outside_ahead"}
    with pytest.raises(Rewound) as found, transaction.atomic():
        seal()
    with transaction.atomic():
        begin_generation(rewound=found.value, by=ledger.ADA)
    assert codes(verify()) == {"restored"}
    ledger.written(1)
    seal()
    report = verify()
    assert (report.is_proved, report.size, codes(report)) == (True, 7, {"restored"}), report.broken


def test_what_is_published_must_be_in_the_database(outside):
    ledger.sealed(10, 5)
    triggers.drop(connection)
    outside.published.write_text("".join(f"{row.note}\n" for row in Checkpoint.objects.order_by("id")))
    assert verify().is_proved
    Checkpoint.objects.filter(size=5).update(size=4)
    assert "outside_removed" in codes(verify())


def test_a_text_that_was_broken_off_is_no_proof_of_anything(outside):
    ledger.sealed(10, 5)
    note = outside.published.read_text()
    outside.published.write_text(note[:60] + "\n\n" + note[:-9] + "\n\n" + note)
    report = verify()
    assert (report.is_proved, codes(report)) == (True, {"outside_unreadable"})
    outside.newest.write_text(note[:-9])
    assert "outside_unreadable" in {finding.code for finding in verify().broken}
    outside.newest.unlink()
    assert "outside_missing" in codes(verify())


def test_checkpoints_that_were_kept_elsewhere_are_held_against_the_ledger(tmp_path):
    ledger.sealed(10, 5)
    kept, head = tmp_path / "kept", Head.objects.get()
    kept.write_text("".join(f"\n{row.note}" for row in Checkpoint.objects.all()))
    assert ran("--against", str(kept))[0] == 0
    for size, code in ((11, "outside_ahead"), (4, "outside_other")):
        kept.write_text(notes.sign(notes.Checkpoint(head.origin, size, bytes(32)), head.name, ledger.key()))
        assert codes(verify(against=[kept])) == {code}
    kept.write_text("nothing\n")
    assert codes(verify(against=[kept])) == {"outside_unreadable"}
    assert ran("--against", str(tmp_path / "missing"))[0] == 2


def test_the_key_that_was_noted_down_decides():
    ledger.sealed(10, 5)
    key = Head.objects.get().verifier
    assert ran("--key", key)[0] == 0
    another = notes.verifier_of(Head.objects.get().name, Ed25519PrivateKey.generate()).line
    code, words = ran("--key", another)
    assert (code, another in words) == (1, True)
    assert ran("--key", "no key")[0] == 2


def test_the_command_says_in_words_what_is_wrong_and_where():
    ledger.sealed(10, 5)
    code, words = ran()
    assert (code, "Proved." in words, "10 entries, 2 checkpoints" in words) == (0, True, True)
    triggers.drop(connection)
    leaf = Leaf.objects.get(sequence=7)
    Entry.objects.filter(pk=leaf.entry_id).update(result="fail")
    code, words = ran()
    assert code == 1
    assert "The first number concerned is 7." in words
    assert f"Entry {leaf.entry_id}, sealed with the number 7, was changed after it was sealed" in words


def test_the_command_says_the_same_to_programs():
    ledger.sealed(10, 5)
    code, text = ran("--json")
    assert (code, json.loads(text)["proved"], json.loads(text)["size"]) == (0, True, 10)
    triggers.drop(connection)
    Leaf.objects.filter(sequence=3).delete()
    code, text = ran("--json")
    found = json.loads(text)
    assert (code, found["proved"], found["first_bad_sequence"]) == (1, False, 3)
    assert found["broken"][0]["code"] == "leaf_missing"


def test_a_database_that_is_away_is_neither_proved_nor_broken(monkeypatch):
    def away(**options: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(verify_ledger, "verify", away)
    code, text = ran("--json")
    assert (code, json.loads(text)["proved"]) == (2, None)


@pytest.mark.long
def test_the_program_says_so_too(tmp_path):
    """In a process of its own, with a database that cannot be opened."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/none/at/all",
    }
    command = [sys.executable, "manage.py", "verify_ledger", "--json"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2, done.stderr
    assert json.loads(done.stdout)["proved"] is None


def test_every_finding_has_its_sentence():
    more = {
        "entry": 1,
        "columns": "at",
        "size": 2,
        "last": 3,
        "before": 1,
        "held": 1,
        "found": "a",
        "key": "b",
        "file": "f",
    }
    for code in (*BROKEN, *WARNINGS):
        assert "%(" not in Finding(code, 1, more).words


@pytest.mark.long
@pytest.mark.alone
def test_thirty_thousand_entries_are_verified_in_a_second():
    ledger.written(ENTRIES, odd=False)
    seal()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    rates = []
    for _ in range(3):
        report = verify()
        assert report.is_proved
        rates.append(report.entries / report.seconds)
    print(f"{connection.vendor}: {max(rates):,.0f} entries/s verified")
    assert max(rates) >= 30_000

"""Verification: a ledger that is whole is proved, and whatever was done to it behind the guards is found and named."""

from pathlib import Path

import pytest
from django.db import connection, transaction

from audit import triggers
from audit.actions import record
from audit.actions.sealing import seal
from audit.actor import Actor
from audit.models import Checkpoint, Entry, Head, Leaf
from audit.verbs import Verb
from audit.verification import verify

pytestmark = pytest.mark.django_db
ADA = Actor(id="lgn_ada", label="Ada Byron", channel="console", address="127.0.0.1", organisation_id=1)


def written(count: int) -> None:
    with transaction.atomic():
        for number in range(count):
            record(verb=Verb.SIGN_IN, by=ADA, details={"n": number, "ü": [1.5]} if number % 3 else None)


def test_an_empty_ledger_and_a_sealed_one_are_proved():
    report = verify()
    assert report.is_proved, report.broken
    for count in (1, 5, 300):
        written(count)
        seal()
    report = verify()
    assert report.is_proved, report.broken
    assert report.warnings == []
    assert (report.entries, report.checkpoints) == (306, 3)
    written(2)
    assert verify().waiting == 2
    seal()
    for start in (1, 100, 256, 257, 307):
        assert verify(start=start).is_proved, verify(start=start).broken



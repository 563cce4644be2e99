"""The ledger's seals at public addresses: what anybody may fetch and keep, and what it proves."""

import base64

import pytest
from django.test import Client

from audit.actions.sealing import seal
from audit.models import Checkpoint, Head
from audit.seals import notes
from audit.seals.tree import check_consistency
from tests import ledger

pytestmark = pytest.mark.django_db


def test_the_newest_checkpoint_is_for_anyone_and_signed_by_the_key(client: Client):
    ledger.sealed(5)
    answer, key = client.get("/api/ledger/checkpoint"), client.get("/api/ledger/key")
    assert (answer["Content-Type"], answer["Cache-Control"]) == ("text/plain; charset=utf-8", "public, max-age=1")
    assert "Set-Cookie" not in answer
    signed = notes.read(answer.content.decode(), notes.Verifier.from_line(key.content.decode()))
    assert (signed.size, signed.origin) == (5, Head.objects.get().origin)
    assert client.get("/api/ledger/checkpoint", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 304
    ledger.written(1)
    assert client.get("/api/ledger/checkpoint").content == answer.content
    seal()
    assert client.get("/api/ledger/checkpoint", HTTP_IF_NONE_MATCH=answer["ETag"]).status_code == 200


def test_an_earlier_one_is_proved_to_be_its_beginning(client: Client):
    ledger.sealed(30, 10)
    earlier = client.get("/api/ledger/checkpoints/10")
    assert earlier.content.decode() == Checkpoint.objects.get(size=10).note
    proof = client.get("/api/ledger/consistency/10/30").json()
    steps = [base64.b64decode(step) for step in proof["proof"]]
    old, new = (bytes(Checkpoint.objects.get(size=size).root) for size in (10, 30))
    check_consistency(proof["old"], old, proof["new"], new, steps)


def test_what_was_never_sealed_is_not_found(client: Client):
    ledger.sealed(30, 10)
    for path in (
        "checkpoints/9", "checkpoints/31", f"checkpoints/{10**30}", "consistency/0/30", "consistency/20/10",
        f"consistency/1/{10**30}", "consistency/1", "checkpoints/-1", "checkpoints/x",
    ):  # fmt: skip
        answer = client.get(f"/api/ledger/{path}")
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json"), path


def test_before_the_first_seal_there_is_nothing(client: Client):
    for path in ("checkpoint", "key", "checkpoints/1", "consistency/1/2"):
        answer = client.get(f"/api/ledger/{path}")
        assert (answer.status_code, answer.json()["detail"]) == (404, "Nothing is sealed yet."), path
        assert client.post(f"/api/ledger/{path}").status_code == 405

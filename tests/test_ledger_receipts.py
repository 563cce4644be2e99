"""Proofs from the console: the receipt of an entry and the export of a log, for those who see the rows."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Login
from audit.actions.sealing import seal
from audit.models import Entry, Head, Leaf
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.factories import AccessTokenFactory
from tests.token_story import signed_in
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db


def receipt_of(one: Entry, *, own: bool) -> str:
    return f"/tokens/logs/{one.pk}/receipt.json" if own else f"/administrator/activity/{one.pk}/receipt.json"


def proved(path: Path) -> bool:
    """By the program that everybody can download, as a process of its own."""
    program = settings.BASE_DIR / "docs" / "verify_export.py"
    command = [sys.executable, str(program), str(path), "--key", Head.objects.get().verifier]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def token(olivia: Login) -> AccessToken:
    made: AccessToken = AccessTokenFactory(owner=olivia, name="LabTest")
    return made


@pytest.fixture
def used(olivia: Login, token: AccessToken) -> Entry:
    one = entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token)
    seal()
    return one


def test_the_owner_and_the_administrator_get_a_receipt_that_the_program_proves(ada, olivia, used, tmp_path):
    for login, own in ((olivia, True), (ada, False)):
        answer = signed_in(login).get(receipt_of(used, own=own))
        number = Leaf.objects.get(entry_id=used.pk).sequence
        assert answer["Content-Disposition"] == f'attachment; filename="receipt-{number}.json"'
        path = tmp_path / "receipt.json"
        path.write_bytes(answer.content)
        assert proved(path)
        path.write_bytes(answer.content.replace(b"LabTest", b"LapTest"))
        assert not proved(path)


def test_nobody_else_gets_it(ada, olivia, peter, vera, olga, used):
    theirs = entry(olga, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=olga))
    about_ada = entry(ada, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=ada))
    not_of_a_token = entry(olivia, Verb.SIGN_IN)
    seal()
    statuses = {
        (olga, used, True): 404,
        (olga, used, False): 404,
        (ada, theirs, False): 404,
        (olivia, theirs, True): 404,
        (olivia, about_ada, True): 404,
        (olivia, not_of_a_token, True): 404,
        (olivia, used, False): 403,
        (peter, used, True): 403,
        (vera, used, True): 403,
        (ada, about_ada, False): 200,
    }
    got = {key: signed_in(key[0]).get(receipt_of(key[1], own=key[2])).status_code for key in statuses}
    assert got == statuses
    assert Client().get(receipt_of(used, own=True)).status_code == 302


def test_what_waits_for_its_seal_has_no_receipt_yet(olivia, ada, token):
    one = entry(olivia, Verb.TOKEN_CREATE, token=token)
    for login, own, words in ((olivia, True, "Waiting"), (ada, False, "waits for its seal")):
        answer = signed_in(login).get(receipt_of(one, own=own), follow=True)
        assert answer.redirect_chain
        assert words in answer.content.decode()


def test_logs_show_the_number_as_the_link_to_the_receipt(olivia, ada, token, used):
    of_ada = f"/logins/{olivia.public_id}/tokens/{token.public_id}/logs"
    Login.objects.update(hidden_columns={"activity": [], "all-token-logs": []})
    for login, path, own in (
        (olivia, f"/tokens/{token.public_id}/logs", True),
        (olivia, "/tokens/logs", True),
        (ada, of_ada, False),
        (ada, "/administrator/token-logs", False),
        (ada, "/administrator/activity", False),
        (ada, f"/administrator/activity/{used.pk}", False),
    ):
        assert f'href="{receipt_of(used, own=own)}"' in signed_in(login).get(path).content.decode(), path


def test_exactly_what_is_filtered_goes_out_with_proofs_and_is_on_record(ada, olivia, token, used, tmp_path):
    entry(olivia, Verb.TOKEN_UPDATE, token=token)
    other = entry(ada, Verb.TOKEN_CREATE, token=AccessTokenFactory(owner=ada, name="Other"))
    seal()
    late = entry(olivia, Verb.TOKEN_AUTHENTICATE, token=token)
    for login, path, wanted in (
        (olivia, "/tokens/logs?activity=AUTHENTICATE", {used.pk}),
        (ada, "/administrator/token-logs?token=Other", {other.pk}),
        (ada, "/administrator/activity?activity=token.authenticate", {used.pk}),
    ):
        answer = signed_in(login).get(f"{path}&export=proofs")
        assert answer["Content-Type"] == "application/zip"
        content = answer.getvalue()
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            lines = [json.loads(line) for line in archive.open("entries.jsonl")]
            missing = int(b"1 of the entries asked for" in archive.read("README.txt"))
        assert {json.loads(line["data"])["id"] for line in lines} == wanted
        assert missing == ("Other" not in path)
        recorded = Entry.objects.filter(verb=Verb.LEDGER_EXPORT).latest("id")
        assert (recorded.actor_id, recorded.details["format"]) == (login.public_id, "zip")
        (tmp_path / "export.zip").write_bytes(content)
        assert proved(tmp_path / "export.zip")
    assert late.pk not in wanted


def test_before_the_first_seal_there_is_nothing_to_export(olivia, token):
    answer = signed_in(olivia).get("/tokens/logs?export=proofs", follow=True)
    assert "Nothing is sealed yet" in answer.content.decode()
    assert not Entry.objects.filter(verb=Verb.LEDGER_EXPORT).exists()
    entry(olivia, Verb.TOKEN_CREATE, token=token)
    assert "With proofs (ZIP)" in signed_in(olivia).get("/tokens/logs").content.decode()

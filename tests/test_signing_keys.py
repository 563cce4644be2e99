"""Signing keys are replaced without a restart, and one that is taken out of use takes its JWTs with it."""

import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.api_calls import *  # noqa: F403
from tests.api_calls import valid_token
from tests.factories import MobileSessionFactory
from tokens import jwt, key_files, keys
from tokens.keys import add_key, ring
from tokens.models import AccessToken, MobileSession
from tokens.statuses import Status

pytestmark = pytest.mark.django_db(transaction=True)

HOURS = timedelta(hours=3)


@pytest.fixture
def folder(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(keys, "LOOK_EVERY_SECONDS", 0)
    ring()
    return tmp_path / "signing-keys"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def kid() -> str:
    return ring().signer.kid


def backdate(folder: Path, token: AccessToken | None = None) -> None:
    """As if the newest key, and what was generated with it, were some hours old."""
    newest = sorted(folder.iterdir())[-1]
    moment = key_files.begins(newest) - HOURS
    newest.rename(newest.with_name(f"{moment:{key_files.MOMENT}}-{newest.name.partition('-')[2]}"))
    AccessToken.objects.filter(generated_at__isnull=False).update(
        generated_at=timezone.now() - HOURS + timedelta(minutes=1)
    )


def test_a_new_key_signs_and_the_old_one_still_verifies(folder, olivia, call):
    old_kid, (_old, old) = kid(), valid_token(olivia)
    output = run("rotate_signing_key")
    assert kid() != old_kid
    assert kid() in output
    _new, new = valid_token(olivia)
    assert [call(text).status_code for text in (old, new)] == [200, 200]
    assert {key["kid"] for key in ring().jwks["keys"]} == {old_kid, kid()}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())


def test_it_is_on_record(folder):
    before = kid()
    run("rotate_signing_key")
    entry = Entry.objects.get(verb=Verb.KEY_ROTATE)
    assert (entry.subject_kind, entry.subject_id, entry.organisation_id) == ("signing_key", kid(), None)
    assert entry.details == {"deed": "made", "algorithm": "ES256", "before": before, "after": kid()}
    assert entry.actor_label.startswith("Operator")


def test_no_key_is_made_that_is_not_on_record(folder, monkeypatch):
    def fail(**_entry: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr("tokens.actions.signing_keys.record", fail)
    with pytest.raises(RuntimeError):
        run("rotate_signing_key")
    assert len(list(folder.iterdir())) == 1


def test_a_key_that_another_process_made_is_known_at_once(folder, olivia, call, monkeypatch):
    ring()
    monkeypatch.setattr(keys, "LOOK_EVERY_SECONDS", 3600)
    stale = ring()
    time.sleep(keys.LOOK_AGAIN_SECONDS)
    add_key(folder, "ES256")
    other = keys._Watch(folder.parent, "ES256").ring
    monkeypatch.setattr("tokens.jwt.backend.ring", lambda: other)
    _token, text = valid_token(olivia)
    monkeypatch.setattr("tokens.jwt.backend.ring", lambda: stale)
    assert jwt.verified(text.encode(), jwt.digest(text))


def test_unknown_keys_do_not_make_it_look_again_and_again(folder, monkeypatch):
    monkeypatch.setattr(keys, "LOOK_EVERY_SECONDS", 3600)
    looks = []
    original = keys._Watch._state
    monkeypatch.setattr(keys._Watch, "_state", lambda watch: looks.append(1) or original(watch))
    began = time.monotonic()
    for _each in range(200):
        with pytest.raises(jwt.NotOurs):
            jwt.verified(b"eyJhbGciOiJFUzI1NiJ9.e30.AAAA", b"")
    assert len(looks) <= 2 + (time.monotonic() - began) / keys.LOOK_AGAIN_SECONDS


@pytest.fixture
def taken_turns(folder, olivia) -> tuple[str, tuple[AccessToken, str], tuple[AccessToken, str]]:
    """The old key's kid, a token of it, and one of the key that signs now."""
    old = valid_token(olivia, name="Old")
    backdate(folder)
    old_kid = kid()
    add_key(folder, "ES256")
    new = valid_token(olivia, name="New")
    later = timezone.now() + timedelta(minutes=1)  # than any process may have signed with the key before
    AccessToken.objects.filter(pk=new[0].pk).update(generated_at=later)
    return old_kid, old, new


def test_a_retired_key_takes_its_jwts_with_it(taken_turns, call, folder):
    old_kid, (old, old_jwt), (new, new_jwt) = taken_turns
    output = run("rotate_signing_key", "--retire", old_kid, "--yes")
    assert "Old of olivia@demo.example" in output
    assert "New of" not in output
    assert "1 tokens with a valid JWT" in output
    assert [call(text).status_code for text in (old_jwt, new_jwt)] == [401, 200]
    for token in (old, new):
        token.refresh_from_db()
    assert (old.status, new.status) == (Status.EXPIRED, Status.ACTIVE)
    assert {key["kid"] for key in ring().jwks["keys"]} == {kid()}
    assert [path.suffix for path in sorted(folder.iterdir())] == [".retired", ".pem"]


def test_what_ended_is_on_record(taken_turns):
    old_kid, (old, _jwt), _new = taken_turns
    run("rotate_signing_key", "--retire", old_kid, "--yes")
    update = Entry.objects.get(verb=Verb.TOKEN_UPDATE)
    assert (update.token_id, update.details["why"]) == (old.public_id, "signing key retired")
    entry = Entry.objects.get(verb=Verb.KEY_ROTATE)
    assert (entry.subject_id, entry.details["deed"], entry.details["tokens"]) == (old_kid, "retired", 1)


def test_a_jwt_that_waits_for_save_ends_too(folder, olivia):
    from tokens import actions

    token, _jwt = valid_token(olivia)
    actions.generate(token=token, by=Actor(label="Olivia", channel="console"))
    old_kid = kid()
    run("rotate_signing_key")
    run("rotate_signing_key", "--retire", old_kid, "--yes")
    token.refresh_from_db()
    assert token.pending_dialog == ""
    assert Entry.objects.get(verb=Verb.TOKEN_DISCARD).details == {"why": "signing key retired"}


def test_mobile_sessions_of_the_key_end(taken_turns, olivia):
    old_kid, _old, _new = taken_turns
    earlier = timezone.now() - HOURS + timedelta(minutes=20)
    ended = MobileSessionFactory(login=olivia, access_expires_at=earlier)
    MobileSession.objects.filter(pk=ended.pk).update(created_at=earlier)
    stays = MobileSessionFactory(login=olivia, access_expires_at=timezone.now() + timedelta(minutes=25))
    run("rotate_signing_key", "--retire", old_kid, "--yes")
    ended.refresh_from_db()
    stays.refresh_from_db()
    assert (ended.ended_at is None, stays.ended_at) == (False, None)


def test_it_can_be_gone_on_with_after_a_crash(taken_turns, monkeypatch, folder):
    old_kid, _old, _new = taken_turns
    with monkeypatch.context() as broken:
        broken.setattr("tokens.actions.signing_keys.set_aside", lambda *_args: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run("rotate_signing_key", "--retire", old_kid, "--yes")
    run("rotate_signing_key", "--retire", old_kid, "--yes")
    assert {key["kid"] for key in ring().jwks["keys"]} == {kid()}


def test_nobody_who_can_be_asked_changes_nothing(taken_turns, monkeypatch, call):
    old_kid, (_old, old_jwt), _new = taken_turns
    with pytest.raises(CommandError, match="Give --yes"):
        run("rotate_signing_key", "--retire", old_kid)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda _asked: "yes")
    with pytest.raises(CommandError, match="Nothing is changed"):
        run("rotate_signing_key", "--retire", old_kid)
    assert call(old_jwt).status_code == 200
    monkeypatch.setattr("builtins.input", lambda _asked: old_kid)
    run("rotate_signing_key", "--retire", old_kid)
    assert call(old_jwt).status_code == 401


def test_the_key_that_signs_and_an_unknown_one_stay(folder):
    for named, words in ((kid(), "signs now"), ("nonsense", "no signing key")):
        with pytest.raises(CommandError, match=words):
            run("rotate_signing_key", "--retire", named, "--yes")
    assert len(list(folder.iterdir())) == 1


def test_a_key_can_verify_before_it_signs(folder, olivia, call, monkeypatch):
    now = kid()
    assert "In 10 minutes" in run("rotate_signing_key", "--in-minutes", "10")
    assert (kid(), len(ring().jwks["keys"])) == (now, 2)
    lines = run("keys").splitlines()
    assert ("signs" in lines[0], "will sign" in lines[1]) == (True, True)
    later = lines[1].split()[0]
    with pytest.raises(CommandError, match="does not sign yet"):
        run("rotate_signing_key", "--retire", later, "--yes")
    _token, text = valid_token(olivia)
    original = time.time
    monkeypatch.setattr("tokens.keys.time.time", lambda: original() + 601)
    assert kid() == later
    assert call(text).status_code == 200


def test_keys_are_listed_with_their_age(taken_turns):
    old_kid, _old, _new = taken_turns
    lines = run("keys").splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(old_kid)
    assert "verifies  1 tokens" in lines[0]
    assert "signs  1 tokens" in lines[1]


def test_an_old_key_is_told_of(folder, ada, client):
    client.force_login(ada)
    page = client.get("/administrator/ledger").content.decode()
    assert kid() in page
    assert "older than a year" not in page
    (path,) = folder.iterdir()
    path.rename(path.with_name("20240303T000000000000Z-00000000.pem"))
    assert "rotate_signing_key" in run("keys")
    page = client.get("/administrator/ledger").content.decode()
    assert "older than a year" in page


@pytest.mark.parametrize("algorithm", ["ES256", "HS512"])
def test_every_jwt_of_a_key_begins_alike(folder, settings, olivia, algorithm):
    settings.JWT_ALGORITHM = algorithm
    texts = {valid_token(olivia)[1] for _each in range(20)}
    assert len({text.partition(".")[0] for text in texts}) == 1
    assert len(texts) == 20


@pytest.mark.parametrize("algorithm", ["ES256", "HS512"])
def test_no_key_is_called_like_an_option(algorithm, tmp_path):
    """One in 64 would be."""
    assert not any(key_files.new_key(tmp_path, algorithm).kid.startswith("-") for _ in range(500))

"""A backup as docs/backup.md describes it: restored it is the same console; an older one stops every token."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from tests import postgres
from tests.other_database import OtherDatabase

pytestmark = [pytest.mark.long, pytest.mark.django_db]

PLANT = """
import json, django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0); call_command("demo")
from accounts.models import Login
from tests.token_story import created, generated
olivia = Login.objects.get(user_name="olivia@demo.example")
print(json.dumps({name: generated(created(olivia, name)) for name in ("kept", "gone", "later")}))
from tokens.models import AccessToken
from tokens.actions import revoke
from tests.token_story import actor
revoke(token=AccessToken.objects.get(name="gone"), by=actor(olivia))
from audit.actions.sealing import seal
seal()
"""
REVOKE = """
import django; django.setup()
from tokens.models import AccessToken
from tokens.actions import revoke
from tests.token_story import actor
token = AccessToken.objects.get(name="later")
revoke(token=token, by=actor(token.owner))
from audit.actions.sealing import seal
seal()
"""
CALL = """
import json, sys, django; django.setup()
from django.test import Client
jwts = json.loads(sys.argv[1])
client, codes = Client(HTTP_HOST="localhost"), {}
for name, jwt in jwts.items():
    codes[name] = client.get("/api/meta", HTTP_AUTHORIZATION=f"Bearer {jwt}").status_code
print(json.dumps(codes))
"""
NOTICE = "import django; django.setup(); from config.worker.ledger import notice_restore; print(notice_restore())"
COUNTED = ("audit_entry", "audit_leaf", "tokens_accesstoken", "accounts_login", "accounts_contact")


@pytest.fixture
def console(tmp_path: Path, django_db_setup: None) -> Iterator[OtherDatabase]:
    database = OtherDatabase(tmp_path)
    yield database
    database.remove()


def calls(console: OtherDatabase, jwts: dict[str, str]) -> dict[str, int]:
    return told(console.run("-c", CALL, json.dumps(jwts)))


def told(said: str) -> Any:
    """The line of JSON in what a program said."""
    return json.loads(next(line for line in said.splitlines() if line.startswith("{")))


def counts(console: OtherDatabase) -> list[int]:
    return [console.ask(f"SELECT count(*) FROM {table}")[0][0] for table in COUNTED]


def back_up(console: OtherDatabase, folder: Path) -> None:
    """By the means that the documentation names: the console's own command, and pg_dump."""
    said = console.manage("backup", str(folder))
    assert "never set it back" in said
    if connection.vendor == "postgresql":
        pg("pg_dump", "--format=custom", f"--file={folder / 'console.dump'}", console.url("first"))


def restore(console: OtherDatabase, folder: Path, name: str) -> None:
    if connection.vendor == "postgresql":
        console.make(name)
        pg("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={console.url(name)}", str(folder / "console.dump"))
    else:
        console.make(name)
        shutil.copy(folder / "console.sqlite3", console.path(name))
    console.use(name)


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def pg(program: str, *arguments: str) -> None:
    command = [str(postgres.find_binaries() / program), *arguments]
    subprocess.run(command, check=True, capture_output=True, text=True)


def test_a_restored_backup_is_the_same_console_and_an_older_one_is_noticed(console: OtherDatabase, tmp_path: Path):
    jwts = told(console.run("-c", PLANT))
    backup = tmp_path / "backup"
    back_up(console, backup)
    held = counts(console)

    restore(console, backup, "restored")  # nothing happened since: the same console
    assert "Proved" in console.manage("verify_ledger")
    assert counts(console) == held
    assert console.run("-c", NOTICE).strip() == "False"
    assert calls(console, jwts) == {"kept": 200, "gone": 401, "later": 200}

    console.use("first")
    console.run("-c", REVOKE)
    assert calls(console, jwts) == {"kept": 200, "gone": 401, "later": 401}

    newest = Path(console.environment["DATA_DIR"]) / "ledger" / "newest"
    kept_outside = newest.read_text()
    restore(console, backup, "older")
    newest.unlink()  # the control: without the file outside nobody notices, and the revoked token works again
    assert console.run("-c", NOTICE).strip() == "False"
    assert calls(console, jwts)["later"] == 200
    restore(console, backup, "older")
    newest.write_text(kept_outside)
    console.manage("verify_ledger", status=1)
    assert console.run("-c", NOTICE).strip() == "True"
    assert set(calls(console, jwts).values()) == {401}
    console.manage("worker", "--once")
    assert "Proved" in console.manage("verify_ledger")
    console.manage("start_tokens", "1")
    assert calls(console, jwts)["kept"] == 200


def test_the_keys_are_in_it_and_closed_to_others(console: OtherDatabase, tmp_path: Path):
    console.run("-c", PLANT)
    backup = tmp_path / "backup"
    back_up(console, backup)
    data = Path(console.environment["DATA_DIR"])
    for name in ("secret-key", "issuer", "ledger/key.pem"):
        assert (backup / name).read_bytes() == (data / name).read_bytes()
    assert names_in(backup / "signing-keys") == names_in(data / "signing-keys")
    assert not (backup / "ledger" / "newest").exists()
    assert not [path for path in backup.rglob("*") if path.suffix != ".dump" and path.stat().st_mode & 0o077]
    assert "not whole" in console.manage("backup", str(backup), status=1)
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(backup / "console.sqlite3")) as copy:
            assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)

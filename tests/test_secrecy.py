"""The JWT is in the one answer that shows it and nowhere else: database, WAL, folder, mails, sessions, logs, pages."""

import base64
import email
import json
import os
import subprocess
import time
from collections.abc import Iterator
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection

from accounts.models import Login
from tests.servers import ROOT, ServedConsole, python, served_environment
from tests.visitor import Answer, Line, Visitor, lines_to_both_workers, shown

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "Quokka Harbour"  # of the token: known to be stored, shown, mailed and kept in messages
STRANGER = "not-a-token-of-ours"  # a report that nobody has: known to be logged


@pytest.fixture
def talkative_console(
    console_process: ServedConsole, transactional_db: None, tmp_path: Path
) -> Iterator[ServedConsole]:
    """The console with two workers that log all they can."""
    console_process.stop()
    served = ServedConsole(tmp_path / "server.log", LOG_LEVEL="DEBUG")
    served.start()
    yield served
    served.stop()


class Findings:
    """What lies about, by the place where it lies."""

    def __init__(self) -> None:
        self.began = time.time() - 1
        self.places: dict[str, set[bytes]] = {}

    def add(self, place: str, *found: bytes | str) -> None:
        kept = self.places.setdefault(place, set())
        kept.update(one.encode() if isinstance(one, str) else one for one in found)

    def look_around(self) -> None:
        """After a step: what is overwritten later must be seen now."""
        for session in Session.objects.all():
            self.add("sessions", json.dumps(session.get_decoded()))
        self.add("tables", *rows_of_all_tables())
        for path in database_files():
            self.add("write-ahead log" if is_log(path) else "folder of the database", read_elsewhere(path))

    def look_into_folders(self, server_log: Path, worker_log: str) -> None:
        """At the end, when the database has written its tables to their files."""
        if connection.vendor == "postgresql":
            self.look_into_postgresql()
        else:
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(FULL)")
        self.look_around()
        self.add("log of the server", server_log.read_bytes())
        self.add("log of the worker", worker_log)
        of_database = set(database_files())
        for path in files_in(Path(settings.DATA_DIR)):
            self.add("the console's folder", read_elsewhere(path) if path in of_database else path.read_bytes())
        for path in files_in(Path(settings.DATA_DIR) / "mail"):
            if path.stat().st_mtime >= self.began:
                self.add("mails", *texts_of_mail(path.read_bytes()))

    def look_into_postgresql(self) -> None:
        """The server's own files: the log first, because a checkpoint lets the server overwrite it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
            folder = Path((cursor.fetchone() or [""])[0])
            if not folder.is_absolute() or not os.access(folder, os.R_OK):
                return  # a server of somebody else: its tables alone can be looked at
            for place, part in (("write-ahead log", "pg_wal"), ("folder of the database", "base")):
                cursor.execute("CHECKPOINT" if part == "base" else "SELECT 1")
                for path in files_in(folder / part):
                    if path.stat().st_mtime >= self.began:
                        self.add(place, path.read_bytes())

    def with_any(self, *needles: bytes) -> list[str]:
        return [
            place for place, found in self.places.items() if any(needle in one for one in found for needle in needles)
        ]


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def database_files() -> list[Path]:
    """The files of SQLite with its write-ahead log; those of PostgreSQL are read once, at the end."""
    if connection.vendor != "sqlite":
        return []
    file = Path(connection.settings_dict["NAME"])
    return sorted(file.parent.glob(f"{file.name}*"))


def read_elsewhere(path: Path) -> bytes:
    """In another process: whoever closes a file of SQLite gives up its locks on it, and the next server takes the
    database for one that nobody uses (sqlite.org/howtocorrupt.html, 2.2).
    """
    return subprocess.run(["cat", path], check=True, stdout=subprocess.PIPE).stdout


def is_log(path: Path) -> bool:
    return path.name.endswith("-wal")


def rows_of_all_tables() -> Iterator[str]:
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                yield repr([bytes(value) if isinstance(value, memoryview) else value for value in row])


def texts_of_mail(raw: bytes) -> Iterator[str]:
    """As sent, and with every part decoded."""
    yield raw.decode()
    for part in email.message_from_bytes(raw, policy=default).walk():
        if not part.is_multipart():
            yield str(part.get_content())


def traces_of(jwt: str) -> list[bytes]:
    """Everything by which the JWT, or a part that could help to rebuild it, would be recognised."""
    _header, payload, signature = jwt.split(".")
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    number = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["jti"]
    texts = [jwt, payload, signature[:16], signature[-16:], raw.hex(), base64.b64encode(raw).decode(), number]
    return [raw, *(text.encode() for text in texts)]


class Story:
    """Olivia's token from its creation to its end, with every turn that could leave a JWT lying about."""

    def __init__(self, served: ServedConsole, olivia: Login) -> None:
        self.found = Findings()
        self.visitor = Visitor(served)
        self.lines = lines_to_both_workers(served)
        self.calls: list[Answer] = []
        self.jwts: list[str] = []
        self.visitor.sign_in(olivia)

    def step(self, path: str, **fields: Any) -> Answer:
        answer = self.visitor.submit(path, **fields)
        self.found.look_around()
        return answer

    def post(self, path: str, **fields: Any) -> Answer:
        answer = self.visitor.post(path, **fields)
        self.found.look_around()
        return answer

    def call(self, jwt: str, path: str = "/api/meta") -> set[int]:
        """At both workers."""
        answers = [line.call(jwt, path) for line in self.lines]
        self.calls += answers
        return {answer.status for answer in answers}

    def generate(self, page: str) -> tuple[str, str]:
        jwt, dialog = shown(self.step(f"{page}/generate"))
        self.jwts.append(jwt)
        self.reload(page)
        return jwt, dialog

    def reload(self, page: str) -> None:
        """Everything that could show it again."""
        for path in ("/", "/tokens", "/tokens/logs", "/tokens?export=csv", "/tokens/logs?export=json"):
            assert self.visitor.get(path).status == 200
        for part in ("generate", "edit", "logs", "actions", "revoke"):
            assert self.visitor.get(f"{page}/{part}").status == 200

    def give_it_wrongly(self, jwt: str) -> None:
        """In places from which it is not taken, but which people and programs put it into."""
        line: Line = self.lines[0]
        wrong = [
            line.ask(f"/api/meta?token={jwt}&access_token={jwt}"),
            line.ask("/api/meta", headers={"Cookie": f"token={jwt}"}),
            line.ask("/api/meta", headers={"Authorization": f"Token {jwt}"}),
            line.ask("/api/meta", headers={"Authorization": f"Bearer {jwt}x"}),
            line.ask("/api/meta", "POST", f"token={jwt}", {"Authorization": f"Bearer {jwt}"}),
            line.ask(f"/api/data/ContactsAndLogins?Login_Id={jwt}", headers={"Authorization": f"Bearer {jwt}"}),
            line.ask(f"/sign-in?next=/tokens&token={jwt}"),
        ]
        assert {answer.status for answer in wrong[:-1]} <= {400, 401, 405}
        self.calls += wrong

    def tell(self) -> None:
        assert self.step("/tokens/new", name=NAME, expires_on="30", scopes=["1", "2"]).status == 303
        page = "/tokens/" + Login.objects.get(user_name="olivia@demo.example").tokens.get().public_id
        first, dialog = self.generate(page)
        assert self.call(first) == {401}
        assert self.post(f"{page}/generate/save", dialog=dialog).status == 303
        self.reload(page)
        assert self.call(first) == {200}
        cancelled, dialog = self.generate(page)
        assert self.call(cancelled) == {401}
        assert self.post(f"{page}/generate/cancel", dialog=dialog).status == 303
        assert self.call(cancelled) == {401}
        second, dialog = self.generate(page)
        assert self.post(f"{page}/generate/save", dialog=dialog).status == 303
        assert self.call(first) == {401}
        assert self.call(second, "/api/data/ContactsAndLogins") == {200}
        assert self.call(second, f"/api/data/{STRANGER}") == {404}
        self.give_it_wrongly(second)
        _, stale = self.generate(page)
        self.generate(page)
        assert self.post(f"{page}/generate/save", dialog=stale).status == 409
        assert self.step(f"{page}/revoke", confirmation=NAME).status == 303
        assert self.visitor.get(f"{page}/logs").status == 200
        assert self.call(second) == {401}


def deliver() -> str:
    """Run the background worker's jobs once; its log."""
    environment = {**os.environ, **served_environment(), "LOG_LEVEL": "DEBUG"}
    command = [python, "manage.py", "worker", "--once"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout + done.stderr


def test_the_jwt_is_in_the_one_answer_alone(talkative_console: ServedConsole, olivia: Login) -> None:
    story = Story(talkative_console, olivia)
    story.tell()
    assert story.lines[0].ask(f"/api/data/{STRANGER}", headers={"Authorization": "Bearer nonsense"}).status == 401
    worker_log = deliver()
    story.found.look_into_folders(talkative_console.log, worker_log)

    assert len(set(story.jwts)) == 5
    for jwt in story.jwts:
        traces = traces_of(jwt)
        assert story.found.with_any(*traces) == []
        answers = [f"{answer.headers}\n{answer.text}".encode() for answer in story.visitor.answers + story.calls]
        assert [any(trace in answer for trace in traces) for answer in answers].count(True) == 1

    # The same search finds what is known to be there, in every place it looks into.
    known = (NAME.encode(), STRANGER.encode(), b"outbox")
    assert set(story.found.with_any(*known)) == set(story.found.places)
    assert {"sessions", "tables", "mails", "log of the server", "log of the worker"} <= set(story.found.places)
    if "TEST_DATABASE_URL" not in os.environ:
        assert {"write-ahead log", "folder of the database"} <= set(story.found.places)


def test_every_trace_of_a_planted_jwt_is_found(olivia: Login) -> None:
    """The control of the traces themselves."""
    raw = bytes(range(64))
    signature = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    payload = base64.urlsafe_b64encode(json.dumps({"jti": "number-once"}).encode()).rstrip(b"=").decode()
    found = Findings()
    found.add("whole", f"Bearer eyJ.{payload}.{signature}")
    found.add("wrapped", f"{signature[:40]}=\n{signature[40:]}")
    found.add("raw", raw)
    found.add("claims", json.dumps({"jti": "number-once"}))
    found.add("nothing", "eyJ")
    assert found.with_any(*traces_of(f"eyJ.{payload}.{signature}")) == ["whole", "wrapped", "raw", "claims"]

"""Put to work: what a start says, ``check --deploy``, secrets in files, and a start where only DATA_DIR is open."""

import ctypes
import os
import secrets
import shutil
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as product
from django.test import Client

from config import cautions, databases, secret_files
from config.exceptions import Refused
from config.secret_files import SECRETS, secret
from tests.servers import ROOT, python, wait_for
from tests.settings import free_port

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2  # linux/prctl.h, linux/capability.h
STRONG = secrets.token_urlsafe(64)


def manage(folder: Path, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"DATA_DIR": str(folder), "PATH": os.environ["PATH"], **environment}
    return subprocess.run(
        [python, str(ROOT / "manage.py"), *command], env=own, capture_output=True, text=True, check=False
    )


# --- manage.py check --deploy -----------------------------------------------------------------------------------------


def test_a_console_as_it_should_be_has_no_warning(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", PUBLIC_URL="https://console.example")
    assert done.returncode == 0, done.stderr


def test_what_goes_in_clear_is_warned_of(tmp_path: Path) -> None:
    done = manage(
        tmp_path,
        *("check", "--deploy", "--fail-level", "WARNING"),
        PUBLIC_URL="https://console.example",
        EMAIL_URL="smtp://mail.example:25",
        REPORTS_DATABASE_URL="postgresql://reports@db.example/data",
    )
    assert done.returncode == 1
    assert "EMAIL_URL: mail goes to its server in clear" in done.stderr
    assert "REPORTS_DATABASE_URL: the way to the database may be in clear" in done.stderr


def test_what_stands_in_for_the_layers_that_its_checks_look_for() -> None:
    """Each answers one of the checks that are silenced in config/settings.py."""
    assert "security.W003" in product.SILENCED_SYSTEM_CHECKS
    assert "django.middleware.csrf.CsrfViewMiddleware" in product.CONSOLE_MIDDLEWARE
    guarded = Client(enforce_csrf_checks=True).post("/sign-in", {"login": "ada", "password": "x"})
    assert guarded.status_code == 403
    assert guarded["X-Frame-Options"] == "DENY"
    assert guarded["X-Content-Type-Options"] == "nosniff"
    assert guarded["Referrer-Policy"] == guarded["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://a@localhost/n", ""),
        ("postgresql://a@127.0.0.1/n", ""),
        ("postgresql://a@/n?host=/run/postgresql", ""),
        ("postgresql://a@db.example/n", "may be in clear"),
        ("postgresql://a@10.0.0.7/n?sslmode=prefer", "may be in clear"),
        ("postgresql://a@localhost/n?hostaddr=10.0.0.7", "may be in clear"),
        ("postgresql://a@db.example/n?sslmode=require", "does not look whose server"),
        ("postgresql://a@db.example/n?sslmode=verify-full", ""),
        ("sqlite:////tmp/console.sqlite3", ""),
    ],
)
def test_the_way_to_the_database(monkeypatch: pytest.MonkeyPatch, url: str, words: str) -> None:
    monkeypatch.delenv("PGSSLMODE", raising=False)
    monkeypatch.delenv("PGHOST", raising=False)
    told = cautions.of_database(databases.database(url, "DATABASE_URL"))
    assert words in told if words else not told


# --- secrets in files -------------------------------------------------------------------------------------------------


def kept(folder: Path, content: str, mode: int = 0o600) -> str:
    path = folder / "secret"
    path.write_text(content)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("mode", [0o600, 0o400, 0o440])
def test_each_secret_may_come_from_a_file(monkeypatch: Any, tmp_path: Path, name: str, mode: int) -> None:
    monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(f"{name}_FILE", kept(tmp_path, "  what lets in\r\n", mode))
    assert secret(name, "default") == "  what lets in"


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        ("x", 0o644, "others may read"),
        ("x", 0o620, "or change"),
        ("\n", 0o600, "is empty"),
        ("\udcff", 0o600, "no text"),
    ],
)
def test_a_file_that_will_not_do(monkeypatch: Any, tmp_path: Path, content: str, mode: int, words: str) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    path = tmp_path / "secret"
    path.write_bytes(content.encode(errors="surrogateescape"))
    path.chmod(mode)
    monkeypatch.setenv("SECRET_KEY_FILE", str(path))
    with pytest.raises(Refused, match=words):
        secret("SECRET_KEY")


def test_both_or_none_there(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET_KEY", "x")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(Refused, match="both given"):
        secret("SECRET_KEY")
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(Refused, match="cannot be read"):
        secret("SECRET_KEY")


def test_the_console_reads_them(tmp_path: Path) -> None:
    told = "from django.conf import settings; print(settings.SECRET_KEY, settings.EMAIL_HOST)"
    (tmp_path / "mail").mkdir()
    done = manage(
        tmp_path,
        *("shell", "-v", "0", "-c", told),
        SECRET_KEY_FILE=kept(tmp_path, STRONG + "\n"),
        EMAIL_URL_FILE=kept(tmp_path / "mail", "smtp://localhost:25"),
    )
    assert done.stdout.strip() == f"{STRONG} localhost", done.stderr


def test_a_file_for_every_variable_that_holds_a_secret() -> None:
    """Whatever the environment is asked for by the name of a secret goes through ``secret``."""
    source = (ROOT / "config" / "environment.py").read_text()
    for name in SECRETS:
        assert f'secret("{name}"' in source
        assert f'env.str("{name}"' not in source
    assert secret_files.CLOSED & 0o007 == 0o007


# --- manage.py serve --------------------------------------------------------------------------------------------------


def test_https_that_nobody_ends_is_refused(tmp_path: Path) -> None:
    done = manage(tmp_path, "serve", PUBLIC_URL="https://console.example", PORT=str(free_port()))
    assert done.returncode == 1
    assert done.stderr.strip() == f"CommandError: {cautions.NO_TLS}"


def without_powers() -> None:
    """For a child: also root then writes only where the file's mode lets it (capabilities(7))."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


@pytest.mark.long
def test_where_only_its_data_may_be_written(tmp_path: Path) -> None:
    code, data, port = tmp_path / "code", tmp_path / "data", free_port()
    for name in ("config", "audit", "accounts", "tokens", "templates", "static", "locale"):
        shutil.copytree(ROOT / name, code / name)
    for name in ("manage.py", "requirements.txt"):
        shutil.copy(ROOT / name, code / name)
    data.mkdir(mode=0o700)
    for path in [*code.rglob("*"), code]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = {path: path.stat().st_mtime_ns for path in code.rglob("*")}
    environment = {"DATA_DIR": str(data), "PORT": str(port), "PATH": os.environ["PATH"], "WORKERS": "1"}
    log = tmp_path / "log"
    writes = [python, "-c", "open('config/new.py', 'w')"]
    assert subprocess.run(writes, cwd=code, preexec_fn=without_powers, capture_output=True, check=False).returncode == 1
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, "manage.py", "serve", "--migrate"],
            cwd=code, env=environment, stdout=output, stderr=output, preexec_fn=without_powers,  # noqa: PLW1509
        )  # fmt: skip
    try:
        wait_for(f"http://localhost:{port}/readyz", process, log)
        with urllib.request.urlopen(f"http://localhost:{port}/sign-in", timeout=10) as page:
            assert page.status == 200
        assert {path: path.stat().st_mtime_ns for path in code.rglob("*")} == before
    finally:
        process.terminate()
        assert process.wait(30) == 0
        for path in [code, *code.rglob("*")]:
            path.chmod(0o755)
    assert "Traceback" not in log.read_text()


def test_who_runs_it_as_root_is_told(monkeypatch: Any, capsys: Any) -> None:
    from config.management.commands.serve import Command

    for number, told in ((0, True), (1000, False)):
        monkeypatch.setattr(os, "geteuid", lambda number=number: number)
        Command()._announce(is_open=False)
        assert (cautions.AS_ROOT in capsys.readouterr().out) is told


# --- whose name this machine is asked by ------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("host", "is_told"),
    [("localhost:8000", True), ("127.0.0.1", True), ("10.0.0.7:80", True), ("[::1]:8000", True), ("testserver", True),
     ("evil.example", False), ("127.0.0.1.evil.example", False), ("localhost.evil.example", False), ("a b", False)],
)  # fmt: skip
def test_no_page_of_another_name_reads_how_it_is(host: str, is_told: bool) -> None:
    """A browser on this machine, whose page had its own name lead to 127.0.0.1."""
    assert ("warnings" in Client().get("/readyz", headers={"Host": host}).json()) is is_told
    assert Client().get("/metrics", headers={"Host": host}).status_code == (200 if is_told else 403)

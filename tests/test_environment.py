"""The environment is read once; what is unsafe is refused with one line."""

import secrets
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config import environment
from config.secret_strength import SECRET_LENGTH_MINIMUM, is_example

ROOT = Path(__file__).resolve().parent.parent
NAMES = (
    "ALLOWED_HOSTS", "CORS_ORIGINS", "DATABASE_OWNER_URL", "DATABASE_URL", "DEMO", "DEMO_PASSWORD", "EMAIL_URL", "HOST",
    "LOG_LEVEL", "METRICS_TOKEN", "PORT", "PUBLIC_URL", "REPORTS_DATABASE_URL", "REPORTS_DIR",
    "REPORTS_TIMEOUT", "SECRET_KEY", "TRUSTED_PROXIES", "WORKERS",
)  # fmt: skip

RANDOM = secrets.token_urlsafe(64)

NO_ORIGINS = (
    "*", "https://*.example", "https://tool.example/", "https://tool.example/page", "tool.example", "null",
    "https://tool.example?", "https://person@tool.example", "ftp://tool.example", "https://", "https://tool.example:x",
    "https://bücher.example", "https://[::1",
)  # fmt: skip


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Reads an environment of nothing but the given variables, on an empty folder."""

    def read_one(**variables: str) -> environment.Environment:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in {"DATA_DIR": str(tmp_path), **variables}.items():
            monkeypatch.setenv(name, value)
        return environment.read(ROOT)

    return read_one


def test_nothing_said_gives_a_safe_console_on_this_machine(read, tmp_path):
    found = read()
    assert found.public_url == "http://localhost:8000"
    assert found.allowed_hosts == ["127.0.0.1", "[::1]", "localhost"]
    assert found.database["NAME"] == str(tmp_path / "console.sqlite3")
    assert found.database["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert found.email["EMAIL_FILE_PATH"] == str(tmp_path / "mail")
    assert (found.host, found.port, found.workers, found.demo) == ("127.0.0.1", 8000, 2, False)
    assert found.trusted_proxies == ()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PUBLIC_URL": "http://console.example"}, "must begin with https://"),
        ({"PUBLIC_URL": "console.example"}, "must be an address"),
        ({"PUBLIC_URL": "https://console.example/path"}, "without a path"),
        ({"DEMO": "1", "PUBLIC_URL": "https://console.example"}, "for this machine alone"),
        ({"DEMO": "maybe"}, "must be 0 or 1"),
        ({"SECRET_KEY": "short"}, "is weak"),
        ({"SECRET_KEY": "a" * 80}, "is weak"),
        ({"SECRET_KEY": "django-insecure-" + "abcdefghijklmnopqrstuvwxyz" * 2}, "is weak"),
        ({"SECRET_KEY": "please-change-me-" + RANDOM}, "is weak"),
        ({"SECRET_KEY": "Your_Secret_" + RANDOM}, "is weak"),
        ({"METRICS_TOKEN": "a" * 40}, "METRICS_TOKEN is weak"),
        ({"METRICS_TOKEN": "example-metrics-token-1"}, "METRICS_TOKEN is weak"),
        ({"METRICS_TOKEN": RANDOM, "SECRET_KEY": RANDOM}, "one secret serves one purpose"),
        ({"ALLOWED_HOSTS": "*"}, "must name hosts"),
        ({"DATABASE_URL": "mysql://localhost/console"}, "SQLite or PostgreSQL"),
        ({"DATABASE_URL": "somewhere"}, "no address of a database"),
        ({"DATA_DIR": __file__}, "DATA_DIR cannot be made"),
        ({"DATABASE_URL": "sqlite://:memory:"}, "must name a file"),
        ({"EMAIL_URL": "pigeon://host"}, "no address of a mail server"),
        ({"PORT": "eighty"}, "whole number"),
        ({"PORT": "70000"}, "whole number"),
        ({"WORKERS": "0"}, "whole number"),
        ({"TRUSTED_PROXIES": "proxy.example"}, "addresses or networks"),
        *(({"CORS_ORIGINS": origin}, "must list origins") for origin in NO_ORIGINS),
        ({"CORS_ORIGINS": "https://tool.example,http://other.example"}, "must begin with https://"),
        ({"LOG_LEVEL": "LOUD"}, "must be one of"),
        ({"METRICS_TOKEN": "too short"}, "at least 16 characters"),
        ({"REPORTS_DIR": "/not/there"}, "must be a folder that is there"),
        ({"REPORTS_DATABASE_URL": "mysql://localhost/data"}, "REPORTS_DATABASE_URL must be of SQLite or PostgreSQL"),
        ({"DATABASE_URL": "sqlite:////tmp/a", "REPORTS_DATABASE_URL": "sqlite:////tmp/../tmp/a"}, "console's own"),
        ({"DATABASE_URL": "postgresql://a:b@h/n", "REPORTS_DATABASE_URL": "postgres://a:c@h/n"}, "console's own"),
        ({"REPORTS_TIMEOUT": "0"}, "whole number"),
    ],
)
def test_what_is_unsafe_or_senseless_is_refused(read, variables, words):
    with pytest.raises(environment.Refused, match=words):
        read(**variables)


def test_a_refusal_is_one_line(tmp_path):
    command = [sys.executable, str(ROOT / "manage.py"), "check"]
    variables = {"DATA_DIR": str(tmp_path), "PUBLIC_URL": "http://console.example", "PATH": ""}
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "Cannot start: PUBLIC_URL must begin with https:// unless it is on localhost: tokens would travel in clear."
    ]


def test_a_real_host_over_https(read):
    found = read(PUBLIC_URL="https://console.example/", ALLOWED_HOSTS="console.example, other.example")
    assert found.public_url == "https://console.example"
    assert found.is_https
    assert found.allowed_hosts == ["console.example", "other.example"]


def test_origins_are_kept_as_browsers_write_them(read):
    written = "https://Tool.example:443, http://localhost:3000,https://[2001:db8::1]:8443,http://localhost:80"
    assert read(CORS_ORIGINS=written).cors_origins == [
        "https://tool.example",
        "http://localhost:3000",
        "https://[2001:db8::1]:8443",
        "http://localhost",
    ]
    assert read().cors_origins == []


def test_postgresql_keeps_and_prepares(read):
    found = read(DATABASE_URL="postgresql://console:secret@db.example:5433/console")
    assert found.database["ENGINE"] == "config.postgresql"
    assert found.database["CONN_MAX_AGE"] is None
    assert found.database["OPTIONS"]["prepare_threshold"] == 5
    assert found.database_owner is None


def test_secrets_are_made_once_and_for_their_owner_alone(read, tmp_path):
    first = read(DEMO="1")
    assert first.secret_key == read(DEMO="1").secret_key
    assert len(first.secret_key) >= SECRET_LENGTH_MINIMUM
    assert first.demo_password == read(DEMO="1").demo_password != ""
    for name in ("secret-key", "demo-password"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["secret-key", "demo-password"])
def test_a_kept_secret_that_others_may_read_is_refused(read, tmp_path, name):
    read(DEMO="1")
    (tmp_path / name).chmod(0o644)
    with pytest.raises(environment.Refused, match="chmod 600"):
        read(DEMO="1")


def test_a_kept_secret_that_was_emptied_is_refused(read, tmp_path):
    read()
    (tmp_path / "secret-key").write_text("")
    with pytest.raises(environment.Refused, match="secret-key is weak"):
        read()


def test_random_secrets_are_never_taken_for_examples():
    assert not any(is_example(secrets.token_urlsafe(64)) for _each in range(2000))


def test_simultaneous_first_starts_agree_on_one_secret(tmp_path):
    with ThreadPoolExecutor(16) as threads:
        found = set(threads.map(lambda _: environment.kept_secret(tmp_path / "secret", 32), range(64)))
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_reports_have_a_folder_a_database_and_a_time_of_their_own(read, tmp_path):
    found = read()
    assert (found.reports_dir, found.reports_timeout) == (tmp_path / "reports", 30)
    assert found.reports_database["NAME"] == str(tmp_path / "reports.sqlite3")
    found = read(
        DATABASE_URL="postgresql://console:b@h/n",
        REPORTS_DATABASE_URL="postgresql://reports:c@h/n",
        REPORTS_DIR=str(tmp_path),
        REPORTS_TIMEOUT="5",
    )
    assert (found.reports_dir, found.reports_timeout) == (tmp_path, 5)
    assert found.reports_database["ENGINE"] == "config.postgresql"


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://localhost:8000", True), ("http://127.0.0.1", True), ("http://127.9.9.9:1", True),
        ("http://[::1]", True), ("http://a.localhost", True), ("http://127.evil.example", False),
        ("http://10.0.0.1", False), ("http://localhost.example", False), ("http://", False),
    ],
)  # fmt: skip
def test_what_is_on_this_machine(url, here):
    assert environment.is_loopback(url) is here

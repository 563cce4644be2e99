"""Reads the environment once, fills in safe defaults, and refuses what is not safe with one clear line."""

import os
import re
import secrets
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from accounts.password_list import fault_of
from config import databases
from config.exceptions import Refused
from config.secret_files import secret
from config.secret_strength import checked_metrics_token, checked_secret_key

Network = IPv4Network | IPv6Network

_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")  # a name in its ASCII form, or an address; no asterisk

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
DEFAULT_PORTS = {"http": 80, "https": 443}  # which a browser leaves out
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says. ``secret_key`` and ``demo_password`` are made once and kept when it says nothing."""

    data_dir: Path
    secret_key: str
    public_url: str
    allowed_hosts: list[str]
    database: dict[str, Any]
    database_owner: dict[str, Any] | None
    email: dict[str, Any]
    host: str
    port: int
    workers: int
    trusted_proxies: tuple[Network, ...]
    demo: bool
    demo_password: str
    log_level: str
    metrics_token: str
    ledger_dir: Path
    jwt_algorithm: str
    cors_origins: list[str]
    reports_dir: Path
    reports_database: dict[str, Any]
    reports_timeout: int
    password_list: Path | None

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")


def read(base_dir: Path) -> Environment:
    """Read everything at once; raises ``Refused``."""
    env = environ.Env()
    data_dir = base_dir / env.str("DATA_DIR", "var")
    host, port, workers = env.str("HOST", "127.0.0.1"), _number(env, "PORT", 8000), _number(env, "WORKERS", 2)
    public_url = _public_url(env.str("PUBLIC_URL", f"http://localhost:{port}"))
    demo = _switch(env, "DEMO")
    if demo and not is_loopback(public_url):
        raise Refused("DEMO is for this machine alone: PUBLIC_URL must be on localhost, or DEMO left out.")
    level = env.str("LOG_LEVEL", "INFO").upper()
    if level not in LOG_LEVELS:
        raise Refused(f"LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
    _make_folder(data_dir)
    database = databases.database(secret("DATABASE_URL", f"sqlite:///{data_dir / 'console.sqlite3'}"), "DATABASE_URL")
    secret_key = _secret_key(secret("SECRET_KEY"), data_dir)
    return Environment(
        data_dir=data_dir,
        secret_key=secret_key,
        public_url=public_url,
        allowed_hosts=_allowed_hosts(env.list("ALLOWED_HOSTS", default=[]), public_url),
        database=database,
        database_owner=databases.owner(secret("DATABASE_OWNER_URL")),
        email=_email(secret("EMAIL_URL"), data_dir),
        host=host,
        port=port,
        workers=workers,
        trusted_proxies=_networks(env.list("TRUSTED_PROXIES", default=[])),
        demo=demo,
        demo_password=_demo_password(secret("DEMO_PASSWORD"), data_dir) if demo else "",
        log_level=level,
        metrics_token=checked_metrics_token(secret("METRICS_TOKEN"), secret_key),
        ledger_dir=Path(env.str("LEDGER_DIR", str(data_dir / "ledger"))),  # better on another volume than the database
        jwt_algorithm=env.str("JWT_ALGORITHM", "ES256"),  # tokens/keys.py refuses what it does not know
        cors_origins=[_origin(written) for written in env.list("CORS_ORIGINS", default=[])],
        reports_dir=_reports_dir(base_dir, env.str("REPORTS_DIR", ""), data_dir),
        reports_database=databases.reports_database(secret("REPORTS_DATABASE_URL"), data_dir, database),
        reports_timeout=_number(env, "REPORTS_TIMEOUT", 30),
        password_list=_password_list(base_dir, env.str("PASSWORD_LIST", "")),
    )


def _password_list(base_dir: Path, written: str) -> Path | None:
    """The file of known passwords (``accounts/password_list.py``)."""
    if not written:
        return None
    path = base_dir / written
    if fault := fault_of(path):
        raise Refused(f"PASSWORD_LIST: {path} {fault}.")
    return path


def _make_folder(data_dir: Path) -> None:
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"DATA_DIR cannot be made at {data_dir}: {error.strerror}.") from None
    if not os.access(data_dir, os.R_OK | os.W_OK | os.X_OK):
        raise Refused(f"DATA_DIR must be a folder that this user may write to: {data_dir}.")


def is_loopback(url: str) -> bool:
    name = urlsplit(url).hostname or ""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:  # another name, whatever it begins with
        return False


def kept_secret(path: Path, length: int) -> str:
    """The secret in the file; made at first, readable by its owner only. Simultaneous first starts agree on one."""
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(length))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # fails when another process was first; then its secret is the one
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    if path.stat().st_mode & 0o077:
        raise Refused(f"{path} is a secret that others may read or change: close it to them (chmod 600).")
    return path.read_text().strip()


def _number(env: environ.Env, name: str, default: int) -> int:
    written = env.str(name, str(default))
    if not written.isdecimal() or not 0 < int(written) < 65536:
        raise Refused(f"{name} must be a whole number from 1 to 65535.")
    return int(written)


def _switch(env: environ.Env, name: str) -> bool:
    written = env.str(name, "").lower()
    if written not in {"", "0", "1", "no", "yes", "off", "on", "false", "true"}:
        raise Refused(f"{name} must be 0 or 1.")
    return written in {"1", "yes", "on", "true"}


def _public_url(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Refused("PUBLIC_URL must be an address such as https://console.example.")
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise Refused("PUBLIC_URL must be scheme, host and port alone, without a path.")
    if parts.scheme == "http" and not is_loopback(written):
        raise Refused("PUBLIC_URL must begin with https:// unless it is on localhost: tokens would travel in clear.")
    return f"{parts.scheme}://{parts.netloc}"


def _allowed_hosts(written: list[str], public_url: str) -> list[str]:
    if any(name.strip() == "*" for name in written):
        raise Refused("ALLOWED_HOSTS must name hosts; * would let anyone choose the host that links are made with.")
    own = urlsplit(public_url).hostname or ""
    names = [name.strip() for name in written] or [f"[{own}]" if ":" in own else own]
    return sorted({*names, *LOOPBACK_NAMES}) if is_loopback(public_url) else names


def _origin(written: str) -> str:
    """The origin as a browser writes it in its header. It is compared as a whole, so nothing else would ever match."""
    written = written.strip()
    try:
        parts = urlsplit(written)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    rest = parts.path or parts.query or parts.fragment or parts.username is not None or written.endswith(("?", "#"))
    if parts.scheme not in {"http", "https"} or rest or not _HOST.fullmatch(host):
        raise Refused(
            "CORS_ORIGINS must list origins by comma, each scheme, host and port alone, such as https://tool.example."
        )
    if parts.scheme == "http" and not is_loopback(written):
        raise Refused("CORS_ORIGINS must begin with https:// unless on localhost: anyone between could use the page.")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port not in {None, DEFAULT_PORTS[parts.scheme]} else "")


def _secret_key(written: str, data_dir: Path) -> str:
    if not written:
        return checked_secret_key(kept_secret(data_dir / "secret-key", 64), str(data_dir / "secret-key"))
    return checked_secret_key(written)


def _demo_password(written: str, data_dir: Path) -> str:
    return written or kept_secret(data_dir / "demo-password", 12)


def _reports_dir(base_dir: Path, written: str, data_dir: Path) -> Path:
    """The folder of SQL files; the one in ``DATA_DIR`` need not be there."""
    folder = base_dir / written if written else data_dir / "reports"
    if written and not folder.is_dir():
        raise Refused(f"REPORTS_DIR must be a folder that is there: {folder}.")
    return folder


def _email(url: str, data_dir: Path) -> dict[str, Any]:
    if not url:
        folder = data_dir / "mail"
        return {"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend", "EMAIL_FILE_PATH": str(folder)}
    try:
        settings: dict[str, Any] = environ.Env.email_url_config(url)
    except (KeyError, ValueError, ImproperlyConfigured):
        raise Refused("EMAIL_URL is no address of a mail server, such as smtp+tls://user:password@host:587.") from None
    return {key: value for key, value in settings.items() if key != "OPTIONS"}


def _networks(written: list[str]) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(network.strip(), strict=False) for network in written)
    except ValueError as error:
        raise Refused(f"TRUSTED_PROXIES must be addresses or networks: {error}.") from None

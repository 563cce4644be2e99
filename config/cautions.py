"""What whoever runs the console should know of its surroundings: said at each start, and by ``check --deploy``."""

import os
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from django.conf import settings

ENCRYPTED = {"require", "verify-ca", "verify-full"}
VERIFIED = {"verify-full"}
DATABASES = {
    "DATABASE_URL": "DATABASES",
    "DATABASE_OWNER_URL": "DATABASE_OWNER",
    "REPORTS_DATABASE_URL": "REPORTS_DATABASE",
}
AS_ROOT = "It runs as root, which it needs for nothing: give it a user of its own, who may write to DATA_DIR alone."
NO_TLS = (
    "PUBLIC_URL begins with https://, but nothing says who ends TLS: name the proxy in TRUSTED_PROXIES, or serve with "
    "--certificate and --key."
)


def cautions() -> Iterator[str]:
    """One line for each."""
    for variable, name in DATABASES.items():
        found = getattr(settings, name)
        found = found["default"] if variable == "DATABASE_URL" else found
        if found and (caution := of_database(found)):
            yield f"{variable}: {caution}"
    if is_mail_in_clear():
        yield "EMAIL_URL: mail goes to its server in clear, with links that let in; smtp+tls:// and smtp+ssl:// do not."


def of_database(found: dict[str, Any]) -> str:
    """What can be read, or answered by somebody else, on the way to a PostgreSQL on another machine; or nothing."""
    if found["ENGINE"].endswith("sqlite3") or all(is_here(host) for host in hosts_of(found)):
        return ""
    mode = found["OPTIONS"].get("sslmode") or os.environ.get("PGSSLMODE", "")
    if mode not in ENCRYPTED:
        return "the way to the database may be in clear; add ?sslmode=verify-full."
    if mode not in VERIFIED:
        return f"sslmode={mode} encrypts, but does not look whose server it is; verify-full does."
    return ""


def hosts_of(found: dict[str, Any]) -> list[str]:
    options = found["OPTIONS"]
    given = options.get("hostaddr") or options.get("host") or found.get("HOST") or os.environ.get("PGHOST", "")
    return str(given).split(",")


def is_here(host: str) -> bool:
    """A folder of sockets, or this machine."""
    if not host or host.startswith(("/", "@")) or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def is_mail_in_clear() -> bool:
    by_smtp = settings.EMAIL_BACKEND.endswith("smtp.EmailBackend")
    return by_smtp and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL) and not is_here(settings.EMAIL_HOST)


def is_root() -> bool:
    return os.geteuid() == 0

"""A PostgreSQL on another machine is spoken to when it is the one that is meant (ASVS 12.3.2)."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from config.databases import database
from tests import postgres
from tests.certificates import certificate_in
from tests.settings import free_port

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", params=["localhost", "other.example"])
def server(request: pytest.FixtureRequest) -> Iterator[postgres.Server]:
    """One that speaks TLS on loopback, with the certificate of that host."""
    made = postgres.Server(settings={})
    for path in certificate_in(made.folder, request.param):
        path.chmod(0o600)
        if made.user:
            shutil.chown(path, made.user)
    chain, key = (str(made.folder / name) for name in ("chain.pem", "key.pem"))
    made.settings = {
        "listen_addresses": "localhost", "port": str(free_port()),
        "ssl": "on", "ssl_cert_file": chain, "ssl_key_file": key,
    }  # fmt: skip
    try:
        made.start()
    except postgres.Unavailable as error:
        pytest.skip(f"this PostgreSQL speaks no TLS: {error}")
    yield made
    made.remove()


@pytest.fixture(autouse=True)
def any_database(django_db_blocker: Any) -> Iterator[None]:
    """Not that of the tests, which nobody asks here."""
    with django_db_blocker.unblock():
        yield


def asked(server: postgres.Server, *, root: Path) -> bool:
    """Whether the connection is encrypted, as the console makes it from such an address."""
    url = f"postgresql://postgres@localhost:{server.settings['port']}/postgres?sslmode=verify-full&sslrootcert={root}"
    connection = ConnectionHandler({"default": database(url, "DATABASE_URL")})["default"]
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
            return bool(cursor.fetchone()[0])
    finally:
        connection.close()


def test_one_that_is_not_vouched_for_is_refused(server: postgres.Server, tmp_path: Path) -> None:
    certificate_in(tmp_path)
    with pytest.raises(OperationalError, match="certificate verify failed"):
        asked(server, root=tmp_path / "chain.pem")


@pytest.mark.parametrize("server", ["other.example"], indirect=True)
def test_one_with_another_name_is_refused(server: postgres.Server) -> None:
    with pytest.raises(OperationalError, match="does not match host name"):
        asked(server, root=server.folder / "chain.pem")


@pytest.mark.parametrize("server", ["localhost"], indirect=True)
def test_the_one_that_is_meant_is_asked(server: postgres.Server) -> None:
    assert asked(server, root=server.folder / "chain.pem")

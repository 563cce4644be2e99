"""Mail over TLS goes to the server that is meant, or waits (ASVS 12.3.2)."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import transaction

from accounts.actions.outbox import deliver_due
from accounts.mail import enqueue
from accounts.models import OutboxMail
from tests.certificates import certificate_in
from tests.factories import OrganisationFactory
from tests.servers import Sink
from tests.settings import free_port

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """With the certificate of the host that a test names, or of the server's own."""
    certificate_in(tmp_path, getattr(request, "param", "localhost"))
    return tmp_path


@pytest.fixture
def sink(folder: Path, settings: Any) -> Iterator[Sink]:
    """A mail server that takes mail after STARTTLS alone."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")
    found, port = Sink(), free_port()
    server = Controller(found, hostname="localhost", port=port, tls_context=context, require_starttls=True)
    server.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "localhost", port
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = True, False
    yield found
    server.stop()


@pytest.fixture
def mail() -> OutboxMail:
    with transaction.atomic():
        return enqueue(organisation=OrganisationFactory(), to="olivia@demo.example", subject="s", body="b")


def test_who_vouches_for_itself_gets_none(sink: Sink, mail: OutboxMail) -> None:
    assert deliver_due().waiting == 1
    mail.refresh_from_db()
    assert "CERTIFICATE_VERIFY_FAILED" in mail.last_error
    assert not sink.mails


@pytest.mark.parametrize("folder", ["other.example"], indirect=True)
def test_who_is_known_under_another_name_gets_none(
    sink: Sink, mail: OutboxMail, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "chain.pem"))
    assert deliver_due().waiting == 1
    mail.refresh_from_db()
    assert "match" in mail.last_error
    assert not sink.mails


def test_who_is_known_gets_it(sink: Sink, mail: OutboxMail, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same server, vouched for by what the system trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "chain.pem"))
    assert deliver_due().sent == 1
    assert len(sink.mails) == 1

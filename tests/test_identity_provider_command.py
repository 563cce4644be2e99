"""The operator's command that sets an organisation's identity provider: what it refuses, tells, and puts on record."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import IdentityProvider as Stored
from accounts.models import IdentityTie, Login, Organisation
from accounts.sealed_texts import unseal
from accounts.sign_on.flow import SECRET_PURPOSE
from audit.models import Entry
from tests.identity_provider import CLIENT_SECRET, IdentityProvider
from tests.signing_on import provider, set_up, sso_login, stored, sven  # noqa: F401

pytestmark = pytest.mark.django_db
UNSET = {"identity_provider": None, "issuer": None, "client_id": None, "verified_mail_only": None}


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("set_identity_provider", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def secret_file(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text(f"{CLIENT_SECRET}\n")
    path.chmod(0o600)
    return path


def test_sets_shows_and_removes(
    organisation: Organisation, provider: IdentityProvider, secret_file: Path, settings: Any
) -> None:
    callback = f"{settings.PUBLIC_URL}/sign-in/sso/callback"
    said = run(
        organisation.name, "--issuer", provider.issuer, "--client-id", "c1", "--client-secret-file", str(secret_file),
        "--name", "Company  sign-in",
    )  # fmt: skip
    assert callback in said
    one = Stored.objects.get()
    assert unseal(SECRET_PURPOSE, one.sealed_secret) == CLIENT_SECRET
    after = {"identity_provider": "Company sign-in", "issuer": provider.issuer, "client_id": "c1"}
    entry = Entry.objects.get(verb="organisation.update")
    assert entry.details == {"before": UNSET, "after": {**after, "verified_mail_only": False}}
    assert (entry.channel, entry.organisation_id) == ("command", organisation.pk)
    sso_login(organisation)
    shown = run(str(organisation.pk), "--show")
    assert "Client secret: set" in shown
    assert "SSO logins: 1, 0 of them tied" in shown
    assert callback in shown
    assert CLIENT_SECRET not in said + shown + str(entry.details)
    assert "no single sign-on from now on" in run(organisation.name, "--remove")
    assert "Nothing is changed" in run(organisation.name, "--remove")
    assert "no identity provider" in run(organisation.name, "--show")
    assert not Stored.objects.exists()


def test_removing_ends_ties_and_sessions(client: Any, organisation: Organisation, sven: Login, stored: Stored) -> None:
    IdentityTie.objects.create(provider=stored, login=sven, subject="person-1")
    client.force_login(sven)
    client.get("/personal")  # which notes the session
    run(organisation.name, "--remove")
    assert client.get("/personal").status_code == 302
    assert not IdentityTie.objects.exists()


@pytest.mark.parametrize(
    "issuer",
    [
        "http://login.example", "http://10.0.0.1/", "ftp://login.example", "login.example", "https://", "",
        "https://login.example/?x=1", "https://login.example/#x", "https://u:p@login.example", "https://login. example",
        "https://" + "x" * 500, "https://[::1", "http://127.0.0.1.evil.example",
    ],
)  # fmt: skip
def test_issuers_that_are_none(organisation: Organisation, issuer: str) -> None:
    with pytest.raises(CommandError):
        run(organisation.name, "--issuer", issuer, "--client-id", "c1", "--unasked")
    assert not Stored.objects.exists()
    assert not Entry.objects.exists()


@pytest.mark.parametrize("issuer", ["https://login.example/tenant/", "http://localhost:8080/realms/x"])
def test_unasked_it_takes_what_is_said(organisation: Organisation, issuer: str) -> None:
    run(organisation.name, "--issuer", issuer, "--client-id", "c1", "--unasked")
    assert Stored.objects.get().issuer == issuer


def test_a_provider_that_is_another_changes_nothing(organisation: Organisation, provider: IdentityProvider) -> None:
    provider.bend_discovery = lambda said: said | {"issuer": "https://login.example"}
    with pytest.raises(CommandError, match=r"it calls itself https://login\.example"):
        run(organisation.name, "--issuer", provider.issuer, "--client-id", "c1")
    provider.server.server_close()
    provider.server.shutdown()
    with pytest.raises(CommandError, match="does not answer"):
        run(organisation.name, "--issuer", provider.issuer, "--client-id", "c1")
    assert not Stored.objects.exists()


def test_a_secret_that_others_may_read_or_that_is_none(organisation: Organisation, secret_file: Path) -> None:
    def given(path: Path) -> str:
        file = ("--client-secret-file", str(path))
        return run(organisation.name, "--issuer", "https://login.example", "--client-id", "c1", "--unasked", *file)

    secret_file.chmod(0o644)
    with pytest.raises(CommandError, match="Others may read"):
        given(secret_file)
    secret_file.chmod(0o600)
    secret_file.write_text(" \n")
    with pytest.raises(CommandError, match="empty"):
        given(secret_file)
    secret_file.write_text("two\nlines")
    with pytest.raises(CommandError, match="one line"):
        given(secret_file)
    secret_file.write_bytes(b"\xff")
    with pytest.raises(CommandError, match="cannot be read"):
        given(secret_file)
    with pytest.raises(CommandError, match="cannot be read"):
        given(secret_file.with_name("nowhere"))
    assert not Stored.objects.exists()


def test_half_a_command(organisation: Organisation) -> None:
    with pytest.raises(CommandError, match="Give --issuer and --client-id"):
        run(organisation.name, "--issuer", "https://login.example")

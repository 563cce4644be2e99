"""Single sign-on in tests: the provider, who is set up at it, and a browser's way there and back."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from accounts.actions.identity_providers import ProviderDraft, set_identity_provider
from accounts.models import IdentityProvider as Stored
from accounts.models import Login, Organisation
from audit.actor import Actor
from audit.models import Entry
from tests import identity_provider
from tests.cast import person
from tests.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider

OPERATOR = Actor(label="Operator", channel="command")


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    with identity_provider.running() as one:
        yield one


def set_up(organisation: Organisation, provider: IdentityProvider, **more: Any) -> Stored:
    given = {"name": "Company sign-in", "client_id": CLIENT_ID, "secret": CLIENT_SECRET, **more}
    draft = ProviderDraft(issuer=provider.issuer, **given)
    return set_identity_provider(organisation=organisation, draft=draft, by=OPERATOR)


@pytest.fixture
def stored(organisation: Organisation, provider: IdentityProvider) -> Stored:
    return set_up(organisation, provider)


def sso_login(organisation: Organisation, user_name: str = "sven@demo.example", **more: Any) -> Login:
    login = person(organisation, "Sven", "Lindqvist", user_name, user_type="general-user", is_sso=True, **more)
    login.set_unusable_password()
    login.save()
    return login


@pytest.fixture
def sven(organisation: Organisation, stored: Stored) -> Login:
    return sso_login(organisation)


def address_in(page: Any) -> str:
    """Where the page goes to by itself, which is where its link leads."""
    text = page.content.decode()
    written = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', text)[1]
    assert f'href="{written}"' in text
    return unescape(written)


def there(client: Client, **form: str) -> str:
    """Go to the provider, which knows its person; the address that it sends the browser back to."""
    page = client.post("/sign-in/sso", form)
    assert page.status_code == 200, page.content.decode()
    answer = requests.get(address_in(page), allow_redirects=False, timeout=5)
    return answer.headers["Location"]


def back(client: Client, address: str) -> Any:
    parts = urlsplit(address)
    return client.get(f"{parts.path}?{parts.query}")


def sign_on(client: Client, **form: str) -> Any:
    return back(client, there(client, **form))


def is_signed_in(client: Client) -> bool:
    return client.get("/personal").status_code == 200


def entries(*verbs: str) -> list[Entry]:
    return list(Entry.objects.filter(verb__in=verbs).order_by("id"))

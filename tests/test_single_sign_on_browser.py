"""Single sign-on in a browser: there and back across sites under the CSP, the pages around it, and many at once."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Route

from accounts.actions.sign_on import recognise
from accounts.models import IdentityTie, Login
from accounts.sign_on.id_tokens import Identity
from audit.actor import Actor
from audit.models import Entry
from tests import identity_provider
from tests.browser import OpenPage, violations
from tests.identity_provider import IdentityProvider
from tests.servers import ServedConsole
from tests.signing_on import provider, set_up, sso_login, stored, sven  # noqa: F401
from tests.threads import at_once

PHONE = {"width": 360, "height": 780}


def test_there_and_back(
    serve_console: ServedConsole, sven: Login, provider: IdentityProvider, open_page: OpenPage
) -> None:
    """The provider is of another site than the console: its redirect must bring the session's cookie along."""
    page = open_page()
    page.goto(f"{serve_console.url}/personal")
    page.get_by_role("button", name="Single sign-on").click()
    page.wait_for_url(f"{serve_console.url}/personal")
    page.get_by_text("none: you sign in through the identity provider").wait_for()
    page.goto(f"{serve_console.url}/confirm?next=/personal")
    page.get_by_role("button", name="Single sign-on").click()
    page.wait_for_url(f"{serve_console.url}/personal")
    assert provider.asked[-1]["prompt"] == "login"
    assert Entry.objects.get(verb="login.confirm").result == "ok"
    page.goto(f"{serve_console.url}/sign-out")
    assert violations(page) == []
    page.get_by_role("button", name="Log Out").click()
    page.wait_for_url(f"{serve_console.url}/sign-in*")
    assert page.get_by_role("link", name="Sign out there too").get_attribute("href").startswith(provider.issuer)
    assert violations(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_in_order(
    serve_console: ServedConsole, organisation: Any, olga: Login, sven: Login, provider: IdentityProvider,
    open_page: OpenPage, scheme: str,
) -> None:  # fmt: skip
    page = open_page(viewport=PHONE, color_scheme=scheme)
    found = []

    def look() -> None:
        found.extend(f"{page.url} {violation}" for violation in violations(page))
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url

    page.goto(f"{serve_console.url}/sign-in/sso")
    look()
    set_up(olga.organisation, provider)
    page.goto(f"{serve_console.url}/sign-in/sso?next=/personal")
    look()
    page.get_by_label("Organisation").fill("Nobody Ltd.")
    page.keyboard.press("Enter")
    page.wait_for_selector(".error")
    look()
    provider.person["preferred_username"] = provider.person["email"] = "nobody@demo.example"
    page.get_by_label("Organisation").fill(organisation.name)
    page.keyboard.press("Enter")
    page.get_by_text("This account may not sign in here.").wait_for()
    look()
    provider.person["preferred_username"] = "sven@demo.example"
    page.get_by_label("Organisation").or_(page.get_by_role("button", name="Try again")).first.click()
    page.wait_for_url(f"{serve_console.url}/sign-in/sso?next=*")
    assert found == []


def test_the_page_that_goes_on_by_itself(
    serve_console: ServedConsole, sven: Login, provider: IdentityProvider, open_page: OpenPage
) -> None:
    """Held, to be looked at: its link is the way where nothing goes by itself."""

    def hold(route: Route) -> None:
        if route.request.method == "POST":
            answer = route.fetch()
            route.fulfill(response=answer, body=answer.text().replace('http-equiv="refresh"', 'name="held"'))
        else:
            route.continue_()

    page = open_page(viewport=PHONE)
    page.goto(f"{serve_console.url}/sign-in/sso?next=/personal")
    page.route("**/sign-in/sso", hold)
    page.get_by_role("button", name="Go on to Company sign-in").click()
    link = page.get_by_role("link", name="Go on to Company sign-in")
    link.wait_for()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    link.click()
    page.wait_for_url(f"{serve_console.url}/personal")


@pytest.mark.django_db(transaction=True)
def test_many_first_sign_ins_at_once_make_one_tie(organisation: Any) -> None:
    with identity_provider.running() as provider:
        stored = set_up(organisation, provider)
    login = sso_login(organisation)
    identity, by = Identity("person-1", frozenset({"sven@demo.example"})), Actor(label="", channel="console")
    began = timezone.now()
    found = at_once(8, lambda _index: recognise(provider=stored, identity=identity, by=by))
    assert {one.pk for one in found} == {login.pk}
    assert IdentityTie.objects.filter(tied_at__gte=began - timezone.timedelta(minutes=1)).count() == 1
    assert Entry.objects.filter(verb="login.link").count() == 1

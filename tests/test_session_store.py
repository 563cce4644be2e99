"""A page whose session cannot be kept, because the database is away, tells so; one whose session was ended does too."""

import time

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.test import Client

from accounts.models import Login
from tests.token_story import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(ada: Login) -> Client:
    """With something to keep: the next page notes when the session was seen."""
    browser = signed_in(ada)
    browser.raise_request_exception = False
    session, before = browser.session, int(time.time()) - 120
    session.update({"began": before, "seen": before})
    session.save()
    return browser


def test_a_database_that_is_away_is_not_the_browsers_fault(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_arguments: object, **_named: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(Session, "save", away)
    page = browser.get("/tokens")
    assert (page.status_code, int(page["Retry-After"]) > 0) == (503, True)


def test_a_session_that_was_ended_meanwhile_is_no_outage(browser: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    keep = Session.save

    def end_first(session: Session, **named: object) -> None:
        Session.objects.filter(pk=session.pk).delete()
        keep(session, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "save", end_first)
    assert browser.get("/tokens").status_code == 400

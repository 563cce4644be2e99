"""The demonstration is refused off this machine, unasked, or beside anything real; it is the same each time."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone

from accounts.models import Contact, Login, Organisation
from audit.actions import LedgerNotEmpty, NotInTransaction, record, record_demonstration
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import OrganisationFactory
from tokens.actions import demo
from tokens.actions.demo import make_demonstration

pytestmark = pytest.mark.django_db


def run() -> str:
    out = StringIO()
    call_command("demo", stdout=out)
    return out.getvalue()


def test_without_demo_in_the_environment_it_is_refused(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        run()
    assert not Organisation.objects.exists()


@pytest.mark.parametrize("address", ["https://console.example", "https://localhost.example", "https://10.0.0.1"])
def test_off_this_machine_it_is_refused(settings: Any, address: str) -> None:
    settings.PUBLIC_URL = address
    with pytest.raises(CommandError, match="localhost"):
        call_command("demo", "--yes-this-is-a-demo")
    assert not Organisation.objects.exists()


def test_where_an_organisation_is_nothing_happens() -> None:
    OrganisationFactory(name="Real")
    assert "Nothing is changed" in run()
    assert Organisation.objects.count() == 1
    assert not Login.objects.exists()


def test_where_anything_has_happened_no_history_is_made_up() -> None:
    with transaction.atomic():
        record(verb=Verb.SIGN_OUT, by=Actor(label="Somebody", channel="console"))
    with pytest.raises(LedgerNotEmpty):
        make_demonstration(password="x", now=timezone.now())
    assert not Organisation.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_history_needs_a_transaction() -> None:
    with pytest.raises(NotInTransaction):
        record_demonstration([])


def test_it_is_made_up_the_same_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "TOKENS", demo.TOKENS[4:8])
    now = timezone.now()

    def made() -> list[list[tuple[Any, ...]]]:
        with transaction.atomic():
            make_demonstration(password="x", now=now)
            told = [
                list(Entry.objects.order_by("id").values_list("at", "verb", "token_name", "request_id", "path")),
                list(Contact.objects.order_by("id").values_list("first_name", "email", "created_at")),
                list(Login.objects.order_by("id").values_list("user_name", "last_login", "expires_at")),
            ]
            transaction.set_rollback(True)
        return told

    assert made() == made()

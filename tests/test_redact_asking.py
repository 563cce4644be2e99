"""Asking that the log forgets who is deleted: of one login, of many contacts, and what stands beside the log."""

import pytest
from django.test import Client

from accounts.actions.forgetting import forget_people, remove_due
from accounts.models import ContactImport, Login, PendingRemoval
from audit.actions.sealing import seal
from audit.actor import Actor
from audit.models import Entry, Verification
from audit.triggers import PERSONAL
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.factories import LoginFactory
from tests.people import address, signed_in
from tokens.actions.verifying import ask_verification

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = Actor(label="", channel="worker")


def names_in_log(login: Login) -> int:
    """How many entries of a login still hold something personal, but for the records of removals."""
    rows = Entry.objects.filter(subject_id=login.public_id) | Entry.objects.filter(actor_id=login.public_id)
    rows = rows.exclude(verb=Verb.LEDGER_REDACT)
    return sum(any(row[name] is not None for name in PERSONAL) for row in rows.values())


def forgotten(client: Client, where: str, fields: dict[str, object]) -> None:
    assert client.post(where, fields).status_code == 303
    seal()
    remove_due(by=WORKER)


def test_one_login_of_a_contact(ada: Login, peter: Login) -> None:
    other = LoginFactory(contact=peter.contact, organisation=peter.organisation, user_name="lab@demo.example")
    for login in (peter, other):
        entry(login, Verb.SIGN_IN)
    client, where = signed_in(ada), address("delete_login", other)
    page = client.get(where).content.decode()
    assert "checked" not in page.split('name="forget"')[1].split(">")[0]
    forgotten(client, where, {"confirmation": "lab@demo.example", "forget": "on"})
    assert names_in_log(other) == 0
    assert names_in_log(peter) == 1
    assert "being removed from the log" in client.get(address("contacts")).content.decode()


def test_many_contacts(ada: Login, peter: Login, olivia: Login, vera: Login) -> None:
    for login in (peter, olivia, vera):
        entry(login, Verb.SIGN_IN)
    client, where = signed_in(ada), address("delete_selected")
    chosen = {"selected": [peter.public_id, olivia.public_id]}
    asked = client.post(where, chosen).content.decode()
    assert "checked" not in asked.split('name="forget"')[1].split(">")[0]
    sure = {**chosen, "confirmed": "1", "expected": "2", "typed": "2", "forget": "on"}
    forgotten(client, where, sure)
    assert [names_in_log(login) for login in (peter, olivia, vera)] == [0, 0, 1]


def test_not_asked_nothing_is_forgotten(ada: Login, peter: Login) -> None:
    entry(peter, Verb.SIGN_IN)
    chosen = {"selected": [peter.public_id], "confirmed": "1", "expected": "1", "typed": "1"}
    assert signed_in(ada).post(address("delete_selected"), chosen).status_code == 303
    assert not PendingRemoval.objects.exists()
    assert names_in_log(peter) == 2


def test_the_names_beside_verifications_and_imports(ada: Login, peter: Login) -> None:
    by = Actor(id=peter.public_id, label=peter.label, organisation_id=peter.organisation_id, channel="console")
    ask_verification(by=by)
    Verification.objects.update(state="proved", is_open=False)
    ContactImport.objects.create(
        organisation=peter.organisation, by_id=by.id, by_label=by.label, file_name="people.csv", state="discarded"
    )
    assert peter.label in signed_in(ada).get("/administrator/ledger").content.decode()
    forget_people(organisation_id=peter.organisation_id, people=[peter.reference], by=WORKER)
    assert Verification.objects.get().by_label == ContactImport.objects.get().by_label == ""
    page = signed_in(ada).get("/administrator/ledger").content.decode()
    assert "Asked for by Removed" in page
    assert peter.label not in page

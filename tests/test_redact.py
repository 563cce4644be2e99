"""A person's details leave the log, and every proof goes on holding."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.actions import forgetting
from accounts.actions.people import delete_contact
from accounts.models import Login, PendingRemoval
from audit.actions import record, redacting
from audit.actions.sealing import seal
from audit.actor import Actor, Reference
from audit.models import Entry, Leaf, PendingSeal
from audit.triggers import PERSONAL
from audit.verbs import Verb
from audit.verification import verify
from tests import ledger
from tests.audit_entries import entry

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = Actor(label="", channel="worker")


@pytest.fixture
def by(ada: Login) -> Actor:
    return Actor(
        id=ada.public_id, label=ada.label, channel="console", address="192.0.2.7", organisation_id=ada.organisation_id,
        request_id="r" * 26,
    )  # fmt: skip


@pytest.fixture
def lived(peter: Login, olivia: Login, ada: Login) -> list[Entry]:
    """What Peter did and what was done to him, between what others did; all of it sealed."""
    found = [
        entry(peter, Verb.SIGN_IN, details={"session": "ses_1"}),
        entry(peter, Verb.TOKEN_AUTHENTICATE, actor_id="", subject_id="", subject_label=None),
        entry(ada, Verb.CONTACT_UPDATE, subject_kind="contact", subject_id=peter.contact.public_id),
    ]
    for number in range(6):
        entry(olivia, Verb.SIGN_IN, details={"n": number})
    seal()
    return found


def kept(row: Entry) -> list[str]:
    row.refresh_from_db()
    return [name for name in PERSONAL if getattr(row, name) is not None]


def test_a_deleted_contact_is_forgotten_when_asked_and_everything_is_still_proved(peter, lived, by, olivia):
    others = {row.pk: kept(row) for row in Entry.objects.exclude(pk__in=[one.pk for one in lived])}
    ids = {peter.public_id, peter.contact.public_id}
    delete_contact(contact=peter.contact, forget=True, by=by)
    assert forgetting.remove_due(by=WORKER) == 0  # the entries of the deletion itself are not sealed yet
    assert kept(lived[0])
    seal()
    assert forgetting.remove_due(by=WORKER) == 5
    assert [kept(row) for row in lived] == [[], [], []]
    assert {key: kept(Entry.objects.get(pk=key)) for key in others} == others
    ends = Entry.objects.filter(verb__in=[Verb.LOGIN_DELETE, Verb.CONTACT_DELETE])
    assert [kept(row) for row in ends] == [[], []]
    said = Entry.objects.filter(verb=Verb.LEDGER_REDACT).order_by("pk")
    assert {row.subject_id for row in said} == ids
    assert {row.details["entries"] for row in said} == {2, 3}
    assert [(row.subject_label, row.actor_id) for row in said] == [("", by.id)] * 2
    seal()
    report = verify()
    assert (report.is_proved, report.redacted) == (True, 5), report.broken
    assert not PendingRemoval.objects.exists()
    assert forgetting.remove_due(by=WORKER) == 0


def test_without_being_asked_nothing_is_forgotten(peter, lived, by):
    delete_contact(contact=peter.contact, by=by)
    seal()
    assert forgetting.remove_due(by=WORKER) == 0
    assert kept(lived[0])
    assert not Entry.objects.filter(verb=Verb.LEDGER_REDACT).exists()


def test_an_interrupted_removal_goes_on_where_it_was_and_counts_nothing_twice(peter, lived, by, monkeypatch):
    monkeypatch.setattr(redacting, "PORTION", 2)
    for _ in range(7):
        entry(peter, Verb.SIGN_IN)
    seal()
    [record_of_login] = forgetting.forget_people(organisation_id=peter.organisation_id, people=[peter.reference], by=by)
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        if done >= 4:
            raise KeyboardInterrupt

    seal()
    with pytest.raises(KeyboardInterrupt):
        forgetting.remove(record_of_login, progress=stop)
    assert told == [(2, 9), (4, 9)]
    seal()
    report = verify()
    assert (report.is_proved, report.redacted) == (True, 4), report.broken  # in the middle of it too
    assert forgetting.remove_due(by=WORKER) == 5
    assert verify().redacted == 9


def test_an_entry_keeps_its_personal_part_until_its_leaf_is_made(peter, lived, by):
    forgetting.forget_people(organisation_id=peter.organisation_id, people=[peter.reference], by=by)
    late = entry(peter, Verb.SIGN_IN)  # after the record: not of this removal
    seal()
    forgetting.remove_due(by=WORKER)
    assert kept(late)
    assert verify().is_proved


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"subject": Reference("login", "lgn_somebody_else", "")},
        {"subject": Reference("token", "PETER", "")},
        {"subject": Reference("login", "PETER", ""), "organisation_id": 99},
        {"subject": Reference("ledger", "before 2001-01-01T00:00:00.000000Z", "")},
        {"subject": Reference("ledger", "before 2999-01-01T00:00:00.000000Z", ""), "organisation_id": 99},
        {"verb": Verb.LEDGER_VERIFY, "subject": Reference("login", "PETER", "")},
    ],
)
def test_what_no_record_covers_is_found(peter, lived, by, said):
    redacting._redact([lived[0].pk])
    if said:
        subject = said["subject"]
        subject = Reference(subject.kind, subject.id.replace("PETER", peter.public_id), "")
        with transaction.atomic():
            record(**{"verb": Verb.LEDGER_REDACT, "by": by, **said, "subject": subject})
    seal()
    assert [finding.code for finding in verify().broken] == ["personal_removed"]


def test_a_record_covers_only_what_was_there_before_it(peter, lived, by):
    forgetting.forget_people(organisation_id=peter.organisation_id, people=[peter.reference], by=by)
    late = entry(peter, Verb.SIGN_IN)
    seal()
    forgetting.remove_due(by=WORKER)
    assert verify().is_proved
    redacting._redact([late.pk])
    [finding] = verify().broken
    assert (finding.code, finding.more["entry"]) == ("personal_removed", late.pk)


def test_a_record_added_past_the_guards_covers_and_is_itself_found(peter, lived, by):
    redacting._redact([lived[0].pk])
    with transaction.atomic():
        added = record(verb=Verb.LEDGER_REDACT, by=by, subject=Reference("login", peter.public_id, ""))
    PendingSeal.objects.filter(entry_id=added.pk).delete()
    assert [finding.code for finding in verify().broken] == ["entry_unsealed"]


def test_the_database_lets_only_the_removal_pass(peter, lived, by):
    for change in ({"actor_label": "Somebody"}, {"verb": "x"}, {"actor_label": None, "organisation_id": 9}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Entry.objects.filter(pk=lived[0].pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Leaf.objects.filter(entry_id=lived[0].pk).update(personal=b"other")


def test_the_memory_of_a_verification_is_bounded(peter, lived, by, monkeypatch):
    monkeypatch.setattr("audit.verification.forgetting.KEPT", 2)
    ledger.written(21, organisation_id=peter.organisation_id)
    seal()
    people = [Reference("login", f"lgn_{number}", "") for number in range(7)]
    forgetting.forget_people(organisation_id=peter.organisation_id, people=people, by=by)
    seal()
    assert forgetting.remove_due(by=WORKER) == 21
    report = verify()
    assert (report.is_proved, report.redacted) == (True, 21), report.broken


def test_a_verification_asks_once_for_many_entries_of_one_removal(peter, by, django_assert_max_num_queries):
    ledger.written(60, organisation_id=peter.organisation_id)
    seal()
    people = [Reference("login", ledger.ADA.id, "")]
    forgetting.forget_people(organisation_id=peter.organisation_id, people=people, by=by)
    forgetting.remove_due(by=WORKER)
    seal()
    with django_assert_max_num_queries(50):
        assert verify().redacted == 60


def test_the_command_forgets_a_person_long_after(peter, lived, by, capsys):
    name, contact = peter.user_name, peter.contact.public_id
    delete_contact(contact=peter.contact, by=by)
    seal()
    call_command("redact_person", name)
    assert "Nothing is removed yet" in capsys.readouterr().out
    assert kept(lived[0])
    call_command("redact_person", name, "--yes")
    assert "5 entries have no personal details any more; 2 records" in capsys.readouterr().out
    assert [kept(row) for row in lived] == [[], [], []]
    call_command("redact_person", contact, "--yes")
    assert "0 entries" in capsys.readouterr().out
    assert Entry.objects.filter(verb=Verb.LEDGER_REDACT).count() == 2
    seal()
    assert verify().is_proved
    with pytest.raises(CommandError):
        call_command("redact_person", "nobody@demo.example", "--yes")


def test_the_page_offers_it_and_does_nothing_of_itself(client, ada, peter, lived):
    client.force_login(ada)
    url = reverse("accounts:delete_contact", args=[peter.contact.public_id])
    page = client.get(url).content.decode()
    assert 'name="forget"' in page
    assert "cannot be undone" in page
    assert "checked" not in page.split('name="forget"')[1].split(">")[0]
    answer = client.post(url, {"confirmation": peter.user_name, "forget": "on"})
    assert answer.status_code == 303
    assert PendingRemoval.objects.count() == 2
    seal()
    forgetting.remove_due(by=WORKER)
    assert [kept(row) for row in lived] == [[], [], []]

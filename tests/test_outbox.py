"""The outbox: a mail goes out once, after its action is committed, whatever happens to mail server and worker."""

import time
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from accounts.actions import outbox
from accounts.actions.outbox import GIVEN_UP_AFTER, LEASE, deliver_due, forget_old
from accounts.mail import MailOutsideTransaction, enqueue
from accounts.models import Organisation, OutboxMail
from tests.factories import OrganisationFactory
from tests.servers import MailServer
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def queued(to: str = "olivia@demo.example", subject: str = "A new JWT", count: int = 1) -> list[OutboxMail]:
    organisation = Organisation.objects.first() or OrganisationFactory()
    with transaction.atomic():
        return [enqueue(organisation=organisation, to=to, subject=subject, body="Body ü") for _ in range(count)]


def hours_pass(hours: float) -> None:
    """The rows' times move, the clock stays: every wait of every mail is shorter by so much."""
    by = timedelta(hours=hours)
    OutboxMail.objects.update(
        created_at=F("created_at") - by, next_attempt_at=F("next_attempt_at") - by, lease_until=F("lease_until") - by
    )


def test_a_mail_arrives_as_written(smtp: MailServer) -> None:
    [mail] = queued()
    assert deliver_due().sent == 1
    [received] = smtp.mails
    assert received["To"] == "olivia@demo.example"
    assert received["Subject"] == "A new JWT"
    assert received["Message-ID"] == mail.message_id
    assert received["Auto-Submitted"] == "auto-generated"
    assert bytes(received.get_payload(decode=True)).decode().strip() == "Body ü"
    mail.refresh_from_db()
    assert mail.sent_at
    assert not mail.lease_until
    assert mail.body == ""
    assert not deliver_due()
    assert len(smtp.mails) == 1


def test_the_message_id_names_the_public_host(settings: Any) -> None:
    settings.PUBLIC_URL = "https://console.example"
    first, second = queued(count=2)
    assert first.message_id.endswith("@console.example>")
    assert first.message_id != second.message_id


def test_a_mail_needs_the_transaction_of_its_action() -> None:
    with pytest.raises(MailOutsideTransaction):
        enqueue(organisation=OrganisationFactory(), to="olivia@demo.example", subject="s", body="b")


def test_an_action_that_fails_sends_nothing(smtp: MailServer) -> None:
    def action() -> None:
        with transaction.atomic():
            enqueue(organisation=OrganisationFactory(), to="olivia@demo.example", subject="s", body="b")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        action()
    assert not deliver_due()
    assert smtp.mails == []


def test_a_line_break_in_a_subject_is_no_header(smtp: MailServer) -> None:
    queued(subject="Token\r\nBcc: stranger@other.example\n")
    deliver_due()
    [received] = smtp.mails
    assert received["Subject"] == "Token Bcc: stranger@other.example"
    assert received["Bcc"] is None


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@demo.example, b@demo.example", "a@demo.example\nBcc: b@demo.example"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValidationError):
        queued(to=address)


def test_a_mail_server_that_was_down_gets_every_mail_once(smtp: MailServer) -> None:
    smtp.stop()
    queued(count=3)
    assert deliver_due().waiting == 3
    assert {"refused" in mail.last_error for mail in OutboxMail.objects.all()} == {True}
    assert not deliver_due()  # nothing is tried again before its time
    hours_pass(1 / 100)  # 36 seconds
    assert deliver_due().waiting == 3
    smtp.start()
    hours_pass(1 / 100)
    assert deliver_due().sent == 3
    assert len({mail["Message-ID"] for mail in smtp.mails}) == len(smtp.mails) == 3
    assert not OutboxMail.objects.waiting().exists()


def test_a_refused_mail_waits_longer_each_time_and_is_given_up(smtp: MailServer) -> None:
    smtp.refuse("451 greylisted")
    [mail] = queued()
    waits = []
    for _ in range(7):
        assert deliver_due().failed == 1
        mail.refresh_from_db()
        waits.append(round((mail.next_attempt_at - timezone.now()).total_seconds() / 60))
        hours_pass(1.1)
    assert waits == [1, 2, 5, 15, 60, 60, 60]
    assert "451" in mail.last_error
    assert mail.given_up_at is None
    hours_pass(GIVEN_UP_AFTER.total_seconds() / 3600)
    assert deliver_due().failed == 1
    mail.refresh_from_db()
    assert mail.given_up_at is not None
    assert mail.body == ""  # it may hold a link that lets its reader in, and nobody will send it any more
    smtp.refuse("")
    hours_pass(2)
    assert not deliver_due()


def test_a_greylisted_mail_goes_out_when_its_time_has_come(smtp: MailServer) -> None:
    smtp.refuse("450 4.2.0 greylisted, come back in a minute")
    [mail] = queued()
    assert deliver_due().failed == 1
    assert not deliver_due()
    smtp.refuse("")
    hours_pass(1.1 / 60)
    assert deliver_due().sent == 1
    assert [received["Message-ID"] for received in smtp.mails] == [mail.message_id]


def test_a_server_that_takes_its_leave_is_no_mails_fault(smtp: MailServer) -> None:
    """For as long as it lasts nothing waits more than half a minute; any other refusal soon makes each wait an hour."""
    queued(count=3)
    smtp.refuse("421 4.3.2 shutting down for maintenance")
    for _ in range(6):
        assert deliver_due().waiting == 3
        assert not deliver_due()
        hours_pass(1 / 100)  # 36 seconds
    assert set(OutboxMail.objects.values_list("attempts", "lease_until")) == {(0, None)}
    smtp.refuse("")
    assert deliver_due().sent == 3
    assert len(smtp.mails) == 3


def test_mail_written_while_the_clock_was_ahead_goes_out_now(smtp: MailServer) -> None:
    _fresh, claimed, put_off = queued(count=3)
    now = timezone.now()
    OutboxMail.objects.filter(pk=claimed.pk).update(lease_until=now + LEASE)
    OutboxMail.objects.filter(pk=put_off.pk).update(next_attempt_at=now + outbox.BACK_OFF[-1])
    hours_pass(-400 * 24)
    assert deliver_due().sent == 3


def test_a_slow_mail_server_cannot_keep_the_worker_from_going_round(monkeypatch: pytest.MonkeyPatch) -> None:
    queued(count=8)
    slow_sends(monkeypatch)
    monkeypatch.setattr(outbox, "PASS_SECONDS", 0.03)
    assert 0 < deliver_due().sent < 8
    monkeypatch.setattr(outbox, "PASS_SECONDS", 30.0)
    deliver_due()
    assert not OutboxMail.objects.waiting().exists()


def test_old_mail_is_forgotten_in_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "ROWS_AT_ONCE", 2)
    now = timezone.now()
    mails = queued(count=8)
    for mail, (sent, given_up) in zip(
        mails,
        [(8, None), (8, None), (8, None), (6, None), (None, 31), (None, 29), (None, 8), (None, None)],
        strict=True,
    ):
        OutboxMail.objects.filter(pk=mail.pk).update(
            sent_at=None if sent is None else now - timedelta(days=sent),
            given_up_at=None if given_up is None else now - timedelta(days=given_up),
            created_at=now - timedelta(days=99),
        )
    assert forget_old() == 4
    kept = [mails[number].pk for number in (3, 5, 6, 7)]
    assert sorted(OutboxMail.objects.values_list("pk", flat=True)) == kept


def test_a_mail_server_gone_for_days_is_given_up_visibly(smtp: MailServer) -> None:
    smtp.stop()
    [old] = queued()
    hours_pass(GIVEN_UP_AFTER.total_seconds() / 3600 + 1)
    [young] = queued()
    assert deliver_due().waiting == 1
    old.refresh_from_db()
    young.refresh_from_db()
    assert old.given_up_at
    assert old.last_error
    assert old.body == ""
    assert not young.given_up_at


def test_a_poisoned_mail_does_not_stop_the_others(smtp: MailServer) -> None:
    poisoned, *others = queued(count=4)
    OutboxMail.objects.filter(pk=poisoned.pk).update(subject="broken\nX-Header: mine")
    done = deliver_due()
    assert (done.sent, done.failed) == (3, 1)
    assert {mail["Message-ID"] for mail in smtp.mails} == {mail.message_id for mail in others}
    poisoned.refresh_from_db()
    assert poisoned.last_error.startswith("BadHeaderError")


class Killed(BaseException):
    """The worker dies here, as by SIGKILL: nothing after it runs."""


def test_killed_between_sending_and_marking_the_same_mail_is_sent_again(
    smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    [mail] = queued()
    sends = outbox.get_connection

    class DiesAfterSending(BaseEmailBackend):
        def send_messages(self, email_messages: Any) -> int:
            sends().send_messages(email_messages)
            raise Killed

    monkeypatch.setattr(outbox, "get_connection", DiesAfterSending)
    with pytest.raises(Killed):
        deliver_due()
    monkeypatch.setattr(outbox, "get_connection", sends)
    assert not deliver_due()  # its lease holds
    hours_pass(LEASE.total_seconds() / 3600 + 0.01)
    assert deliver_due().sent == 1
    assert [received["Message-ID"] for received in smtp.mails] == [mail.message_id] * 2
    hours_pass(100)
    assert not deliver_due()


def test_killed_in_the_middle_of_sending_the_mail_comes_after_the_lease(
    smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    queued()
    sends = outbox.get_connection

    class DiesBeforeSending(BaseEmailBackend):
        def send_messages(self, email_messages: Any) -> int:
            raise Killed

    monkeypatch.setattr(outbox, "get_connection", DiesBeforeSending)
    with pytest.raises(Killed):
        deliver_due()
    monkeypatch.setattr(outbox, "get_connection", sends)
    hours_pass(LEASE.total_seconds() / 3600 + 0.01)
    assert deliver_due().sent == 1
    assert len(smtp.mails) == 1


def slow_sends(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keeps the Message-IDs that were sent, each after a moment in which others could take it too."""
    sent: list[str] = []

    class Slow(BaseEmailBackend):
        def send_messages(self, email_messages: Any) -> int:
            time.sleep(0.02)
            sent.extend(message.extra_headers["Message-ID"] for message in email_messages)
            return len(email_messages)

    monkeypatch.setattr(outbox, "get_connection", Slow)
    return sent


def test_several_workers_never_send_the_same_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    mails = queued(count=24)
    sent = slow_sends(monkeypatch)
    at_once(4, lambda _worker: deliver_due())
    assert sorted(sent) == sorted(mail.message_id for mail in mails)


def test_without_the_claim_they_would(monkeypatch: pytest.MonkeyPatch) -> None:
    queued(count=8)
    sent = slow_sends(monkeypatch)
    monkeypatch.setattr(outbox, "_claim", lambda: OutboxMail.objects.due().order_by("id").first())
    at_once(4, lambda _worker: deliver_due())
    assert len(sent) > len(set(sent))


def test_sending_holds_no_lock_on_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    [mail] = queued()
    open_transactions: list[bool] = []

    class Looks(BaseEmailBackend):
        def send_messages(self, email_messages: Any) -> int:
            open_transactions.append(connection.in_atomic_block)
            return 1

    monkeypatch.setattr(outbox, "get_connection", Looks)
    deliver_due()
    assert open_transactions == [False]
    mail.refresh_from_db()
    assert mail.sent_at


def test_a_sender_whose_lease_ran_out_leaves_the_mail_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    [mail] = queued()
    later = timezone.now() + timedelta(minutes=5)

    class TakesTooLong(BaseEmailBackend):
        def send_messages(self, email_messages: Any) -> int:
            OutboxMail.objects.update(lease_until=later)  # another worker has claimed it meanwhile
            raise TimeoutError

    monkeypatch.setattr(outbox, "get_connection", TakesTooLong)
    deliver_due()
    mail.refresh_from_db()
    assert mail.lease_until == later
    assert mail.attempts == 0

"""Delivers the mails that wait in the outbox: each is claimed, sent outside any transaction, then marked."""

import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.errors import MessageError
from email.utils import format_datetime
from smtplib import SMTPRecipientsRefused, SMTPResponseException
from typing import Any

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from accounts.models import OutboxMail

LEASE = timedelta(minutes=2)
"""Longer than the sending of one mail can take; after it a mail whose sender died is anyone's again."""
SERVER_PAUSE = timedelta(seconds=30)
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))
GIVEN_UP_AFTER = timedelta(days=3)
PASS_SECONDS = 30.0
"""One pass begins no further mail after so long, so that a slow mail server cannot keep the worker from going round."""
SENT_KEPT = timedelta(days=7)
GIVEN_UP_KEPT = timedelta(days=30)
ROWS_AT_ONCE = 1000
ERROR_LENGTH = 200
LEAVING = 421


@dataclass(slots=True)
class Delivered:
    """What one pass did; ``waiting`` counts mails put off because the mail server could not be reached."""

    sent: int = 0
    failed: int = 0
    waiting: int = 0

    def __bool__(self) -> bool:
        return bool(self.sent or self.failed or self.waiting)


def deliver_due(limit: int = 100) -> Delivered:
    """Send what is due, at most ``limit`` mails, over one connection to the mail server.

    A server that cannot be reached is no mail's fault: everything due then waits half a minute together. A mail that
    the server refuses waits for itself, longer each time, and is given up after three days; the others go on.
    """
    done, began = Delivered(), time.monotonic()
    server: BaseEmailBackend = get_connection()
    try:
        for _turn in range(limit):
            if time.monotonic() - began > PASS_SECONDS or not OutboxMail.objects.due().exists():
                break
            try:
                server.open()
            except OSError as error:  # every error of smtplib is one, and so is a time-out
                done.waiting += _put_off_all(error)
                break
            if (mail := _claim()) is None or not _deliver(mail, server, done):
                break
    finally:
        _close(server)
    return done


def _claim() -> OutboxMail | None:
    """Take the mail that is due longest. No other worker gets it until it is marked or the lease has run out.

    The row is locked on PostgreSQL; on SQLite every transaction begins IMMEDIATE, so there is one claimer at a time.
    """
    with transaction.atomic():
        due = OutboxMail.objects.due().select_for_update(skip_locked=True)
        mail = due.order_by("next_attempt_at", "id").first()
        if mail is not None:
            mail.lease_until = timezone.now() + LEASE
            mail.save(update_fields=["lease_until"])
        return mail


def _deliver(mail: OutboxMail, server: BaseEmailBackend, done: Delivered) -> bool:
    """Send one mail, mark it, and count it; False when the server left, so that no other need be tried now."""
    try:
        server.send_messages([_message(mail)])
    except (OSError, ValueError, MessageError) as error:
        _close(server)  # what is left of the conversation is not known; the next mail begins a new one
        if _server_leaves(error):
            _give_back(mail)
            done.waiting += _put_off_all(error)
            return False
        _put_off(mail, error)
        done.failed += 1
        return True
    # What was sent is not kept: it may hold a link that lets its reader in.
    OutboxMail.objects.filter(pk=mail.pk).update(sent_at=timezone.now(), lease_until=None, last_error="", body="")
    done.sent += 1
    return True


def _server_leaves(error: Exception) -> bool:
    """Whether the server ended the conversation for a reason of its own (RFC 5321, 3.8): no mail's fault."""
    if isinstance(error, SMTPRecipientsRefused):
        return any(code == LEAVING for code, _words_of_server in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code == LEAVING


def _give_back(mail: OutboxMail) -> None:
    OutboxMail.objects.filter(pk=mail.pk, lease_until=mail.lease_until).update(lease_until=None)


def _message(mail: OutboxMail) -> EmailMessage:
    return EmailMessage(
        mail.subject,
        mail.body,
        to=[mail.to],
        headers={
            "Message-ID": mail.message_id,
            "Date": format_datetime(mail.created_at),
            "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
        },
    )


def _close(server: BaseEmailBackend) -> None:
    with suppress(OSError):  # it may have hung up already
        server.close()


def _put_off(mail: OutboxMail, error: Exception) -> None:
    """Let a refused mail wait, unless its lease ran out and it is another worker's by now."""
    now = timezone.now()
    pause = BACK_OFF[min(mail.attempts, len(BACK_OFF) - 1)]
    mine = OutboxMail.objects.filter(pk=mail.pk, lease_until=mail.lease_until)
    if mail.created_at < now - GIVEN_UP_AFTER:
        mine.update(attempts=mail.attempts + 1, last_error=_words(error), **_given_up(now))
        return
    mine.update(attempts=mail.attempts + 1, next_attempt_at=now + pause, lease_until=None, last_error=_words(error))


def _put_off_all(error: Exception) -> int:
    now = timezone.now()
    OutboxMail.objects.due().filter(created_at__lt=now - GIVEN_UP_AFTER).update(
        last_error=_words(error), **_given_up(now)
    )
    return OutboxMail.objects.due().update(
        next_attempt_at=now + SERVER_PAUSE, lease_until=None, last_error=_words(error)
    )


def _given_up(now: datetime) -> dict[str, Any]:
    """What was never sent is not kept either: nobody will read it, and what it links to has ended."""
    return {"given_up_at": now, "lease_until": None, "body": ""}


def forget_old() -> int:
    """Delete the rows of mails that were sent a week ago, or given up a month ago; returns how many."""
    now = timezone.now()
    over = OutboxMail.objects.filter(Q(sent_at__lt=now - SENT_KEPT) | Q(given_up_at__lt=now - GIVEN_UP_KEPT))
    forgotten = 0
    while keys := list(over.values_list("pk", flat=True)[:ROWS_AT_ONCE]):
        forgotten += OutboxMail.objects.filter(pk__in=keys).delete()[0]
    return forgotten


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:ERROR_LENGTH]

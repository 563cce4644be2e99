"""Puts a mail into the outbox, in the transaction of the action that it tells about."""

import unicodedata
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.validators import validate_email
from django.db import connection

from accounts.models import Organisation, OutboxMail

SUBJECT_LENGTH = 200


class MailOutsideTransaction(RuntimeError):
    """A mail was about to be written outside the transaction of what it tells about."""


def enqueue(*, organisation: Organisation, to: str, subject: str, body: str) -> OutboxMail:
    """Queue one plain-text mail; the worker sends it after the commit. It must hold no secret that outlives its use.

    The Message-ID is made here, so that a mail sent twice after a crash is known as one. Raises
    ``MailOutsideTransaction`` when no transaction is open, and ``ValidationError`` for an address that is none.
    """
    if not connection.in_atomic_block:
        raise MailOutsideTransaction(subject)
    validate_email(to)
    mail = unwritten(organisation=organisation, to=to, subject=subject, body=body)
    mail.save()
    return mail


def unwritten(*, organisation: Organisation, to: str, subject: str, body: str) -> OutboxMail:
    """The same mail, not yet in the outbox: for an action that writes many at once."""
    return OutboxMail(
        organisation=organisation,
        message_id=f"<{uuid.uuid4().hex}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        to=to,
        # One line, whatever names it holds: a line break would be a header of the writer's choice.
        subject=in_one_line(subject)[:SUBJECT_LENGTH],
        body=body,
    )


def in_one_line(subject: str) -> str:
    """Without what a terminal or a header would obey."""
    return "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in " ".join(subject.split()))

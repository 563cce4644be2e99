"""Who reads a mail: at which address, in which language and time zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import Login
from audit.grids.moments import long_moment_text
from tokens.rules import zone_of


@dataclass(frozen=True)
class Reader:
    """``login`` is the one whose language and time zone the mail has; ``owns`` says that its tokens are the reader's.

    The contact of a service login reads what its owner would: in the login's words, and without being its owner.
    """

    login: Login
    address: str
    owns: bool


def address_of(owner: Login) -> str:
    """The login's own address, else its contact's; nothing where neither can be one."""
    return next(filter(None, map(checked, (owner.email, owner.contact.email))), "")


def checked(address: str) -> str:
    """The address, if it can be one."""
    try:
        validate_email(address)
    except ValidationError:
        return ""
    return str(address)


def readers_for(owner: Login) -> list[Reader]:
    """Who is told about an owner's tokens when nobody was at work on them.

    A service login reads nothing: its contact does. Where there is no address, those who administer tokens do.
    """
    address = checked(owner.contact.email) if owner.is_service else address_of(owner)
    if address:
        return [Reader(owner, address, owns=not owner.is_service)]
    administrators = Login.objects.can_grant_roles(owner.organisation_id).filter(has_admin_role=True)
    readers = [Reader(login, address_of(login), owns=login.pk == owner.pk) for login in administrators.order_by("pk")]
    return [reader for reader in readers if reader.address]


@contextmanager
def in_words_of(login: Login) -> Iterator[None]:
    """The language and the time zone of the login, for as long as the block runs."""
    with translation.override(login.language), timezone.override(zone_of(login)):
        yield


def moment_with_zone(moment: datetime, login: Login) -> str:
    """As "24 November 2026, 16:40 (Europe/Berlin)". Within ``in_words_of``."""
    return f"{long_moment_text(moment)} ({zone_of(login).key})"


def read_url_map() -> None:
    """Before a transaction with links in its mail: a worker's first takes a second, which would hold up all others."""
    reverse("home")

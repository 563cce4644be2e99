"""The mail that tells an organisation's administrators why its tokens are stopped, and where to start them."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.mail import enqueue
from accounts.models import Login, Organisation
from accounts.zones import zone_named
from audit.grids.moments import long_moment_text, number_text


def tell_administrators(*, organisation: Organisation, lost: int, last: datetime | None) -> None:
    """Queue one mail to each System Administrator who can sign in and has an address, in their language and zone."""
    for login in Login.objects.can_grant_roles(organisation.pk).order_by("pk"):
        zone = zone_named(login.time_zone)
        with translation.override(login.language), timezone.override(zone):
            subject = f"{_('All tokens stopped')}: {organisation.name}"
            body = "\n\n".join(_paragraphs(login, lost, f"{long_moment_text(last)} ({zone.key})" if last else ""))
        for address in filter(None, (login.email, login.contact.email)):
            try:
                enqueue(organisation=organisation, to=address, subject=subject, body=f"{body}\n")
            except ValidationError:  # the next one, if there is one
                continue
            break


def _paragraphs(login: Login, lost: int, last: str) -> Iterator[str]:
    yield _("Hello %(name)s,") % {"name": login.label}
    told = [_("The database was restored from an older backup") + "."]
    if lost:
        told = [
            ngettext(
                "The database was restored from an older backup: %(number)s entry that was signed is not in it.",
                "The database was restored from an older backup: %(number)s entries that were signed are not in it.",
                lost,
            )
            % {"number": number_text(lost)}
        ]
    if last:
        told.append(_("What was done after %(moment)s is forgotten.") % {"moment": last})
    yield " ".join(told)
    yield _(
        "Somebody whom you have shut out since then may come in again. Before you start the tokens, look whether these "
        "are as they should be:"
    )
    yield settings.PUBLIC_URL + reverse("tokens:start_tokens")

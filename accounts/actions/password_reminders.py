"""Reminds people that their password ends: note, mail and entry in one transaction, so each once or not at all."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.mail import enqueue
from accounts.models import Login, Organisation
from accounts.password_ages import is_to_be_told, to_remind
from accounts.zones import zone_named
from audit.actions import record
from audit.actor import Actor
from audit.grids.moments import long_moment_text
from audit.verbs import Verb


def remind_of_passwords() -> str:
    """Tell everybody whose password ends soon; how many, in words for the log."""
    limited = Organisation.objects.exclude(password_days_limit=None).order_by("pk")
    due = [login for organisation in limited for login in to_remind(organisation) if _can_be_mailed(login)]
    reverse("account_change_password")  # a worker's first takes a second, which must not be within a transaction
    told = sum(remind(login=login, by=_worker(login)) for login in due)
    return f"{told} people" if told else ""


def remind(*, login: Login, by: Actor) -> bool:
    """Mail the login that its password ends. False when that is done already, or no longer due."""
    with transaction.atomic():
        held = Login.objects.select_for_update(of=("self",), no_key=True).select_related("organisation", "contact")
        found = held.filter(pk=login.pk).first()
        now, end = timezone.now(), found and found.password_ends_at
        if found is None or end is None or not is_to_be_told(found, now):
            return False
        login = found
        login.password_reminded_at = now
        login.save(update_fields=["password_reminded_at"])
        with translation.override(login.language), timezone.override(zone_named(login.time_zone)):
            subject, body = _mail(login)
        enqueue(organisation=login.organisation, to=login.email, subject=subject, body=body)
        details = {"to": login.email, "expires_at": end.isoformat(timespec="seconds")}
        record(
            verb=Verb.LOGIN_PASSWORD_REMIND, by=by, organisation_id=login.organisation_id, subject=login.reference,
            details=details,
        )  # fmt: skip
    return True


def _mail(login: Login) -> tuple[str, str]:
    """Subject and body, in the active language and time zone."""
    end = login.password_ends_at
    words = {
        "name": login.contact.first_name,
        "user_name": login.user_name,
        "organisation": login.organisation.name,
        "moment": f"{long_moment_text(end)} ({zone_named(login.time_zone).key})" if end else "",
        "link": settings.PUBLIC_URL + reverse("account_change_password"),
    }
    body = _(
        "Hello %(name)s,\n\n"
        "the password of your login %(user_name)s at %(organisation)s ends on %(moment)s. After that the console asks "
        "you for a new one before anything else, and programs that sign in with it are refused. API access tokens go "
        "on working.\n\n"
        "Choose a new password before, at a quiet moment:\n\n"
        "%(link)s\n"
    )
    return _("Your password ends soon"), body % words


def _can_be_mailed(login: Login) -> bool:
    """What was imported long ago may be no address."""
    try:
        validate_email(login.email)
    except ValidationError:
        return False
    return True


def _worker(login: Login) -> Actor:
    return Actor(label="", channel="worker", organisation_id=login.organisation_id)

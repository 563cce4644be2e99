"""Mails with which a person sets the first password, or a new one: links, never passwords."""

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import links
from accounts.actions.locks import locked
from accounts.mail import enqueue
from accounts.managers import check, manager_of
from accounts.models import Login
from accounts.rules.managing import against_managing
from accounts.rules.passwords import against_inviting, against_resetting
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def invite(*, login: Login, by: Actor) -> Login:
    """Mail the link that sets the first password; it works once, for 48 hours. Raises ``Refused``."""
    login = locked(login)
    check(against_managing(manager_of(by), login), against_inviting(login))
    subject, body = activation_mail(login, inviter=by)
    enqueue(organisation=login.organisation, to=login.email, subject=subject, body=body)
    _record(Verb.LOGIN_INVITE, login, by)
    return login


def activation_mail(login: Login, *, inviter: Actor) -> tuple[str, str]:
    """Subject and body of the mail to a login without a password, in its language."""
    with translation.override(login.language):
        subject = _("Your login at %(organisation)s") % {"organisation": login.organisation.name}
        body = _(
            "Hello %(name)s,\n\n"
            "%(by)s made a login for you at %(organisation)s. Your user name is %(user_name)s.\n\n"
            "Choose your password here:\n\n"
            "%(link)s\n\n"
            "The link works once and for 48 hours. Later, ask for a new one.\n"
        )
        return subject, body % _words(login, inviter, links.ACTIVATION.address(login))


@transaction.atomic
def reset_password(*, login: Login, by: Actor) -> Login:
    """Mail the link to a new password; it works once, for one hour. The present one stays until then."""
    login = locked(login)
    check(against_managing(manager_of(by), login), against_resetting(login))
    with translation.override(login.language):
        enqueue(
            organisation=login.organisation,
            to=login.email,
            subject=_("Choose a new password"),
            body=_(
                "Hello %(name)s,\n\n"
                "%(by)s asks you to choose a new password for your login %(user_name)s at %(organisation)s. "
                "Choose it here:\n\n"
                "%(link)s\n\n"
                "The link works once and for one hour. Until you use it your password stays as it is.\n"
            )
            % _words(login, by, links.RESET.address(login)),
        )
    _record(Verb.LOGIN_PASSWORD_RESET, login, by)
    return login


def _words(login: Login, by: Actor, link: str) -> dict[str, str]:
    return {
        "name": login.label,
        "user_name": login.user_name,
        "organisation": login.organisation.name,
        "by": by.label or _("Your System Administrator"),
        "link": link,
    }


def _record(verb: Verb, login: Login, by: Actor) -> None:
    record(
        verb=verb,
        by=by,
        organisation_id=login.organisation_id,
        subject=login.reference,
        details={"to": login.email, "how": "administrator"},
    )

"""Setting passwords: by the signed-in person, and by the links of an activation or a forgotten password."""

import time
from dataclasses import replace

from django.db import transaction
from django.db.models.functions import Lower, Now
from django.utils import translation
from django.utils.translation import gettext as _

from accounts import limits, links
from accounts.actions.sessions import end_others
from accounts.blocks import attempt, confirmation_key, forget, known_key, name_key
from accounts.exceptions import Refused
from accounts.leaving import give_up_tokens
from accounts.mail import enqueue
from accounts.models import Login
from accounts.sessions import How
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

CONFIRMATION_WINDOW = 15 * limits.MINUTE
REQUEST_WINDOW = 60 * limits.MINUTE
REQUESTS_FOR_ONE_MAIL_ADDRESS = 3
REQUESTS_FROM_ONE_ADDRESS = 20
ANSWER_SECONDS = 0.25


def confirm_password(*, login: Login, password: str) -> None:
    """Check the password of somebody who is signed in; counted first, like a sign-in. Raises ``Refused``."""
    key = confirmation_key(login)
    if over := attempt(key, login.organisation.password_attempts_limit):
        raise Refused("locked", over.words)
    if not login.check_password(password):
        raise Refused("bad_password", _("This is not your current password."))
    forget(key)


def change_password(
    *, login: Login, password: str, by: Actor, session_key: str = "", revoke_tokens: bool = False
) -> int:
    """Set the password that the signed-in person chose. Every session but the one of this key ends.

    Where wished, every access token of the login is revoked with it; returns how many.
    """
    with transaction.atomic():
        revoked = give_up_tokens(login, by) if revoke_tokens else 0
        _set(login, password, how="change", by=by, session_key=session_key)
    return revoked


def set_password_by_link(*, link: links.Link, login: Login, token: str, password: str, by: Actor) -> None:
    """Set the password that the holder of a link chose; of simultaneous uses one succeeds. Raises ``Refused``."""
    how = "activation" if link is links.ACTIVATION else "reset"
    with transaction.atomic():
        locked = (
            Login.objects.select_for_update(of=("self",)).select_related("organisation", "contact").get(pk=login.pk)
        )
        if not link.opens(locked, token):
            raise Refused("link_used", _("This link does not work any more."))
        holder = replace(by, id=locked.public_id, label=locked.label, organisation_id=locked.organisation_id)
        _set(locked, password, how=how, by=holder)
    forget(name_key(login))
    forget(known_key(login))


def ask_for_reset(*, address: str, by: Actor) -> None:
    """Mail a link to every login with this mail address that may have one. Known or not, nobody is told.

    Nor does the time tell it: mails take longer to write than nothing, so all of this takes ``ANSWER_SECONDS``.
    """
    began = time.monotonic()
    from_one = limits.hit(limits.key_of_address("reset-from", by.address), REQUEST_WINDOW)
    for_one = limits.hit(limits.key_of("reset-for", address), REQUEST_WINDOW)
    if from_one > REQUESTS_FROM_ONE_ADDRESS or for_one > REQUESTS_FOR_ONE_MAIL_ADDRESS:
        return
    logins = [login for login in _with_address(address) if links.may_have_password(login)]
    with transaction.atomic():
        for login in logins:
            _send_reset(login, by)
    if not logins:
        # One committed write, as above: also a machine that is too busy for the time tells little.
        limits.hit(limits.key_of_address("reset-unknown", by.address), REQUEST_WINDOW)
    time.sleep(max(0.0, ANSWER_SECONDS - (time.monotonic() - began)))


def _with_address(address: str) -> list[Login]:
    logins = Login.objects.select_related("organisation", "contact").alias(lower_email=Lower("email"))
    return [
        login
        for login in logins.filter(lower_email=address.strip().lower()).order_by("id")
        if login.has_usable_password()
    ]


def _send_reset(login: Login, by: Actor) -> None:
    with translation.override(login.language):
        words = {"name": login.label, "user_name": login.user_name, "link": links.RESET.address(login)}
        # To the address on record, never to the one that was typed.
        enqueue(
            organisation=login.organisation,
            to=login.email,
            subject=_("Choose a new password"),
            body=_(
                "Hello %(name)s,\n\n"
                "somebody asked for a new password for the login %(user_name)s. If it was you, choose it here:\n\n"
                "%(link)s\n\n"
                "The link works once and for one hour. If it was not you, do nothing: your password stays as it is.\n"
            )
            % words,
        )
    record(verb=Verb.LOGIN_PASSWORD_RESET, by=by, organisation_id=login.organisation_id, subject=login.reference)


def _set(login: Login, password: str, *, how: str, by: Actor, session_key: str = "") -> None:
    login.set_password(password)
    login.must_change_password = False
    # Held first, then stamped by the database's clock: every mobile session that began with the password before this
    # one then began before this moment, and has ended.
    Login.objects.select_for_update(of=("self",), no_key=True).get(pk=login.pk)
    login.password_changed_at = Now()
    login.save(update_fields=["password", "must_change_password", "password_changed_at"])
    login.refresh_from_db(fields=["password_changed_at"])
    record(verb=Verb.LOGIN_PASSWORD, by=by, subject=login.reference, details={"how": how})
    end_others(login=login, keep=session_key, how=How.PASSWORD, by=by)

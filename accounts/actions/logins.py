"""Changing, disabling, enabling and deleting logins. All act at once, on open sessions and on tokens."""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.actions.forgetting import forget_people
from accounts.actions.locks import locked
from accounts.actions.new_logins import write
from accounts.actions.shutting_out import shut_out
from accounts.actions.sign_in_ways import set_sso
from accounts.actions.sign_on import untie
from accounts.drafts import LoginDraft, state_of_login
from accounts.kinds import LoginKind
from accounts.leaving import prepare_deletion
from accounts.mail import enqueue
from accounts.managers import check, manager_of
from accounts.models import Login
from accounts.placing import assignments_in_words
from accounts.rules.logins import against_deleting, against_disabling, against_expiring
from accounts.rules.managing import against_managing
from accounts.rules.people import login_refusals
from accounts.sessions import How
from accounts.versions import check_version
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

EDITED = ("user_name", "email", "expires_at", "language", "time_zone")


@transaction.atomic
def disable(*, login: Login, by: Actor) -> Login:
    """Shut a login out: no sign-in, no page, no call. Its sessions end for good; nothing else of it is lost.

    Raises ``Refused`` for one's own login and for the last System Administrator.
    """
    login = locked(login)
    check(against_disabling(login, by.id), against_managing(manager_of(by), login))
    if login.enabled:
        _set_enabled(login, enabled=False, by=by)
    return login


@transaction.atomic
def enable(*, login: Login, by: Actor) -> Login:
    """Let a disabled login in again, with the rights and tokens that it had."""
    login = locked(login)
    check(against_managing(manager_of(by), login))
    if not login.enabled:
        _set_enabled(login, enabled=True, by=by)
    return login


@transaction.atomic
def edit_login(*, login: Login, draft: LoginDraft, version: str = "", by: Actor) -> Login:
    """Change user name, mail address, end, language, time zone, and whether it signs in with a password or by SSO.

    Whatever else the draft holds is left alone. Tokens do not notice, but for an end that has come. Raises ``Refused``
    for what cannot be, and ``Conflict`` when the login is no longer as the page of this ``version`` showed it.
    """
    login = locked(login)
    if version:
        check_version(version, state_of_login(login), organisation_id=login.organisation_id, subject=login.reference)
    check(
        against_managing(manager_of(by), login),
        *login_refusals(draft, besides=login),
        against_expiring(login, draft.expires_at, by.id),
    )
    if draft.kind is not LoginKind.SERVICE and draft.kind is not login.kind:
        login = set_sso(login=login, sso=draft.kind is LoginKind.SSO, by=by)
    before, was_expired = {name: getattr(login, name) for name in EDITED}, login.is_expired
    after = {name: getattr(draft, name) for name in EDITED if getattr(draft, name) != before[name]}
    if not after:
        return login
    for name, value in after.items():
        setattr(login, name, value)
    write(login, list(after))
    if was_expired or login.is_expired:
        shut_out(login, How.EXPIRED, by)
    if "user_name" in after:
        untie(login)  # under another name it may be another person's from now on
    if "email" in after:
        _tell_mail_changed(login, before["email"], by)
    _record(Verb.LOGIN_UPDATE, login, by, {"before": _kept(before, after), "after": _kept(after, after)})
    return login


@transaction.atomic
def delete_login(*, login: Login, forget: bool = False, by: Actor) -> None:
    """Delete a login with its tokens and sessions; the contact stays, and the log keeps what it did.

    With ``forget`` the log keeps no names, addresses and details of it: that is put on record, and done by the worker.
    Raises ``Refused`` for one's own login and for the last System Administrator.
    """
    login = locked(login)
    check(against_deleting(login, by.id), against_managing(manager_of(by), login))
    prepare_deletion(login, by)
    shut_out(login, How.DELETED, by)
    kept = {name: getattr(login, name) for name in EDITED}
    _record(
        Verb.LOGIN_DELETE,
        login,
        by,
        {"before": {**_kept(kept, kept), "assignments": assignments_in_words(login)}},
    )
    if forget:
        forget_people(organisation_id=login.organisation_id, people=[login.reference], by=by)
    login.delete()


def _tell_mail_changed(login: Login, old: str, by: Actor) -> None:
    """A mail to the old and to the new address: a change that its holder did not ask for is noticed."""
    with translation.override(login.language):
        words = {
            "name": login.label, "user_name": login.user_name, "by": by.label or _("Your System Administrator"),
            "old": old or "–", "new": login.email or "–",
        }  # fmt: skip
        subject = _("The mail address of your login has changed")
        body = _(
            "Hello %(name)s,\n\n"
            "%(by)s changed the mail address of your login %(user_name)s.\n\n"
            "Before: %(old)s\n"
            "Now: %(new)s\n\n"
            "Links to a new password go to the new address. Links that were mailed before no longer work. "
            "Your password and your API access tokens stay as they are.\n"
        ) % words  # fmt: skip
    for address in dict.fromkeys(filter(None, (old, login.email))):
        enqueue(organisation=login.organisation, to=address, subject=subject, body=body)


def _kept(values: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    """The values of these names as the ledger keeps them."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in values.items()
        if name in names
    }


def _set_enabled(login: Login, *, enabled: bool, by: Actor) -> None:
    shut_out(login, How.DISABLED, by)  # enabling it too: who signed in while it was being disabled
    login.enabled = enabled
    login.save(update_fields=["enabled"])
    _record(Verb.LOGIN_ENABLE if enabled else Verb.LOGIN_DISABLE, login, by, {"before": not enabled, "after": enabled})


def _record(verb: Verb, login: Login, by: Actor, details: dict[str, Any]) -> None:
    record(verb=verb, by=by, organisation_id=login.organisation_id, subject=login.reference, details=details)

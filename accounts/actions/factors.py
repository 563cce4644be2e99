"""Adding and removing second factors and making recovery codes: each on record, and each told to its owner by mail."""

from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from accounts.actions.locks import locked
from accounts.blocks import factor_key, forget
from accounts.exceptions import Conflict, Refused
from accounts.factors import passkeys, recovery, totp
from accounts.factors.kept import FACTORS, PASSKEY, PUBLIC_ID, RECOVERY, TOTP, in_words, rows_of
from accounts.ids import public_id
from accounts.mail import enqueue
from accounts.managers import check, manager_of
from accounts.models import Login
from accounts.rules.factors import (
    against_adding_app,
    against_adding_passkey,
    against_making_codes,
    against_passkey_name,
    against_removing_factor,
    against_resetting_factors,
)
from accounts.rules.managing import against_managing
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb


@sensitive_variables("secret", "code", "codes", "kept")
def add_app(*, login: Login, secret: str, code: str, by: Actor) -> list[str]:
    """Keep the secret of an authenticator app once a code of it is right.

    Returns recovery codes, to be shown once, when the login had none. Raises ``Refused``.
    """
    step = totp.step_of(secret, code)
    codes, kept = recovery.new_codes()
    with transaction.atomic():
        login = locked(login)
        check(against_adding_app(login))
        if step is None:
            raise Refused("bad_code", _("This code is not right. Look at the app again: it shows a new one by now."))
        _keep(login, TOTP, {"secret": totp.kept(secret), "step": step})
        _record(Verb.LOGIN_FACTOR_ADD, login, by, {"factor": "totp"})
        _tell(login, _added, _("Authenticator app"))
        return codes if _keep_first_codes(login, kept, by) else []


@sensitive_variables("codes", "kept")
def add_passkey(*, login: Login, name: str, state: dict[str, Any], answer: str, by: Actor) -> list[str]:
    """Keep the public key of a passkey that the browser made for the question ``state``; as ``add_app``."""
    try:
        made = passkeys.made(state, answer)
    except passkeys.WrongAnswer:
        raise Refused("bad_passkey", _("The browser's answer could not be used. Try again.")) from None
    codes, kept = recovery.new_codes()
    with transaction.atomic():
        login = locked(login)
        check(against_adding_passkey(login), against_passkey_name(name))
        if made.credential_data is None or _is_known(login, made.credential_data.credential_id):
            raise Refused("passkey_there", _("This passkey is set up already."))
        credential = passkeys.kept(made.credential_data)
        _keep(login, PASSKEY, {"name": name, "credential": credential, "count": made.counter})
        _record(Verb.LOGIN_FACTOR_ADD, login, by, {"factor": "passkey", "name": name})
        _tell(login, _added, name)
        return codes if _keep_first_codes(login, kept, by) else []


@transaction.atomic
def rename_passkey(*, login: Login, factor_id: str, name: str, by: Actor) -> None:
    """Raises ``Refused``, and ``Conflict`` when it was removed meanwhile."""
    login = locked(login)
    check(against_passkey_name(name))
    row = _row_of(login, factor_id)
    before = row.data["name"]
    if row.type != PASSKEY or before == name:
        return
    row.data["name"] = name
    row.save(update_fields=["data"])
    _record(Verb.LOGIN_UPDATE, login, by, {"before": {"passkey": before}, "after": {"passkey": name}})


@transaction.atomic
def remove_factor(*, login: Login, factor_id: str, by: Actor) -> None:
    """Remove one of one's own; with the last one the recovery codes go too. Raises ``Refused`` and ``Conflict``."""
    login = locked(login)
    row = _row_of(login, factor_id)
    check(against_removing_factor(login))
    factor = in_words(row)
    row.delete()
    if not rows_of(login).exists():
        Authenticator.objects.filter(user_id=login.pk).delete()
    _record(Verb.LOGIN_FACTOR_REMOVE, login, by, _named(row))
    _tell(login, _removed, factor.name)


@sensitive_variables("codes", "kept")
def make_recovery_codes(*, login: Login, by: Actor) -> list[str]:
    """Ten new recovery codes, to be shown once; those that were there end. Raises ``Refused``."""
    codes, kept = recovery.new_codes()
    with transaction.atomic():
        login = locked(login)
        check(against_making_codes(login))
        Authenticator.objects.filter(user_id=login.pk, type=RECOVERY).delete()
        _keep(login, RECOVERY, kept)
        _record(Verb.LOGIN_RECOVERY_CODES, login, by, None)
        _tell(login, _new_codes, "")
        return codes


@transaction.atomic
def reset_factors(*, login: Login, by: Actor) -> Login:
    """Remove all second factors of somebody who lost them, recovery codes too. Raises ``Refused``."""
    login = locked(login)
    check(against_managing(manager_of(by), login), against_resetting_factors(login, by.id))
    names = [in_words(row).name for row in rows_of(login)]
    Authenticator.objects.filter(user_id=login.pk).delete()
    forget(factor_key(login))
    _record(Verb.LOGIN_FACTOR_REMOVE, login, by, {"all": True, "count": len(names)})
    _tell(login, _reset, by.label)
    return login


def _keep(login: Login, kind: Authenticator.Type, kept: dict[str, Any]) -> None:
    Authenticator.objects.create(user=login, type=kind, data={PUBLIC_ID: public_id("fac_"), **kept})


def _keep_first_codes(login: Login, kept: dict[str, Any], by: Actor) -> bool:
    """With the first factor come recovery codes: whoever loses it would be shut out without them."""
    if Authenticator.objects.filter(user_id=login.pk, type=RECOVERY).exists():
        return False
    _keep(login, RECOVERY, kept)
    _record(Verb.LOGIN_RECOVERY_CODES, login, by, None)
    return True


def _is_known(login: Login, credential_id: bytes) -> bool:
    rows = rows_of(login).filter(type=PASSKEY)
    return any(passkeys.credential_of(row).credential_id == credential_id for row in rows)


def _row_of(login: Login, factor_id: str) -> Authenticator:
    rows = Authenticator.objects.select_for_update().filter(user_id=login.pk, type__in=FACTORS)
    row: Authenticator | None = rows.filter(**{f"data__{PUBLIC_ID}": factor_id}).first()
    if row is None:
        raise Conflict("gone", _("This second factor was removed meanwhile."))
    return row


def _named(row: Authenticator) -> dict[str, Any]:
    return {"factor": "passkey", "name": row.data["name"]} if row.type == PASSKEY else {"factor": "totp"}


def _record(verb: Verb, login: Login, by: Actor, details: dict[str, Any] | None) -> None:
    record(verb=verb, by=by, organisation_id=login.organisation_id, subject=login.reference, details=details)


def _tell(login: Login, words: Callable[[], tuple[str, str]], what: str) -> None:
    """Mail it to the owner, in their language: whoever did not do it themselves learns of it."""
    address = login.email or login.contact.email
    if not address:
        return
    with translation.override(login.language):
        subject, sentence = words()
        frame = _(
            "Hello %(name)s,\n\n"
            "%(sentence)s\n\n"
            "It concerns your login %(user_name)s at %(organisation)s. If it was not you, change your password at once "
            "and tell your System Administrator.\n"
        )
        told = {
            "name": login.label,
            "user_name": login.user_name,
            "organisation": login.organisation.name,
            "sentence": sentence % {"what": what or _("Your System Administrator")},
        }
        enqueue(organisation=login.organisation, to=address, subject=subject, body=frame % told)


def _added() -> tuple[str, str]:
    return _("Second factor added"), _("a second factor was added to your login: %(what)s.")


def _removed() -> tuple[str, str]:
    return _("Second factor removed"), _("a second factor was removed from your login: %(what)s.")


def _new_codes() -> tuple[str, str]:
    return _("New recovery codes"), _("new recovery codes were made for your login. The codes that you had end.")


def _reset() -> tuple[str, str]:
    return (
        _("Second factor reset"),
        _(
            "%(what)s removed all second factors of your login, your recovery codes too. Your password is as it was. "
            "Set up a new second factor on your Personal page."
        ),
    )

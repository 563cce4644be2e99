"""Every action is recorded: each public action, found by looking, runs here and leaves exactly its entries."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import links
from accounts.actions import (
    assignments,
    confirming,
    departments,
    exports,
    factors,
    forgetting,
    identity_providers,
    invitations,
    logins,
    new_logins,
    organisations,
    password_reminders,
    passwords,
    people,
    personal,
    policies,
    program_sign_in,
    restoring,
    roles,
    sessions,
    shutting_out,
    sign_in,
    sign_in_ways,
    sign_on,
    token_stop,
    user_types,
)
from accounts.drafts import ContactDraft, LoginDraft
from accounts.exceptions import BadCredentials, Refused
from accounts.factors import passkeys
from accounts.models import Login, Organisation
from accounts.pairs import Pair
from accounts.roles import TokenRole
from accounts.sessions import How
from accounts.sign_on.id_tokens import Identity
from accounts.versions import version_of
from audit.actions.sealing import Rewound
from audit.actor import Actor, Reference
from audit.models import Entry
from audit.seals.notes import Checkpoint
from audit.seals.outside import Outside
from audit.verbs import Verb
from tests.cast import person
from tests.factories import PASSWORD
from tests.second_factors import SoftPasskey, code_of, give_app, give_passkey
from tokens import actions as tokens
from tokens import in_use, jwt
from tokens.actions import leaks, leaving, mobile, presented, reading, signing_keys, tightening
from tokens.actions import shutting_out as apps_of
from tokens.models import AccessToken
from tokens.revoke_links import RevokeLink

ACTION_PACKAGES = ("accounts.actions", "tokens.actions")

# Actions with an actor that leave no entry of their own, and why.
UNRECORDED = {
    "tokens.actions.signing_keys.retire_signing_key": "it is, beside real key files (test_signing_keys.py)",
    "accounts.actions.imports.begin_import": "a file alone changes nobody",
    "accounts.actions.imports.apply_import": "the worker records it with everything that it writes (test_import.py)",
    "accounts.actions.imports.discard_import": "nobody was changed, and nothing of the file is kept",
    "tokens.actions.verifying.ask_verification": "the worker records it with its outcome (test_ledger_verify.py)",
    "accounts.actions.forgetting.remove_due": "what it removes is on record before (test_redact_age.py)",
    "accounts.actions.preferences.choose_columns": "which columns a person sees is nobody else's business",
    "accounts.actions.sign_on.count_flow": "the outcome is recorded, by recognise",
    "accounts.actions.sign_in.count_attempt": "the outcome is recorded, by record_refusal or record_sign_in",
    "accounts.actions.sign_in.forget_attempts": "part of a sign-in, which is recorded",
    "accounts.actions.sign_in.take_back_attempt": "part of a program's sign-in, which its caller records",
}


@dataclass
class Case:
    """``prepare`` comes before the entries are counted; ``act`` is the action."""

    act: Callable[[Any], object]
    verbs: list[Verb]
    prepare: Callable[[Any], object] = field(default=lambda stage: None)


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def of_olivia(stage: Any) -> AccessToken:
    return tokens.create(owner=stage.olivia, name="LabTest", expiry_choice="30", scopes=3, by=stage.by)


def tighten(stage: SimpleNamespace) -> None:
    wanted = {"token_days_limit": 1, "token_never_allowed": False, "token_scopes_allowed": 7}
    version = version_of(policies.state_of(stage.organisation, wanted))
    tightening.tighten(
        organisation=stage.organisation, settings=wanted, version=version, lives=in_use.SHORTEN, by=stage.by
    )


def create_token(stage: Any) -> None:
    stage.token = of_olivia(stage)


def show_jwt(stage: Any) -> None:
    create_token(stage)
    stage.shown = tokens.generate(token=stage.token, by=stage.by)


def mint_jwt(stage: Any) -> None:
    stage.minted = tokens.mint(owner=stage.olivia, name="LabTest", seconds=600, scopes=3, pairs=None, by=stage.by)


def disable_peter(stage: Any) -> None:
    logins.disable(login=stage.peter, by=stage.by)


def make_administrator(stage: Any) -> None:
    stage.peter = roles.set_user_type(login=stage.peter, slug="owner", by=stage.by)


def create_department(stage: Any) -> None:
    stage.department = departments.create_department(
        organisation=stage.organisation, name="Wind", parent=None, by=stage.by
    )


def create_user_type(stage: Any) -> None:
    stage.user_type = user_types.create_user_type(
        organisation=stage.organisation, name="Report Reader", permissions=["report:read"], by=stage.by
    )


def suspend(stage: Any) -> None:
    organisations.suspend_organisation(organisation=stage.organisation, by=stage.by)


def stop_tokens_of_peter(stage: Any) -> None:
    token_stop.stop_tokens_of(login=stage.peter, by=stage.by)


def stop_all_tokens(stage: Any) -> None:
    token_stop.stop_tokens(organisation=stage.organisation, reason="administrator", by=stage.by)


OLDER = Rewound(Checkpoint("console/ledger", 10, bytes(32)), 1, 4)


def leave_another_checkpoint(_stage: Any) -> None:
    Outside(Path(settings.LEDGER_DIR)).keep("another/ledger\n")


def try_wrong_password(stage: Any) -> None:
    with suppress(BadCredentials):
        program_sign_in.verify_password(user_name=stage.peter.user_name, password="not this one", by=stage.by)


def reset_key(stage: Any) -> None:
    stage.key = links.RESET.make_token(stage.peter)


def change_name(stage: Any) -> object:
    return tokens.edit(token=stage.token, name="Lab test 2", expiry_choice="30", scopes=3, by=stage.by)


def begin_session(stage: Any) -> None:
    stage.opened = mobile.begin(login=stage.peter, device="Peter's phone", pair=None, by=stage.by)


def sign_peter_in(stage: Any) -> None:
    stage.session = sessions.begin(login=stage.peter, key="key", by=stage.by)


def login_draft(stage: Any, **more: Any) -> LoginDraft:
    pairs = frozenset(stage.peter.pairs)
    return LoginDraft.cleaned(**{"user_name": "new@demo.example", "email": "new@demo.example", "pairs": pairs, **more})


def age_password(stage: Any) -> None:
    """A day is left of its 90."""
    Organisation.objects.update(password_days_limit=90)
    Login.objects.filter(pk=stage.peter.pk).update(password_changed_at=timezone.now() - timedelta(days=89, hours=1))


def forget_password(stage: Any) -> None:
    stage.peter.set_unusable_password()
    stage.peter.save()


def view_only(stage: Any) -> frozenset[Pair]:
    return frozenset({Pair(stage.organisation.user_types.get(slug="view-only").pk, None)})


@transaction.atomic
def end_personal_role(stage: Any) -> None:
    roles.end_roles(login=stage.olivia, roles=[TokenRole.PERSONAL], by=stage.by)


@transaction.atomic
def confirm_peter(stage: Any) -> None:
    confirming.record_confirmation(login=stage.peter, how="password", by=stage.by)


def confirm_wrongly(stage: Any) -> None:
    with suppress(Refused):
        confirming.confirm_by_password(login=stage.peter, password="not this one", by=stage.by)


@transaction.atomic
def end_apps_of_peter(stage: Any) -> None:
    peter = Login.objects.filter(pk=stage.peter.pk)
    apps_of.end_apps_of(peter, stage.organisation.pk, How.DISABLED, stage.by)


def set_provider(stage: Any) -> None:
    draft = identity_providers.ProviderDraft("Company sign-in", "https://login.example", "console", "secret")
    stage.provider = identity_providers.set_identity_provider(organisation=stage.organisation, draft=draft, by=stage.by)


def expect_sven(stage: Any) -> None:
    set_provider(stage)
    person(stage.organisation, "Sven", "Lindqvist", "sven@demo.example", is_sso=True)


def recognise_sven(stage: Any) -> None:
    identity = Identity("person-1", frozenset({"sven@demo.example"}))
    sign_on.recognise(provider=stage.provider, identity=identity, by=stage.by)


def give_peter_all(stage: Any) -> None:
    begin_session(stage)
    roles.add_role(login=stage.peter, role=TokenRole.PERSONAL, by=stage.by)
    stage.peter.refresh_from_db()
    tokens.create(owner=stage.peter, name="LabTest", expiry_choice="30", scopes=3, by=stage.by)


@transaction.atomic
def end_all_of_peter(stage: Any) -> None:
    leaving.end_all_of(stage.peter, stage.by)


def add_app(stage: Any) -> None:
    secret = generate_totp_secret()
    factors.add_app(login=stage.peter, secret=secret, code=code_of(secret), by=stage.by)


def ask_for_passkey(stage: Any) -> None:
    session: Any = {}
    stage.answer = SoftPasskey().make(passkeys.ask_to_add(session, stage.peter, []))
    stage.question = passkeys.take(session, passkeys.ADD, stage.peter)


def have_app(stage: Any) -> None:
    give_app(stage.peter)


def have_passkey(stage: Any) -> None:
    stage.passkey = give_passkey(stage.peter)


NEW_PERSON = ContactDraft(first_name="Nora", last_name="New", email="nora@demo.example")
REPORT = Reference("report", "TokenInventory", "Token inventory")
CASES: dict[str, Case] = {
    "tokens.actions.leaks.revoke_by_link": Case(
        lambda s: leaks.revoke_by_link(
            link=RevokeLink(s.minted.token.public_id, jwt.digest(s.minted.jwt)[:16]), by=s.by
        ),
        [Verb.TOKEN_REVOKE],
        mint_jwt,
    ),
    "tokens.actions.signing_keys.rotate_signing_key": Case(
        lambda s: signing_keys.rotate_signing_key(by=s.by), [Verb.KEY_ROTATE]
    ),
    "accounts.actions.departments.create_department": Case(create_department, [Verb.DEPARTMENT_CREATE]),
    "accounts.actions.departments.rename_department": Case(
        lambda s: departments.rename_department(
            department=s.department, name="Power", version=version_of(departments.state_of(s.department)), by=s.by
        ),
        [Verb.DEPARTMENT_UPDATE],
        create_department,
    ),
    "accounts.actions.departments.move_department": Case(
        lambda s: departments.move_department(
            department=s.department,
            parent=s.organisation.departments.earliest("pk"),
            version=version_of(departments.state_of(s.department)),
            by=s.by,
        ),
        [Verb.DEPARTMENT_UPDATE],
        create_department,
    ),
    "accounts.actions.departments.delete_department": Case(
        lambda s: departments.delete_department(department=s.department, by=s.by),
        [Verb.DEPARTMENT_DELETE],
        create_department,
    ),
    "accounts.actions.user_types.create_user_type": Case(create_user_type, [Verb.USER_TYPE_CREATE]),
    "accounts.actions.user_types.edit_user_type": Case(
        lambda s: user_types.edit_user_type(
            user_type=s.user_type,
            name="Reader",
            permissions=["log:view"],
            version=version_of(user_types.state_of(s.user_type)),
            by=s.by,
        ),
        [Verb.USER_TYPE_UPDATE],
        create_user_type,
    ),
    "accounts.actions.user_types.delete_user_type": Case(
        lambda s: user_types.delete_user_type(user_type=s.user_type, by=s.by),
        [Verb.USER_TYPE_DELETE],
        create_user_type,
    ),
    "accounts.actions.policies.update_settings": Case(
        lambda s: policies.update_settings(
            organisation=s.organisation,
            settings={"session_hours_limit": 8},
            version=version_of(policies.state_of(s.organisation, ["session_hours_limit"])),
            by=s.by,
        ),
        [Verb.ORGANISATION_UPDATE],
    ),
    "tokens.actions.tightening.tighten": Case(tighten, [Verb.ORGANISATION_UPDATE, Verb.TOKEN_UPDATE], create_token),
    "accounts.actions.exports.note_login_activity_export": Case(
        lambda s: exports.note_login_activity_export(
            organisation=s.peter.organisation, wanted="csv", filters={}, by=s.by
        ),
        [Verb.LOG_EXPORT],
    ),
    "accounts.actions.exports.note_contact_export": Case(
        lambda s: exports.note_contact_export(wanted="csv", filters={}, contact=s.peter.contact, by=s.by),
        [Verb.CONTACT_EXPORT],
    ),
    "accounts.actions.logins.disable": Case(disable_peter, [Verb.LOGIN_DISABLE]),
    "accounts.actions.logins.enable": Case(
        lambda s: logins.enable(login=Login.objects.get(pk=s.peter.pk), by=s.by), [Verb.LOGIN_ENABLE], disable_peter
    ),
    "accounts.actions.logins.edit_login": Case(
        lambda s: logins.edit_login(login=s.peter, draft=login_draft(s, email="new@demo.example"), by=s.by),
        [Verb.LOGIN_UPDATE],
    ),
    "accounts.actions.logins.delete_login": Case(
        lambda s: logins.delete_login(login=s.olivia, by=s.by), [Verb.TOKEN_REVOKE, Verb.LOGIN_DELETE], create_token
    ),
    "accounts.actions.new_logins.write_login": Case(
        lambda s: new_logins.write_login(contact=s.peter.contact, draft=login_draft(s), by=s.by), [Verb.LOGIN_CREATE]
    ),
    "accounts.actions.people.create_user": Case(
        lambda s: people.create_user(
            organisation=s.organisation, person=NEW_PERSON, login=login_draft(s), invited=True, by=s.by
        ),
        [Verb.CONTACT_CREATE, Verb.LOGIN_CREATE, Verb.LOGIN_INVITE],
    ),
    "accounts.actions.people.create_contact": Case(
        lambda s: people.create_contact(organisation=s.organisation, person=NEW_PERSON, by=s.by),
        [Verb.CONTACT_CREATE],
    ),
    "accounts.actions.people.add_login": Case(
        lambda s: people.add_login(contact=s.peter.contact, login=login_draft(s), by=s.by), [Verb.LOGIN_CREATE]
    ),
    "accounts.actions.people.edit_contact": Case(
        lambda s: people.edit_contact(contact=s.peter.contact, person=NEW_PERSON, by=s.by), [Verb.CONTACT_UPDATE]
    ),
    "accounts.actions.people.delete_contact": Case(
        lambda s: people.delete_contact(contact=s.peter.contact, by=s.by), [Verb.LOGIN_DELETE, Verb.CONTACT_DELETE]
    ),
    "accounts.actions.invitations.invite": Case(
        lambda s: invitations.invite(login=s.peter, by=s.by), [Verb.LOGIN_INVITE], forget_password
    ),
    "accounts.actions.invitations.reset_password": Case(
        lambda s: invitations.reset_password(login=s.peter, by=s.by), [Verb.LOGIN_PASSWORD_RESET]
    ),
    "accounts.actions.assignments.assign": Case(
        lambda s: assignments.assign(login=s.olivia, pairs=view_only(s), by=s.by),
        [Verb.LOGIN_ASSIGN, Verb.ROLE_REMOVE_PERSONAL],
    ),
    "accounts.actions.factors.add_app": Case(add_app, [Verb.LOGIN_FACTOR_ADD, Verb.LOGIN_RECOVERY_CODES]),
    "accounts.actions.factors.add_passkey": Case(
        lambda s: factors.add_passkey(login=s.peter, name="Laptop", state=s.question, answer=s.answer, by=s.by),
        [Verb.LOGIN_FACTOR_ADD, Verb.LOGIN_RECOVERY_CODES],
        ask_for_passkey,
    ),
    "accounts.actions.factors.rename_passkey": Case(
        lambda s: factors.rename_passkey(login=s.peter, factor_id=s.passkey.public_id, name="Key ring", by=s.by),
        [Verb.LOGIN_UPDATE],
        have_passkey,
    ),
    "accounts.actions.factors.remove_factor": Case(
        lambda s: factors.remove_factor(login=s.peter, factor_id=s.passkey.public_id, by=s.by),
        [Verb.LOGIN_FACTOR_REMOVE],
        have_passkey,
    ),
    "accounts.actions.factors.make_recovery_codes": Case(
        lambda s: factors.make_recovery_codes(login=s.peter, by=s.by), [Verb.LOGIN_RECOVERY_CODES], have_app
    ),
    "accounts.actions.factors.reset_factors": Case(
        lambda s: factors.reset_factors(login=s.peter, by=s.by), [Verb.LOGIN_FACTOR_REMOVE], have_app
    ),
    "accounts.actions.sign_in.record_refused_step": Case(
        lambda s: sign_in.record_refused_step(login=s.peter, reason="bad_code", by=s.by), [Verb.SIGN_IN_FAIL]
    ),
    "accounts.actions.confirming.record_confirmation": Case(confirm_peter, [Verb.LOGIN_CONFIRM]),
    "accounts.actions.confirming.record_refused_confirmation": Case(
        lambda s: confirming.record_refused_confirmation(login=s.peter, how="password", reason="bad_password", by=s.by),
        [Verb.LOGIN_CONFIRM],
    ),
    "accounts.actions.confirming.confirm_by_password": Case(confirm_wrongly, [Verb.LOGIN_CONFIRM]),
    "accounts.actions.roles.end_roles": Case(end_personal_role, [Verb.ROLE_REMOVE_PERSONAL]),
    "accounts.actions.forgetting.forget_people": Case(
        lambda s: forgetting.forget_people(
            organisation_id=s.organisation.pk, people=[s.peter.reference, s.peter.contact.reference], by=s.by
        ),
        [Verb.LEDGER_REDACT],
        sign_peter_in,
    ),
    "accounts.actions.shutting_out.sign_out_everywhere": Case(
        lambda s: shutting_out.sign_out_everywhere(
            logins=Login.objects.filter(pk=s.peter.pk),
            organisation_id=s.organisation.pk,
            how=How.ADMINISTRATOR,
            by=s.by,
        ),
        [Verb.LOGIN_SESSION_END, Verb.SESSION_END],
        lambda s: (sign_peter_in(s), begin_session(s)),
    ),
    "accounts.actions.shutting_out.sign_out_login": Case(
        lambda s: shutting_out.sign_out_login(login=s.peter, by=s.by), [Verb.LOGIN_SESSION_END], sign_peter_in
    ),
    "accounts.actions.shutting_out.sign_out_session": Case(
        lambda s: shutting_out.sign_out_session(login=s.peter, session=s.session, by=s.by),
        [Verb.LOGIN_SESSION_END],
        sign_peter_in,
    ),
    "accounts.actions.shutting_out.shut_out": Case(
        lambda s: shutting_out.shut_out(s.peter, How.DISABLED, s.by), [Verb.LOGIN_SESSION_END], sign_peter_in
    ),
    "accounts.actions.sign_in_ways.set_sso": Case(
        lambda s: sign_in_ways.set_sso(login=s.peter, sso=True, by=s.by), [Verb.LOGIN_UPDATE]
    ),
    "accounts.actions.sign_in_ways.force_password_change": Case(
        lambda s: sign_in_ways.force_password_change(login=s.peter, by=s.by), [Verb.LOGIN_UPDATE]
    ),
    "accounts.actions.sign_in_ways.reactivate": Case(
        lambda s: sign_in_ways.reactivate(login=s.peter, by=s.by), [Verb.LOGIN_REACTIVATE]
    ),
    "tokens.actions.leaving.revoke_own": Case(
        lambda s: leaving.revoke_own(s.peter, s.by), [Verb.TOKEN_REVOKE], give_peter_all
    ),
    "accounts.actions.password_reminders.remind": Case(
        lambda s: password_reminders.remind(login=s.peter, by=s.by), [Verb.LOGIN_PASSWORD_REMIND], age_password
    ),
    "tokens.actions.leaving.end_all_of": Case(end_all_of_peter, [Verb.TOKEN_REVOKE, Verb.SESSION_END], give_peter_all),
    "accounts.actions.organisations.create_organisation": Case(
        lambda s: organisations.create_organisation(name="Third Organisation", by=s.by), [Verb.ORGANISATION_CREATE]
    ),
    "accounts.actions.organisations.create_administrator": Case(
        lambda s: organisations.create_administrator(
            organisation=s.organisation, person=organisations.Administrator("new@demo.example", "New"), by=s.by
        ),
        [Verb.CONTACT_CREATE, Verb.LOGIN_CREATE],
    ),
    "accounts.actions.organisations.suspend_organisation": Case(suspend, [Verb.ORGANISATION_SUSPEND]),
    "accounts.actions.organisations.resume_organisation": Case(
        lambda s: organisations.resume_organisation(organisation=s.organisation, by=s.by),
        [Verb.ORGANISATION_RESUME],
        suspend,
    ),
    "accounts.actions.token_stop.stop_tokens": Case(stop_all_tokens, [Verb.ORGANISATION_STOP_TOKENS]),
    "accounts.actions.token_stop.stop_tokens_of": Case(stop_tokens_of_peter, [Verb.LOGIN_STOP_TOKENS]),
    "accounts.actions.token_stop.start_tokens_of": Case(
        lambda s: token_stop.start_tokens_of(login=s.peter, by=s.by), [Verb.LOGIN_START_TOKENS], stop_tokens_of_peter
    ),
    "accounts.actions.token_stop.start_tokens": Case(
        lambda s: token_stop.start_tokens(organisation=s.organisation, by=s.by),
        [Verb.ORGANISATION_START_TOKENS],
        stop_all_tokens,
    ),
    "accounts.actions.restoring.notice_older_database": Case(
        lambda s: restoring.notice_older_database(rewound=OLDER, by=s.by),
        [Verb.LEDGER_RESTORE, Verb.ORGANISATION_STOP_TOKENS],
    ),
    "accounts.actions.restoring.accept_ledger": Case(
        lambda s: restoring.accept_ledger(reason="looked at", keep_tokens=False, by=s.by),
        [Verb.LEDGER_RESTORE, Verb.ORGANISATION_STOP_TOKENS],
        leave_another_checkpoint,
    ),
    "accounts.actions.identity_providers.set_identity_provider": Case(set_provider, [Verb.ORGANISATION_UPDATE]),
    "accounts.actions.identity_providers.remove_identity_provider": Case(
        lambda s: identity_providers.remove_identity_provider(organisation=s.organisation, by=s.by),
        [Verb.ORGANISATION_UPDATE],
        set_provider,
    ),
    "accounts.actions.sign_on.recognise": Case(recognise_sven, [Verb.LOGIN_LINK], expect_sven),
    "accounts.actions.organisations.set_basic": Case(
        lambda s: organisations.set_basic(organisation=s.organisation, allowed=True, by=s.by),
        [Verb.ORGANISATION_UPDATE],
    ),
    "accounts.actions.passwords.change_password": Case(
        lambda s: passwords.change_password(login=s.peter, password=PASSWORD * 2, by=s.by), [Verb.LOGIN_PASSWORD]
    ),
    "accounts.actions.passwords.set_password_by_link": Case(
        lambda s: passwords.set_password_by_link(
            link=links.RESET, login=s.peter, token=s.key, password=PASSWORD * 2, by=s.by
        ),
        [Verb.LOGIN_PASSWORD],
        reset_key,
    ),
    "accounts.actions.passwords.ask_for_reset": Case(
        lambda s: passwords.ask_for_reset(address=s.peter.email, by=s.by), [Verb.LOGIN_PASSWORD_RESET]
    ),
    "accounts.actions.program_sign_in.verify_password": Case(try_wrong_password, [Verb.SIGN_IN_FAIL]),
    "accounts.actions.program_sign_in.record_refused_program": Case(
        lambda s: program_sign_in.record_refused_program(login=s.peter, reason="role_missing", by=s.by),
        [Verb.SIGN_IN_FAIL],
    ),
    "accounts.actions.roles.add_role": Case(
        lambda s: roles.add_role(login=s.peter, role=TokenRole.PERSONAL, by=s.by), [Verb.ROLE_ADD_PERSONAL]
    ),
    "accounts.actions.roles.remove_role": Case(
        lambda s: roles.remove_role(login=s.olivia, role=TokenRole.PERSONAL, by=s.by), [Verb.ROLE_REMOVE_PERSONAL]
    ),
    "accounts.actions.roles.set_user_type": Case(
        lambda s: roles.set_user_type(login=s.olivia, slug="view-only", by=s.by),
        [Verb.ROLE_REMOVE_PERSONAL, Verb.LOGIN_SET_TYPE],
    ),
    "accounts.actions.sign_in.record_refusal": Case(
        lambda s: sign_in.record_refusal(login=s.peter, reason="bad_password", by=s.by), [Verb.SIGN_IN_FAIL]
    ),
    "accounts.actions.personal.set_preferences": Case(
        lambda s: personal.set_preferences(login=s.peter, language="de", time_zone="Europe/Berlin", by=s.by),
        [Verb.LOGIN_UPDATE],
    ),
    "accounts.actions.sessions.begin": Case(sign_peter_in, [Verb.SIGN_IN]),
    "accounts.actions.sessions.leave": Case(
        lambda s: sessions.leave(login=s.peter, key="key", session=s.session, by=s.by), [Verb.SIGN_OUT], sign_peter_in
    ),
    "accounts.actions.sessions.end": Case(
        lambda s: sessions.end(login=s.peter, session=s.session, by=s.by), [Verb.LOGIN_SESSION_END], sign_peter_in
    ),
    "accounts.actions.sessions.end_others": Case(
        lambda s: sessions.end_others(login=s.peter, keep="", by=s.by), [Verb.LOGIN_SESSION_END], sign_peter_in
    ),
    "accounts.actions.sign_in.record_sign_in": Case(
        lambda s: sign_in.record_sign_in(login=s.peter, by=s.by), [Verb.SIGN_IN]
    ),
    "accounts.actions.sign_in.record_sign_out": Case(
        lambda s: sign_in.record_sign_out(login=s.peter, by=s.by), [Verb.SIGN_OUT]
    ),
    "tokens.actions.creation.create": Case(of_olivia, [Verb.TOKEN_CREATE]),
    "tokens.actions.editing.edit": Case(change_name, [Verb.TOKEN_UPDATE], create_token),
    "tokens.actions.exports.note_token_export": Case(
        lambda s: tokens.note_token_export(owner=s.olivia, wanted="csv", filters={}, by=s.by), [Verb.TOKEN_EXPORT]
    ),
    "tokens.actions.exports.note_organisation_export": Case(
        lambda s: tokens.note_organisation_export(
            organisation=s.organisation, what="tokens", wanted="csv", filters={}, by=s.by
        ),
        [Verb.TOKEN_EXPORT],
    ),
    "tokens.actions.generation.generate": Case(
        lambda s: tokens.generate(token=s.token, by=s.by), [Verb.TOKEN_SHOW], create_token
    ),
    "tokens.actions.generation.save": Case(
        lambda s: tokens.save(token=s.token, dialog=s.shown.dialog, by=s.by), [Verb.TOKEN_GENERATE], show_jwt
    ),
    "tokens.actions.generation.discard": Case(
        lambda s: tokens.discard(token=s.token, dialog=s.shown.dialog, by=s.by), [Verb.TOKEN_DISCARD], show_jwt
    ),
    "tokens.actions.minting.mint": Case(
        lambda s: tokens.mint(owner=s.olivia, name="LabTest", seconds=3600, scopes=3, pairs=None, by=s.by),
        [Verb.TOKEN_CREATE, Verb.TOKEN_GENERATE],
    ),
    "tokens.actions.minting.mint_client_credentials": Case(
        lambda s: tokens.mint_client_credentials(owner=s.olivia, scopes=3, by=s.by),
        [Verb.TOKEN_CREATE, Verb.TOKEN_GENERATE],
    ),
    "tokens.actions.mobile.begin": Case(begin_session, [Verb.SESSION_BEGIN]),
    "tokens.actions.mobile.refresh": Case(
        lambda s: mobile.refresh(session_id=s.opened.session.public_id, sha256=jwt.digest(s.opened.refresh), by=s.by),
        [Verb.SESSION_REFRESH],
        begin_session,
    ),
    "tokens.actions.mobile.sign_out": Case(
        lambda s: mobile.sign_out(session_id=s.opened.session.public_id, by=s.by), [Verb.SESSION_END], begin_session
    ),
    "tokens.actions.mobile.disconnect": Case(
        lambda s: mobile.disconnect(session=s.opened.session, by=s.by), [Verb.SESSION_END], begin_session
    ),
    "tokens.actions.mobile.disconnect_all": Case(
        lambda s: mobile.disconnect_all(sessions=[s.opened.session], by=s.by), [Verb.SESSION_END], begin_session
    ),
    "tokens.actions.mobile.end_leaked": Case(
        lambda s: mobile.end_leaked(session=s.opened.session, by=s.by), [Verb.SESSION_END], begin_session
    ),
    "tokens.actions.shutting_out.end_apps_of": Case(end_apps_of_peter, [Verb.SESSION_END], begin_session),
    "tokens.actions.leaks.report_leak": Case(
        lambda s: leaks.report_leak(jwt=s.minted.jwt.encode(), by=s.by), [Verb.TOKEN_REVOKE], mint_jwt
    ),
    "tokens.actions.presented.revoke_presented": Case(
        lambda s: presented.revoke_presented(jwt=s.minted.jwt.encode(), owners=Login.objects.all(), by=s.by),
        [Verb.TOKEN_REVOKE],
        mint_jwt,
    ),
    "tokens.actions.revocation.revoke": Case(
        lambda s: tokens.revoke(token=s.token, by=s.by), [Verb.TOKEN_REVOKE], create_token
    ),
    "tokens.actions.revocation.revoke_all": Case(
        lambda s: tokens.revoke_all(tokens=[s.token], by=s.by), [Verb.TOKEN_REVOKE], create_token
    ),
    "tokens.actions.editing.shorten_all": Case(
        lambda s: tokens.shorten_all(tokens=[s.token], last_day=in_days(3), by=s.by), [Verb.TOKEN_UPDATE], create_token
    ),
    "tokens.actions.reading.record_proof_export": Case(
        lambda s: reading.record_proof_export(by=s.by, subject=s.olivia.reference, filters={}), [Verb.LEDGER_EXPORT]
    ),
    "tokens.actions.reading.record_log_export": Case(
        lambda s: reading.record_log_export(by=s.by, subject=s.olivia.reference, form="csv", filters={}),
        [Verb.LOG_EXPORT],
    ),
    "tokens.actions.reading.record_report_read": Case(
        lambda s: reading.record_report_read(
            by=s.by,
            report=REPORT,
            token=s.token.reference,
            owner=s.olivia.reference,
            parameters={},
            form="json",
            rows=1,
            complete=True,
        ),
        [Verb.REPORT_READ],
        create_token,
    ),
}


def public_actions() -> set[str]:
    """Every public function with an actor of every module of actions."""
    found = set()
    for package in ACTION_PACKAGES:
        for module_name in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            module = importlib.import_module(module_name.name)
            for name, function in inspect.getmembers(module, inspect.isfunction):
                is_action = "by" in inspect.signature(function).parameters and not name.startswith("_")
                if is_action and inspect.unwrap(function).__module__ == module.__name__ and name != "record_token":
                    found.add(f"{module.__name__}.{name}")
    return found


@pytest.fixture
def stage(organisation: Organisation, ada: Login, olivia: Login, peter: Login) -> SimpleNamespace:
    by = Actor(id=ada.public_id, label=ada.label, organisation_id=organisation.pk, channel="console")
    return SimpleNamespace(organisation=organisation, ada=ada, olivia=olivia, peter=peter, by=by)


def test_every_action_is_in_the_table() -> None:
    assert public_actions() == {*CASES, *UNRECORDED}


@pytest.mark.parametrize("name", CASES)
def test_an_action_leaves_exactly_its_entries(name: str, stage: SimpleNamespace) -> None:
    case = CASES[name]
    case.prepare(stage)
    before = set(Entry.objects.values_list("pk", flat=True))
    case.act(stage)
    entries = Entry.objects.exclude(pk__in=before).order_by("pk")
    assert sorted(entry.verb for entry in entries) == sorted(case.verbs)
    for entry in entries:
        assert entry.organisation_id is not None
        assert entry.subject_id

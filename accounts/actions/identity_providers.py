"""Sets up the identity provider of an organisation: the operator's work, by command line."""

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.actions.shutting_out import sign_out_everywhere
from accounts.exceptions import Refused
from accounts.models import IdentityProvider, Login, Organisation
from accounts.sealed_texts import seal
from accounts.sessions import How
from accounts.sign_on.fetching import is_safe_address
from accounts.sign_on.flow import SECRET_PURPOSE
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

NAME_LENGTH, ISSUER_LENGTH, CLIENT_LENGTH, SECRET_LENGTH = 100, 500, 255, 4096


@dataclass(frozen=True, slots=True)
class ProviderDraft:
    """``secret`` is empty for a public client, which PKCE alone protects."""

    name: str
    issuer: str
    client_id: str
    secret: str = ""
    mail_only: bool = False


@transaction.atomic
def set_identity_provider(*, organisation: Organisation, draft: ProviderDraft, by: Actor) -> IdentityProvider:
    """Let the organisation's SSO logins sign in at this provider. Raises ``Refused``.

    At another issuer than before nobody is known any more: the ties end, and with them the SSO logins' sessions.
    """
    _check(draft)
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    before = IdentityProvider.objects.filter(organisation=held).first()
    told = {"before": _told(before), "after": _told_of(draft)}
    if before and before.issuer != draft.issuer:
        _end(before, by)
    values = {
        "name": draft.name,
        "issuer": draft.issuer,
        "client_id": draft.client_id,
        "sealed_secret": seal(SECRET_PURPOSE, draft.secret) if draft.secret else "",
        "mail_only": draft.mail_only,
    }
    provider, _made = IdentityProvider.objects.update_or_create(organisation=held, defaults=values)
    record(verb=Verb.ORGANISATION_UPDATE, by=by, organisation_id=held.pk, subject=held.reference, details=told)
    return provider


@transaction.atomic
def remove_identity_provider(*, organisation: Organisation, by: Actor) -> bool:
    """End single sign-on of the organisation, and the sessions of its SSO logins. False when there was none."""
    held = Organisation.objects.select_for_update().get(pk=organisation.pk)
    before = IdentityProvider.objects.filter(organisation=held).first()
    if before is None:
        return False
    told = {"before": _told(before), "after": _told(None)}
    _end(before, by)
    record(verb=Verb.ORGANISATION_UPDATE, by=by, organisation_id=held.pk, subject=held.reference, details=told)
    return True


def _end(provider: IdentityProvider, by: Actor) -> None:
    """With the provider go its ties."""
    of_it = Login.objects.filter(organisation_id=provider.organisation_id, is_sso=True)
    sign_out_everywhere(logins=of_it, organisation_id=provider.organisation_id, how=How.OTHER_WAY, by=by)
    provider.delete()


def _told(provider: IdentityProvider | None) -> dict[str, object]:
    if provider is None:
        return {"identity_provider": None, "issuer": None, "client_id": None, "verified_mail_only": None}
    return {
        "identity_provider": provider.name,
        "issuer": provider.issuer,
        "client_id": provider.client_id,
        "verified_mail_only": provider.mail_only,
    }


def _told_of(draft: ProviderDraft) -> dict[str, object]:
    """Whether a secret was given, or which, is told to nobody."""
    return {
        "identity_provider": draft.name,
        "issuer": draft.issuer,
        "client_id": draft.client_id,
        "verified_mail_only": draft.mail_only,
    }


def _check(draft: ProviderDraft) -> None:
    if not is_safe_address(draft.issuer) or len(draft.issuer) > ISSUER_LENGTH or "?" in draft.issuer:
        raise Refused("issuer", _("The issuer is an https address without a query; http is for this machine alone."))
    if not 0 < len(draft.client_id) <= CLIENT_LENGTH or not draft.client_id.isprintable():
        raise Refused("client_id", _("The client id has 1 to %(most)d characters.") % {"most": CLIENT_LENGTH})
    if not 0 < len(draft.name) <= NAME_LENGTH or not draft.name.isprintable():
        raise Refused("name_length", _("A name has 1 to %(most)d characters.") % {"most": NAME_LENGTH})
    if len(draft.secret) > SECRET_LENGTH or not draft.secret.isprintable():
        raise Refused(
            "secret", _("The client secret is one line of at most %(most)d characters.") % {"most": SECRET_LENGTH}
        )

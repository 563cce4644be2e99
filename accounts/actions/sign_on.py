"""Single sign-on: which login somebody at the identity provider is, tied at the first time, and who is refused."""

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import limits
from accounts.actions.locks import hold
from accounts.actions.sign_in import record_refusal
from accounts.backends import reason_against_single_sign_on
from accounts.exceptions import Refused, TooManyAttempts
from accounts.models import IdentityProvider, IdentityTie, Login
from accounts.sign_on.id_tokens import Identity
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Result, Verb

WINDOW = 15 * limits.MINUTE
ADDRESS_LIMIT = 100  # of flows that one address begins in a window: each makes us ask the provider
RECORDED_LIMIT = 10  # of entries that one person at the provider leaves in a window by being refused


def count_flow(*, by: Actor) -> None:
    """Raises ``TooManyAttempts`` beyond the limit of the address."""
    if limits.hit(limits.key_of_address("sign-on", by.address), WINDOW) > ADDRESS_LIMIT:
        raise TooManyAttempts(_("Too many attempts. Try again later."), seconds=limits.seconds_left(WINDOW))


def recognise(*, provider: IdentityProvider, identity: Identity, by: Actor) -> Login:
    """The login of the provider's organisation that the identity is; the first time, it is tied to it.

    Raises ``Refused``, in the same words whatever the reason: that is on record.
    """
    with transaction.atomic():
        hold(provider.organisation_id)
        login, reason, is_new = _found(provider, identity)
        if login and not reason and is_new:
            _tie(provider, identity, login, by)
    if login and not reason:
        return login
    _record_refusal(provider, identity, login, reason, by)
    raise Refused("not_here", _("This account may not sign in here. Ask a System Administrator."))


def _found(provider: IdentityProvider, identity: Identity) -> tuple[Login | None, str, bool]:
    """The login, why it may not sign in, and whether it has still to be tied."""
    ties = IdentityTie.objects.select_related("login__organisation", "login__contact")
    if tie := ties.filter(provider=provider, subject=identity.subject).first():
        return tie.login, reason_against_single_sign_on(tie.login), False
    named = _named(provider.organisation_id, identity.names)
    if len(named) != 1:
        return None, "several_logins" if named else "no_login", True
    login = named[0]
    if hasattr(login, "identity_tie"):
        return login, "tied_otherwise", True
    return login, reason_against_single_sign_on(login), True


def _named(organisation_id: int, names: frozenset[str]) -> list[Login]:
    """The SSO logins of the organisation that have one of the names as user name or mail address."""
    wanted = {folded(name) for name in names}
    is_one = Q(pk__in=[])
    for name in names:
        is_one |= Q(user_name__iexact=name) | Q(email__iexact=name)
    rows = Login.objects.filter(is_one, organisation_id=organisation_id, is_sso=True)
    rows = rows.select_related("organisation", "contact", "identity_tie").order_by("pk")[:100]
    # The database folds letters that are not the same: with a dotless i somebody else would be Olivia.
    return [login for login in rows if wanted & {folded(login.user_name), folded(login.email)}]


def folded(name: str) -> str:
    """Small letters where all is ASCII; what is not stands as it is."""
    return name.lower() if name.isascii() else name


def _tie(provider: IdentityProvider, identity: Identity, login: Login, by: Actor) -> None:
    IdentityTie.objects.create(provider=provider, login=login, subject=identity.subject)
    record(
        verb=Verb.LOGIN_LINK, by=by, organisation_id=login.organisation_id, subject=login.reference,
        details={"identity_provider": provider.name, "issuer": provider.issuer},
    )  # fmt: skip


def _record_refusal(
    provider: IdentityProvider, identity: Identity, login: Login | None, reason: str, by: Actor
) -> None:
    """Of somebody who is no login here, the organisation is told: its administrators are asked next."""
    if limits.hit(limits.key_of(f"sign-on:{provider.pk}", identity.subject), WINDOW) > RECORDED_LIMIT:
        return
    if login:
        record_refusal(login=login, reason=reason, by=by)
        return
    with transaction.atomic():
        record(
            verb=Verb.SIGN_IN_FAIL, by=by, result=Result.FAIL, reason=reason,
            organisation_id=provider.organisation_id, subject=provider.organisation.reference,
        )  # fmt: skip


def untie(login: Login) -> bool:
    """Part of what ends a login's way of signing in: whoever it was at the provider is tied anew. Whether it was."""
    return bool(IdentityTie.objects.filter(login=login).delete()[0])

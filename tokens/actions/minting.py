"""Mints a token and its valid JWT in one step, as programs ask for them; the JWT goes into the answer alone."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from accounts.models import Login
from accounts.pairs import Pair
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.creation import create
from tokens.actions.locks import locked_owner
from tokens.actions.recording import record_token, settings_of
from tokens.expiry import Expiry, end_of
from tokens.jwt import digest, issue
from tokens.mail import tell_generated
from tokens.models import AccessToken, name_key
from tokens.reach import effective_pairs
from tokens.rules import against_making, against_reach, against_scopes, zone_of

CLIENT_CREDENTIALS_SECONDS = 3600
MADE_VALID = ["digest", "current_scopes", "current_restriction", "expires_at", "generated_at"]


@dataclass(frozen=True, slots=True)
class Minted:
    """A token and its JWT, which is valid from now on; ``expires_at`` is None where it never ends."""

    token: AccessToken
    jwt: str = field(repr=False)
    expires_at: datetime | None


@transaction.atomic
def mint(
    *,
    owner: Login,
    name: str,
    seconds: int | None,
    scopes: int,
    pairs: frozenset[Pair] | None,
    read_only: bool = False,
    made_with: AccessToken | None = None,
    by: Actor,
) -> Minted:
    """A new token of ``owner`` with a JWT that ends after ``seconds`` (None: never); the owner is told by mail.

    ``made_with`` is the token whose JWT asks for it, if one does: no more is given than that one has at this moment.
    Raises ``Refused``: of simultaneous calls with one name exactly one succeeds.
    """
    token = create(
        owner=owner,
        name=name,
        expiry_choice=Expiry.NEVER if seconds is None else Expiry.SECONDS,
        expiry_seconds=seconds,
        scopes=scopes,
        pairs=pairs,
        read_only=read_only,
        made_with=made_with,
        by=by,
    )
    minted = _with_jwt(token, by=by)
    tell_generated(token, by=by, made_with=made_with)
    return minted


@transaction.atomic
def mint_client_credentials(*, owner: Login, scopes: int, by: Actor) -> Minted:
    """An hour's token of a login that gave its password (RFC 6749, 4.4). It has no end but its own and leaves no mail.

    Raises ``Refused`` for a login that may not make tokens for itself.
    """
    owner = locked_owner(owner.pk)
    refusal = (
        against_making(owner, owner) or against_scopes(owner.organisation, scopes) or against_reach(owner, pairs=None)
    )
    if refusal:
        raise refusal
    name = AccessToken.Kind.CLIENT_CREDENTIALS.value
    token = AccessToken.objects.create(
        owner=owner,
        kind=AccessToken.Kind.CLIENT_CREDENTIALS,
        name=name,
        name_key=name_key(name),
        expiry_choice=Expiry.SECONDS,
        expiry_seconds=CLIENT_CREDENTIALS_SECONDS,
        scopes=scopes,
        created_by_label=by.label[:200],
    )
    record_token(verb=Verb.TOKEN_CREATE, token=token, by=by, details={"after": settings_of(token)})
    return _with_jwt(token, by=by)


def _with_jwt(token: AccessToken, *, by: Actor) -> Minted:
    """Give a token that was made in this transaction its first JWT."""
    now, zone = timezone.now(), zone_of(token.owner)
    expires_at = end_of(token.expiry_choice, None, now=now, zone=zone, seconds=token.expiry_seconds)
    pairs = effective_pairs(token.owner, token.pairs)
    jwt = issue(token, scopes=token.scopes, pairs=pairs, expires_at=expires_at, issued_at=now)
    token.digest, token.generated_at, token.expires_at = digest(jwt), now, expires_at
    token.current_scopes, token.current_restriction = token.scopes, token.restriction
    token.save(update_fields=MADE_VALID)
    details = {"jwt": settings_of(token)["jwt"], "replaced": False}
    record_token(verb=Verb.TOKEN_GENERATE, token=token, by=by, details=details)
    return Minted(token, jwt, expires_at)

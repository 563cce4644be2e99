"""Creating an access token: the record alone. Nothing secret exists yet."""

from datetime import date

from django.db import transaction

from accounts.exceptions import Refused
from accounts.models import Login
from accounts.pairs import Pair, encode
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import as_now, locked_owner
from tokens.actions.recording import record_token, settings_of
from tokens.models import AccessToken, name_key
from tokens.rules import (
    against_another,
    against_calls,
    against_expiry,
    against_giving,
    against_holding,
    against_making_with,
    against_name,
    against_networks,
    against_pairs,
    against_scopes,
)


@transaction.atomic
def create(
    *,
    owner: Login,
    name: str,
    expiry_choice: str,
    expiry_date: date | None = None,
    expiry_seconds: int | None = None,
    scopes: int,
    pairs: frozenset[Pair] | None = None,
    description: str = "",
    read_only: bool = False,
    calls_per_minute: int | None = None,
    allowed_networks: str | None = None,
    made_with: AccessToken | None = None,
    by: Actor,
) -> AccessToken:
    """A new token of ``owner``. ``pairs`` limits it; None: whatever the owner's assignments are. Raises ``Refused``.

    ``made_with`` is the token whose JWT asks for it: no more is given than that one has at this moment, and its limit
    of calls and its networks are handed on. ``calls_per_minute`` None: no limit of its own; ``allowed_networks``
    (accounts/networks.py) None: from everywhere that the organisation allows.
    """
    owner = locked_owner(owner.pk)
    maker = as_now(made_with, owner) if made_with else None
    token = AccessToken(
        owner=owner, name=name.strip(), name_key=name_key(name), description=description.strip(),
        expiry_choice=expiry_choice, expiry_date=expiry_date, expiry_seconds=expiry_seconds,
        scopes=scopes, restriction=encode(pairs), read_only=read_only,
        calls_per_minute=maker.calls_per_minute if maker else calls_per_minute,
        allowed_networks=maker.allowed_networks if maker else allowed_networks, created_by_label=by.label[:200],
    )  # fmt: skip
    if refusal := against_creating(token, pairs, maker):
        raise refusal
    token.save(force_insert=True)
    origin = {} if made_with is None else {"made_with": {"id": made_with.public_id, "name": made_with.name}}
    record_token(verb=Verb.TOKEN_CREATE, token=token, by=by, details={"after": settings_of(token), **origin})
    return token


def against_creating(token: AccessToken, pairs: frozenset[Pair] | None, maker: AccessToken | None) -> Refused | None:
    """Every rule that a token must keep before there is one. ``maker``: the token that asks for it, as it is now."""
    owner = token.owner
    return (
        against_holding(owner)
        or (maker and (against_making_with(maker, owner) or against_giving(maker, owner, pairs)))
        or against_another(owner)
        or against_name(owner, token.name)
        or against_expiry(owner, token.expiry_choice, token.expiry_date, seconds=token.expiry_seconds)
        or against_scopes(owner.organisation, token.scopes)
        or against_pairs(owner, pairs)
        or against_calls(token.calls_per_minute)
        or against_networks(token.allowed_networks)
    )

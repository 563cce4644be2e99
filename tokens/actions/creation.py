"""Creating an access token: the record alone. Nothing secret exists yet."""

from datetime import date

from django.db import transaction

from accounts.models import Login
from accounts.pairs import Pair, encode
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked_owner
from tokens.actions.recording import record_token, settings_of
from tokens.models import AccessToken, name_key
from tokens.rules import (
    against_another,
    against_expiry,
    against_holding,
    against_name,
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
    scopes: int,
    pairs: frozenset[Pair] | None = None,
    description: str = "",
    by: Actor,
) -> AccessToken:
    """A new token of ``owner``. ``pairs`` limits it; None: whatever the owner's assignments are. Raises ``Refused``."""
    owner = locked_owner(owner.pk)
    refusal = (
        against_holding(owner)
        or against_another(owner)
        or against_name(owner, name)
        or against_expiry(owner, expiry_choice, expiry_date)
        or against_scopes(owner.organisation, scopes)
        or against_pairs(owner, pairs)
    )
    if refusal:
        raise refusal
    token = AccessToken.objects.create(
        owner=owner,
        name=name.strip(),
        name_key=name_key(name),
        description=description.strip(),
        expiry_choice=expiry_choice,
        expiry_date=expiry_date,
        scopes=scopes,
        restriction=encode(pairs),
        created_by_label=by.label[:200],
    )
    record_token(verb=Verb.TOKEN_CREATE, token=token, by=by, details={"after": settings_of(token)})
    return token

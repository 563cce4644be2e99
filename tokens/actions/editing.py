"""Editing an access token: narrowing acts at once on the JWT in use, widening only on the next one."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.pairs import Pair, encode
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked, locked_owners
from tokens.actions.pending import NO_PENDING
from tokens.actions.recording import record_token, settings_of
from tokens.exceptions import Revoked
from tokens.expiry import Expiry, end_of, last_moment
from tokens.models import AccessToken, name_key
from tokens.narrowing import common, earlier, is_wider
from tokens.rules import (
    against_calls,
    against_changing,
    against_expiry,
    against_name,
    against_networks,
    against_pairs,
    against_scopes,
    zone_of,
)

FIELDS = [
    "name", "name_key", "description", "expiry_choice", "expiry_date", "expiry_seconds", "scopes", "restriction",
    "calls_per_minute", "allowed_networks", "current_scopes", "current_restriction", "expires_at", "updated_at",
    *NO_PENDING,
]  # fmt: skip

APART = {"name", "description", "calls_per_minute", "allowed_networks"}  # settings that are in no JWT


@dataclass(frozen=True, slots=True)
class Edited:
    """The token, and which settings changed; those of the JWT in use under their names with ``jwt_`` before them.

    ``lost_scopes`` are those that the JWT in use had; ``waits`` tells that something comes only with the next one.
    """

    token: AccessToken
    changed: frozenset[str]
    lost_scopes: int = 0
    waits: bool = False


@transaction.atomic
def edit(
    *,
    token: AccessToken,
    name: str,
    expiry_choice: str,
    expiry_date: date | None = None,
    scopes: int,
    pairs: frozenset[Pair] | None = None,
    description: str = "",
    calls_per_minute: int | None = None,
    allowed_networks: str | None = None,
    by: Actor,
) -> Edited:
    """Replace the token's settings. Nothing changed, nothing recorded. Raises ``Refused``.

    A length in seconds can be kept, not chosen. What is left to a JWT that was shown and not saved is not worked out:
    it is discarded, unless only what is ``APART`` from it changed. The limit of calls and the networks act at once, up
    and down.
    """
    token = locked(token)
    if token.revoked_at is not None:
        raise Revoked
    seconds = token.expiry_seconds if expiry_choice == Expiry.SECONDS else None
    has_new_expiry = (expiry_choice, expiry_date) != (token.expiry_choice, token.expiry_date)
    refusal = (
        against_name(token.owner, name, token=token)
        or (against_expiry(token.owner, expiry_choice, expiry_date, seconds=seconds) if has_new_expiry else None)
        or (against_scopes(token.owner.organisation, scopes) if scopes != token.scopes else None)
        or (against_pairs(token.owner, pairs, kept=token.pairs) if pairs != token.pairs else None)
        or against_calls(calls_per_minute)
        or against_networks(allowed_networks)
    )
    if refusal:
        raise refusal
    before, scopes_before = settings_of(token), token.current_scopes
    token.name, token.name_key, token.description = name.strip(), name_key(name), description.strip()
    token.expiry_choice, token.expiry_date, token.expiry_seconds = expiry_choice, expiry_date, seconds
    token.scopes, token.restriction, token.calls_per_minute = scopes, encode(pairs), calls_per_minute
    token.allowed_networks = allowed_networks
    if token.generated_at is not None:
        _narrow(token, end=_end(token, token.generated_at) if has_new_expiry else None)
    return _write(token, before, scopes_before, by)


@transaction.atomic
def shorten_all(*, tokens: Iterable[AccessToken], last_day: date, by: Actor) -> int:
    """Let none of the tokens last longer than that day of its owner; gives how many lasted longer.

    Those that ended or end before stay as they are, and so do short-lived ones of the token endpoint. Raises
    ``Refused`` for a day that has passed or that a policy does not allow.
    """
    chosen = list(tokens)
    owners = locked_owners({token.owner_id for token in chosen})
    keys = [token.pk for token in chosen]
    held = AccessToken.objects.select_for_update(no_key=True).filter(pk__in=keys, revoked_at=None).order_by("pk")
    count = 0
    for token in held:
        token.owner = owners[token.owner_id]
        if not lasts_longer(token, last_day):
            continue
        if refusal := against_expiry(token.owner, Expiry.DATE, last_day):
            raise refusal
        before, scopes_before = settings_of(token), token.current_scopes
        token.expiry_choice, token.expiry_date, token.expiry_seconds = Expiry.DATE, last_day, None
        if token.generated_at is not None:
            _narrow(token, end=_end(token, token.generated_at))
        _write(token, before, scopes_before, by)
        count += 1
    return count


def lasts_longer(token: AccessToken, last_day: date) -> bool:
    """Whether the JWT in use ends after that day; of a token that has none, whether the next one may."""
    if against_changing(token):
        return False
    if token.generated_at is None:
        return token.expiry_date is None or token.expiry_date > last_day
    end = last_moment(last_day, zone_of(token.owner))
    return token.expires_at is None or token.expires_at > end


def _narrow(token: AccessToken, *, end: datetime | None) -> None:
    """Cut the JWT in use to what the token has now. ``end`` is its new end, None where none is nearer."""
    token.current_scopes &= token.scopes
    token.current_restriction = common(token.current_restriction, token.restriction)
    token.expires_at = earlier(token.expires_at, end)


def _end(token: AccessToken, generated_at: datetime) -> datetime | None:
    zone, seconds = zone_of(token.owner), token.expiry_seconds
    return end_of(token.expiry_choice, token.expiry_date, now=generated_at, zone=zone, seconds=seconds)


def _write(token: AccessToken, before: dict[str, Any], scopes_before: int, by: Actor) -> Edited:
    after = settings_of(token)
    changed = {name for name in after if name != "jwt" and after[name] != before[name]}
    jwt = {f"jwt_{name}" for name, value in after.get("jwt", {}).items() if value != before["jwt"][name]}
    if not changed:
        return Edited(token, frozenset())
    if changed - APART:
        for field, value in NO_PENDING.items():
            setattr(token, field, value)
    token.updated_at = timezone.now()
    token.save(update_fields=FIELDS)
    details = {
        "before": {name: before[name] for name in before if before[name] != after[name]},
        "after": {name: after[name] for name in after if before[name] != after[name]},
    }
    record_token(verb=Verb.TOKEN_UPDATE, token=token, by=by, details=details)
    waits = bool(changed - APART) and is_wider(token)
    return Edited(token, frozenset(changed | jwt), scopes_before & ~token.current_scopes, waits)

"""The entry of a token's change: whose token, which one, and its settings as the ledger keeps them."""

from typing import Any

from accounts import networks
from accounts.pairs import Pair, decode
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb
from tokens.models import AccessToken
from tokens.reach import pair_names
from tokens.scopes import names


def record_token(*, verb: Verb, token: AccessToken, by: Actor, details: dict[str, Any] | None = None) -> None:
    record(
        verb=verb,
        by=by,
        organisation_id=token.owner.organisation_id,
        subject=token.reference,
        owner=token.owner.reference,
        token=token.reference,
        details=details,
    )


def settings_of(token: AccessToken) -> dict[str, Any]:
    """What the next JWT gets (``jwt`` tells what the valid one has), in words that stay readable; never a digest."""
    restriction, current = decode(token.restriction), decode(token.current_restriction)
    words = pair_names((restriction or frozenset()) | (current or frozenset()), token.owner.organisation_id)
    settings: dict[str, Any] = {
        "name": token.name,
        "description": token.description,
        "expires_on": expiry_of(token),
        "scopes": names(token.scopes),
        "limited_to": _labels(restriction, words),
        "read_only": token.read_only,
        "calls_per_minute": token.calls_per_minute,
        "allowed_networks": networks.names(token.allowed_networks),
    }
    if token.generated_at is not None:
        settings["jwt"] = {
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "scopes": names(token.current_scopes),
            "limited_to": _labels(current, words),
        }
    return settings


def expiry_of(token: AccessToken) -> str:
    """The choice, a date, or a length in seconds."""
    if token.expiry_seconds is not None:
        return f"{token.expiry_seconds} s"
    return token.expiry_date.isoformat() if token.expiry_date else token.expiry_choice


def _labels(pairs: frozenset[Pair] | None, words: dict[Pair, str]) -> list[str] | None:
    return None if pairs is None else [label for pair, label in words.items() if pair in pairs]

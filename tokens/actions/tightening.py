"""Changing an organisation's policies on tokens, and what becomes of the JWTs in use that do not keep to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from accounts.actions.locks import hold
from accounts.actions.policies import update_settings
from accounts.models import Login, Organisation, OutboxMail
from audit.actions import Happening, record_many
from audit.actor import Actor
from audit.verbs import Verb
from tokens.actions.locks import locked_owners
from tokens.actions.pending import NO_PENDING
from tokens.actions.recording import expiry_of
from tokens.in_use import LEAVE, SHORTEN, STOP, Tightening
from tokens.mail import mail_on_limits
from tokens.models import AccessToken
from tokens.narrowing import earlier
from tokens.scopes import names

AT_ONCE = 500
EXPIRY = ("expiry_choice", "expiry_date", "expiry_seconds")


@dataclass
class Tightened:
    """Which settings changed, and how many tokens were limited; ``stopped`` of them have no valid JWT any more."""

    changed: list[str]
    limited: int = 0
    stopped: int = 0


@dataclass
class Limited:
    """One token with its new values; ``stopped``: its JWT ends now."""

    token: AccessToken
    values: dict[str, Any] = field(default_factory=dict)
    stopped: bool = False


@transaction.atomic
def tighten(
    *,
    organisation: Organisation,
    settings: Mapping[str, Any],
    version: str,
    lives: str = LEAVE,
    scopes: str = LEAVE,
    by: Actor,
) -> Tightened:
    """Write the settings as ``update_settings`` does, and do with tokens that do not keep to them what was decided.

    ``lives`` is about those whose Expires On becomes too long, ``scopes`` about those with a scope that is no longer
    allowed: ``tokens.in_use`` has the words. Their owners are told by mail. Raises ``Conflict`` and ``Refused``, and
    then nothing is done.
    """
    organisation = hold(organisation.pk)
    tightening = Tightening.of(organisation, settings)
    found = _concerned(tightening, lives, scopes)
    owners = _locked_owners_of(found)
    limited = list(_limits(_locked(found), found, tightening, lives, scopes))
    done = Tightened(update_settings(organisation=organisation, settings=settings, version=version, by=by))
    _write(limited)
    for one in limited:
        one.token.owner = owners[one.token.owner_id]
    record_many((_happening(one) for one in limited), by=by, organisation_id=organisation.pk)
    _tell(limited, by)
    done.limited, done.stopped = len(limited), sum(one.stopped for one in limited)
    return done


def _concerned(tightening: Tightening, lives: str, scopes: str) -> dict[int, tuple[bool, bool]]:
    """By the keys of the tokens: whether they are to be limited for their life, and for a scope."""
    chosen = {SHORTEN: (tightening.lives, tightening.scopes), STOP: (tightening.lasting, tightening.holding)}
    long, wide = (
        {*chosen[deed][place].values_list("pk", flat=True)} if deed in chosen else set[int]()
        for place, deed in enumerate((lives, scopes))
    )
    return {key: (key in long, key in wide) for key in long | wide}


def _locked_owners_of(tokens: Iterable[int]) -> dict[int, Login]:
    keys: set[int] = set()
    for portion in _portions(tokens):
        keys |= {*AccessToken.objects.filter(pk__in=portion).values_list("owner_id", flat=True)}
    found: dict[int, Login] = {}
    for portion in _portions(keys):
        found |= locked_owners(set(portion))
    return found


def _locked(tokens: Iterable[int]) -> Iterator[AccessToken]:
    for portion in _portions(tokens):
        held = AccessToken.objects.select_for_update(no_key=True).filter(pk__in=portion, revoked_at=None)
        yield from held.order_by("pk")


def _portions(keys: Iterable[int]) -> Iterator[list[int]]:
    """In their order: of two deeds neither waits for what the other holds."""
    rest = iter(sorted(keys))
    while portion := list(islice(rest, AT_ONCE)):
        yield portion


def _limits(
    tokens: Iterable[AccessToken],
    found: Mapping[int, tuple[bool, bool]],
    tightening: Tightening,
    lives: str,
    scopes: str,
) -> Iterable[Limited]:
    for token in tokens:
        one, (is_long, is_wide) = Limited(token), found[token.pk]
        if is_long and lives == SHORTEN:
            one.values |= {"expiry_choice": tightening.expires_on, "expiry_date": None, "expiry_seconds": None}
            if (
                token.generated_at is not None
                and (end := earlier(token.expires_at, tightening.end)) != token.expires_at
            ):
                one.values["expires_at"] = end
        if is_wide and scopes == SHORTEN:
            one.values |= _narrowed(token, tightening.lost)
        if (is_long and lives == STOP) or (is_wide and scopes == STOP):
            one.values["expires_at"], one.stopped = tightening.now, True
        if one.values:
            yield one


def _narrowed(token: AccessToken, lost: int) -> dict[str, int]:
    """A token that would be left without a scope keeps it for its owner to change; its JWT loses it all the same."""
    values = {"current_scopes": token.current_scopes & ~lost, "scopes": token.scopes & ~lost or token.scopes}
    return {name: value for name, value in values.items() if value != getattr(token, name)}


def _write(limited: Iterable[Limited]) -> None:
    """Tokens that get the same get it in one statement. A JWT that was shown and not saved is discarded."""
    alike: dict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
    for one in limited:
        alike[(*one.values.items(),)].append(one.token.pk)
    for values, keys in alike.items():
        for portion in _portions(keys):
            rows = AccessToken.objects.filter(pk__in=portion)
            rows.update(**dict(values), **NO_PENDING, updated_at=Now())


def _happening(one: Limited) -> Happening:
    before = _settings_now(one.token)
    for name, value in one.values.items():
        setattr(one.token, name, value)
    after = _settings_now(one.token)
    changed = [name for name in after if after[name] != before[name]]
    details = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
    token = one.token
    return Happening(
        verb=Verb.TOKEN_UPDATE, subject=token.reference, owner=token.owner.reference, token=token.reference,
        details=details,
    )  # fmt: skip


def _settings_now(token: AccessToken) -> dict[str, Any]:
    """As ``settings_of`` in tokens/actions/recording.py has them: those alone that a policy limits."""
    settings: dict[str, Any] = {"expires_on": expiry_of(token), "scopes": names(token.scopes)}
    if token.generated_at is not None:
        end = token.expires_at.isoformat() if token.expires_at else None
        settings["jwt"] = {"expires_at": end, "scopes": names(token.current_scopes)}
    return settings


def _tell(limited: Iterable[Limited], by: Actor) -> None:
    """One mail to each owner, however many tokens it is about."""
    by_owner: dict[Login, list[Limited]] = defaultdict(list)
    for one in limited:
        by_owner[one.token.owner].append(one)
    mails = (mail_on_limits(owner, [one.token for one in mine], by=by) for owner, mine in by_owner.items())
    OutboxMail.objects.bulk_create([mail for mail in mails if mail], batch_size=AT_ONCE)

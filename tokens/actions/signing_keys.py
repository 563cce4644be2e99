"""Replacing the key that signs JWTs, and taking an old one out of use for good.

A file and the database cannot change in one step. The entry is committed first: a crash after it leaves a key unmade,
or still verifying JWTs that have ended already, and the command can be given again. Never the other way round.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from audit.actions import record
from audit.actor import Actor, Reference
from audit.kept_files import set_aside
from audit.verbs import Verb
from tokens.actions.locks import locked_owners
from tokens.actions.mobile import disconnect_all
from tokens.actions.pending import NO_PENDING
from tokens.actions.recording import record_token
from tokens.key_files import begins, new_key
from tokens.keys import ring
from tokens.models import AccessToken, MobileSession
from tokens.signing_keys import SigningKey, folder, mobile_sessions_of, pending_tokens_of, signing_keys, valid_tokens_of

AT_ONCE = 200
RETIRED = ".retired"
WHY = "signing key retired"


@dataclass(frozen=True, slots=True)
class Retired:
    """What ended with a key."""

    tokens: int
    mobile_sessions: int


@transaction.atomic
def rotate_signing_key(*, after: timedelta = timedelta(0), by: Actor) -> str:
    """Make a new key, with which every process signs a second later; returns its kid. Older keys go on verifying.

    ``after``: they verify with it at once, and sign with it only then.
    """
    algorithm: str = settings.JWT_ALGORITHM
    before, made = ring().signer, new_key(folder(), algorithm, after=after)
    details = {"deed": "made", "algorithm": algorithm, "before": before.kid, "after": made.kid}
    if after:
        details["signs_from"] = begins(made.path).isoformat()
    record(verb=Verb.KEY_ROTATE, by=by, subject=Reference("signing_key", made.kid, algorithm), details=details)
    transaction.on_commit(made.write)
    return made.kid


def retire_signing_key(*, kid: str, by: Actor) -> Retired:
    """End every JWT that the key signed, then take it out of use. Raises ``Refused`` for the one that signs now.

    Its tokens end now as if their time had come, so that pages say what programs are told; another JWT of each can be
    generated. Done in portions: broken off, it is gone on with by being asked for again.
    """
    key = retirable(kid)
    ended = sum(_end_tokens(keys, by) for keys in _portions(valid_tokens_of(key)))
    for keys in _portions(pending_tokens_of(key)):
        _discard(keys, by)
    sessions = 0
    for keys in _portions(mobile_sessions_of(key)):
        sessions += disconnect_all(sessions=MobileSession.objects.filter(pk__in=keys), by=by)
    with transaction.atomic():
        details = {"deed": "retired", "tokens": ended, "mobile_sessions": sessions}
        record(verb=Verb.KEY_ROTATE, by=by, subject=Reference("signing_key", kid, key.key.algorithm), details=details)
        transaction.on_commit(lambda: set_aside(key.path, RETIRED))
    return Retired(ended, sessions)


def retirable(kid: str) -> SigningKey:
    """The key of that kid. Raises ``Refused`` where there is none, or it is the one that signs."""
    key = next((key for key in signing_keys() if key.key.kid == kid), None)
    if key is None:
        raise Refused("unknown", _("There is no signing key %(kid)s.") % {"kid": kid})
    if key.signs:
        raise Refused("signs", _("The key %(kid)s signs now. Make a new one first.") % {"kid": kid})
    if key.waits:
        raise Refused(
            "waits", _("The key %(kid)s does not sign yet: nothing ends with it. Delete its file.") % {"kid": kid}
        )
    return key


def _portions(rows: QuerySet[Any]) -> Iterator[list[int]]:
    """The keys of all rows as they are now, so many at a time."""
    rest = iter(list(rows.order_by("pk").values_list("pk", flat=True)))
    while portion := list(islice(rest, AT_ONCE)):
        yield portion


@transaction.atomic
def _end_tokens(keys: Iterable[int], by: Actor) -> int:
    rows = AccessToken.objects.filter(pk__in=keys)
    owners = locked_owners(set(rows.values_list("owner_id", flat=True)))
    held = list(rows.with_valid_jwt().select_for_update(no_key=True).order_by("pk"))
    now = timezone.now()
    for token in held:
        token.owner = owners[token.owner_id]
        before = token.expires_at.isoformat() if token.expires_at else None
        rows.filter(pk=token.pk).update(expires_at=now, updated_at=Now())
        details = {
            "why": WHY,
            "before": {"jwt": {"expires_at": before}},
            "after": {"jwt": {"expires_at": now.isoformat()}},
        }
        record_token(verb=Verb.TOKEN_UPDATE, token=token, by=by, details=details)
    return len(held)


@transaction.atomic
def _discard(keys: Iterable[int], by: Actor) -> None:
    """Nobody can save a JWT that would never be verified."""
    rows = AccessToken.objects.filter(pk__in=keys).exclude(pending_dialog="")
    owners = locked_owners(set(rows.values_list("owner_id", flat=True)))
    for token in rows.select_for_update(no_key=True).order_by("pk"):
        token.owner = owners[token.owner_id]
        AccessToken.objects.filter(pk=token.pk).update(**NO_PENDING)
        record_token(verb=Verb.TOKEN_DISCARD, token=token, by=by, details={"why": WHY})

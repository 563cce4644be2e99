"""The life of a mobile session: begun with a password, refreshed until its end, ended at any moment."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.program_sign_in import reason_against_address, record_refused_program
from accounts.backends import reason_against_program
from accounts.exceptions import BadCredentials, Conflict
from accounts.models import Login
from accounts.pairs import Pair, encode
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Result, Verb
from tokens.actions.locks import locked_owner, locked_owners
from tokens.admission import NotAdmitted, floods
from tokens.admission.mobile import SCOPES, verdict_on_refresh
from tokens.jwt import NotOurs, digest, issue_mobile
from tokens.mail import tell_reused
from tokens.models import MobileSession
from tokens.reach import pair_names
from tokens.verdicts import ADMITTED, Verdict

ACCESS_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=30)  # of 24 hours, whatever the clocks do in between; use does not prolong it
KEPT_AFTER_END = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with its two JWTs, which are shown this once; what it had before is worth nothing any more."""

    session: MobileSession
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    access_seconds: int


def life_of(owner: Login) -> timedelta:
    """30 days, or the longest life of a JWT in the organisation where that is shorter: refresh JWTs are some, too."""
    days = owner.organisation.token_days_limit
    return SESSION_LIFE if days is None else min(SESSION_LIFE, timedelta(days=days))


def begin(*, login: Login, device: str, pair: Pair | None, by: Actor) -> Opened:
    """A new session of a login whose password was verified; ``pair`` (one of its own) is all that it may read.

    Without a pair it reads nothing. SESSION_BEGIN is this sign-in's one entry: SIGN_IN tells of the console's. Raises
    ``BadCredentials`` when the login may no longer sign in, or its password was changed since it was verified.
    """
    with transaction.atomic():
        owner = locked_owner(login.pk)
        reason = reason_against_program(owner) or reason_against_address(owner, by.address)
        if not reason and owner.password_changed_at != login.password_changed_at:
            reason = Verdict.PASSWORD_CHANGED.value
        if not reason and pair is not None and pair not in owner.pairs:
            reason = Verdict.NO_ASSIGNMENT.value
        if not reason:
            return _begun(owner, device, pair, by)
    record_refused_program(login=login, reason=reason, by=by)
    raise BadCredentials


def refresh(*, session_id: str, sha256: bytes, by: Actor) -> Opened:
    """The session's next two JWTs, for its genuine refresh JWT of this digest; those before are dead at once.

    A refresh JWT that was used before ends the session: one of the two who have it is a thief, and nobody can tell
    which (RFC 9700, 4.14.2). Raises ``NotAdmitted`` with the reason, which is on record, and ``NotOurs`` when there is
    no such session.
    """
    with transaction.atomic():
        session = _locked(session_id)
        by = _owner_as_actor(session, by)
        verdict, why = _verdict(session, sha256, by)
        if verdict == ADMITTED:
            return _renewed(session, by)
        if verdict == Verdict.REUSED:
            _end(session, MobileSession.Ending.REUSED, by)
            tell_reused(session, by=by)
    _record_refused(session, verdict, why, by)
    raise NotAdmitted(Verdict(verdict), "mobile")


def sign_out(*, session_id: str, by: Actor) -> MobileSession:
    """End the session because its own device says so; one that has ended stays as it is. Raises ``NotOurs``."""
    with transaction.atomic():
        session = _locked(session_id)
        if session.ended_at is None:
            _end(session, MobileSession.Ending.SIGNED_OUT, _owner_as_actor(session, by))
    return session


def disconnect(*, session: MobileSession, by: Actor) -> MobileSession:
    """End somebody's session: its next call is refused. Raises ``Conflict`` when it has ended already."""
    with transaction.atomic():
        session = _locked(session.public_id)
        if session.ended_at is not None:
            raise Conflict("session_ended", _("This session has ended already."))
        _end(session, MobileSession.Ending.DISCONNECTED, by)
    return session


@transaction.atomic
def disconnect_all(*, sessions: Iterable[MobileSession], by: Actor) -> int:
    """End each of the sessions that has not ended yet, all or none; returns how many."""
    chosen = list(sessions)
    owners = locked_owners({session.login_id for session in chosen})
    keys = [session.pk for session in chosen]
    held = list(MobileSession.objects.select_for_update(no_key=True).filter(pk__in=keys, ended_at=None).order_by("pk"))
    for session in held:
        session.login = owners[session.login_id]
        _end(session, MobileSession.Ending.DISCONNECTED, by)
    return len(held)


def end_leaked(*, session: MobileSession, by: Actor) -> bool:
    """End the session because one of its JWTs was found where it must not be; False when it has ended already."""
    with transaction.atomic():
        session = _locked(session.public_id)
        if session.ended_at is not None:
            return False
        _end(session, MobileSession.Ending.LEAKED, by)
    return True


def forget_ended() -> int:
    """Forget the sessions that ended, or were over, a month ago; returns how many. The log keeps what they did."""
    before = timezone.now() - KEPT_AFTER_END
    return MobileSession.objects.filter(Q(ended_at__lt=before) | Q(expires_at__lt=before)).delete()[0]


def _locked(session_id: str) -> MobileSession:
    """The session and its owner as they are now, held until the transaction ends. The owner comes first, always."""
    found = MobileSession.objects.filter(public_id=session_id).first()
    if found is None:
        raise NotOurs
    owner = locked_owner(found.login_id)
    held = MobileSession.objects.select_for_update(no_key=True).get(pk=found.pk)
    held.login = owner
    return held


def _owner_as_actor(session: MobileSession, by: Actor) -> Actor:
    owner = session.login
    return replace(by, id=owner.public_id, label=owner.label, organisation_id=owner.organisation_id)


def _begun(owner: Login, device: str, pair: Pair | None, by: Actor) -> Opened:
    now, pairs = timezone.now(), [] if pair is None else [pair]
    session = MobileSession(
        login=owner, device=device, restriction=encode(pairs) or "", expires_at=now + life_of(owner)
    )
    opened = _with_jwts(session, now)
    session.save(force_insert=True)
    labels = list(pair_names(pairs, owner.organisation_id).values())
    _record(Verb.SESSION_BEGIN, session, by, {"limited_to": labels, "expires_at": session.expires_at.isoformat()})
    return opened


def _renewed(session: MobileSession, by: Actor) -> Opened:
    opened = _with_jwts(session, timezone.now())
    MobileSession.objects.filter(pk=session.pk).update(
        access_digest=session.access_digest,
        access_expires_at=session.access_expires_at,
        refresh_digest=session.refresh_digest,
        last_active_at=Now(),
    )
    _record(Verb.SESSION_REFRESH, session, by)
    return opened


def _with_jwts(session: MobileSession, now: datetime) -> Opened:
    """Two new JWTs, whose digests the session now has; the caller writes them down."""
    session.access_expires_at = min(now + ACCESS_LIFE, session.expires_at)
    issued = issue_mobile(session, scopes=int(SCOPES), issued_at=now)
    session.access_digest, session.refresh_digest = digest(issued.access), digest(issued.refresh)
    seconds = int((session.access_expires_at - now).total_seconds())
    return Opened(session, issued.access, issued.refresh, seconds)


def _verdict(session: MobileSession, sha256: bytes, by: Actor) -> tuple[str, str]:
    """The verdict and, for one that covers several reasons, the exact one.

    A session goes on only while its login could begin one.
    """
    verdict = verdict_on_refresh(session.public_id, sha256, by.address) or Verdict.SESSION_ENDED.value
    why = reason_against_program(session.login) if verdict == ADMITTED else ""
    return (Verdict.SIGN_IN_REFUSED.value if why else verdict), why


def _end(session: MobileSession, ending: MobileSession.Ending, by: Actor) -> None:
    session.ended_at, session.ending = timezone.now(), ending.value
    session.save(update_fields=["ended_at", "ending"])
    _record(Verb.SESSION_END, session, by, reason=ending.value)


def _record_refused(session: MobileSession, verdict: str, why: str, by: Actor) -> None:
    """Put a refused refresh on record; of a flood no more than of a token's refused calls."""
    count = floods.count_refusal(session.public_id)
    if count > floods.RECORDED:
        floods.note_unrecorded(session.public_id, verdict, by.address, count)
        return
    with transaction.atomic():
        details = {"why": why} if why else None
        _record(Verb.SESSION_REFRESH, session, by, details, result=Result.FAIL, reason=verdict)


def _record(
    verb: Verb,
    session: MobileSession,
    by: Actor,
    details: dict[str, Any] | None = None,
    *,
    result: Result = Result.OK,
    reason: str = "",
) -> None:
    record(
        verb=verb,
        by=by,
        result=result,
        reason=reason,
        organisation_id=session.login.organisation_id,
        subject=session.reference,
        owner=session.login.reference,
        token=session.reference,
        details=details,
    )

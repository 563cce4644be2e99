"""The life of a console session: begun at sign-in, seen at most once a minute, ended here, elsewhere or by itself."""

from collections.abc import Iterable
from datetime import timedelta
from ipaddress import ip_address

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actions.sign_in import record_sign_in, record_sign_out
from accounts.exceptions import Conflict
from accounts.models import Login, Organisation
from accounts.sessions import PUBLIC_ID, How, new_id
from audit.actions import record
from audit.actor import Actor
from audit.verbs import Verb

AGENT_LENGTH: int = UserSession._meta.get_field("user_agent").max_length
NOWHERE = "0.0.0.0"  # noqa: S104  # for a request that came through a socket without an address
BATCH = 500


def begin(*, login: Login, key: str, by: Actor, way: str = "") -> str:
    """Put a sign-in and its session, of this key, on record; returns the id by which entries name the session.

    ``way`` is one of ``accounts.reasons.SIGN_IN_WAYS``; empty for the password alone.
    """
    session = new_id()
    with transaction.atomic():
        note(login=login, key=key, session=session, address=by.address, user_agent=by.user_agent)
        record_sign_in(login=login, by=by, session=session, way=way)
    return session


def leave(*, login: Login, key: str, session: str, by: Actor) -> None:
    """Put on record that somebody signs out here; the caller forgets what the session holds."""
    with transaction.atomic():
        UserSession.objects.filter(session_key=key).delete()
        record_sign_out(login=login, by=by, session=session)


def note(*, login: Login, key: str, session: str, address: str, user_agent: str) -> None:
    """Keep a row for a session that has none yet; of several requests at once one does."""
    row = UserSession(
        user=login,
        session_key=key,
        ip=_ip(address),
        user_agent=user_agent.replace("\x00", "")[:AGENT_LENGTH],
        data={PUBLIC_ID: session},
    )
    UserSession.objects.bulk_create([row], ignore_conflicts=True)


def note_seen(*, key: str, address: str) -> None:
    """When, and from where, the session was used last. One that has ended meanwhile stays ended."""
    UserSession.objects.filter(session_key=key).update(last_seen_at=timezone.now(), ip=_ip(address))


def _ip(address: str) -> str:
    """The address as a column of addresses takes it: without the zone of a link-local one (RFC 4007, section 11)."""
    plain = address.partition("%")[0]
    try:
        return str(ip_address(plain))
    except ValueError:
        return NOWHERE


def renew(*, old: str, new: str) -> bool:
    """The session goes on by another key, as after a change of password. False when it has ended meanwhile."""
    return bool(UserSession.objects.filter(session_key=old).update(session_key=new))


def end(*, login: Login, session: str, how: How = How.ELSEWHERE, by: Actor) -> None:
    """Sign the login out of one of its sessions. Raises ``Conflict`` when that has ended already."""
    rows = UserSession.objects.filter(user_id=login.pk, **{f"data__{PUBLIC_ID}": session})
    with transaction.atomic():
        if not _end(rows, login, how, by):
            raise Conflict("session_ended", _("This session has ended already."))


def end_others(*, login: Login, keep: str, how: How = How.ELSEWHERE, by: Actor) -> int:
    """Sign the login out everywhere but in the session of the key ``keep`` ("" for none); returns of how many."""
    with transaction.atomic():
        return _end(UserSession.objects.filter(user_id=login.pk).exclude(session_key=keep), login, how, by)


def end_overdue() -> str:
    """End the sessions that stood idle, or lasted, longer than their organisation allows; forget what is left of them.

    Returns how many, in words for the log. Whoever comes back sooner is told by the request itself.
    """
    ended = sum(_end_overdue_of(*policy) for policy in _policies())
    forgotten, _by_model = Session.objects.filter(expire_date__lt=timezone.now()).delete()
    return f"{ended} ended, {forgotten} forgotten" if ended or forgotten else ""


def _policies() -> Iterable[tuple[int, int]]:
    return Organisation.objects.values_list("session_idle_minutes", "session_hours_limit").distinct()


def _end_overdue_of(idle_minutes: int, hours: int) -> int:
    now = timezone.now()
    idle, old = now - timedelta(minutes=idle_minutes), now - timedelta(hours=hours)
    overdue = UserSession.objects.filter(
        Q(last_seen_at__lt=idle) | Q(created_at__lt=old),
        user__organisation__session_idle_minutes=idle_minutes,
        user__organisation__session_hours_limit=hours,
    ).select_related("user")
    count = 0
    for row in overdue.order_by("pk")[:BATCH]:
        by = Actor(label="", channel="worker", organisation_id=row.user.organisation_id)
        with transaction.atomic():
            count += _end(UserSession.objects.filter(pk=row.pk), row.user, How.IDLE, by)
    return count


def _end(rows: QuerySet[UserSession], login: Login, how: How, by: Actor) -> int:
    """End these sessions, each on record; one that somebody else ended at this moment is theirs."""
    held = list(rows.select_for_update(of=("self",)).order_by("pk"))
    UserSession.objects.filter(pk__in=[row.pk for row in held]).delete()
    Session.objects.filter(session_key__in=[row.session_key for row in held]).delete()
    for row in held:
        record(
            verb=Verb.LOGIN_SESSION_END,
            by=by,
            organisation_id=login.organisation_id,
            subject=login.reference,
            details={
                "session": row.data.get(PUBLIC_ID, ""),
                "how": how.value,
                "last_active": row.last_seen_at.isoformat(timespec="seconds"),
            },
        )
    return len(held)

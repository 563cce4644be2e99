"""Ending every session of logins, in browsers and apps, for good: what lets a login in again revives none of them."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.actions.locks import locked
from accounts.actions.sessions import BATCH, end
from accounts.leaving import end_apps
from accounts.managers import check, manager_of
from accounts.models import Login, Organisation
from accounts.rules.logins import against_signing_out
from accounts.rules.managing import against_managing
from accounts.sessions import PUBLIC_ID, How
from audit.actions import Happening, record_many
from audit.actor import Actor
from audit.verbs import Verb


@transaction.atomic
def sign_out_everywhere(*, logins: QuerySet[Login], organisation_id: int, how: How, keep: str = "", by: Actor) -> int:
    """End every session of these logins of one organisation, but for that of the key ``keep``; returns how many.

    Thousands take a few statements: each is on record all the same, so that the log knows how long it lasted.
    """
    rows = UserSession.objects.filter(user__in=logins).exclude(session_key=keep).select_related("user")
    held = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for start in range(0, len(held), BATCH):
        portion = held[start : start + BATCH]
        UserSession.objects.filter(pk__in=[row.pk for row in portion]).delete()
        Session.objects.filter(session_key__in=[row.session_key for row in portion]).delete()
    record_many((_ended(row, how) for row in held), by=by, organisation_id=organisation_id)
    return len(held) + end_apps(logins, organisation_id, how, by)


@transaction.atomic
def sign_out_login(*, login: Login, by: Actor) -> int:
    """End every session of somebody else; returns how many. Tokens do not notice. Raises ``Refused``."""
    login = locked(login)
    check(against_signing_out(login, by.id), against_managing(manager_of(by), login))
    return shut_out(login, How.ADMINISTRATOR, by)


@transaction.atomic
def sign_out_session(*, login: Login, session: str, by: Actor) -> None:
    """End one browser's session of somebody else. Raises ``Refused``, and ``Conflict`` when it has ended already."""
    login = locked(login)
    check(against_signing_out(login, by.id), against_managing(manager_of(by), login))
    end(login=login, session=session, how=How.ADMINISTRATOR, by=by)


def end_shut_out() -> str:
    """End what is left of logins that are disabled or expired, and of suspended organisations; says how many.

    Whoever signed in at the moment of the change got a session that is refused: it must not stand when the login is
    let in again.
    """
    now, ended = timezone.now(), 0
    for organisation in Organisation.objects.order_by("pk"):
        of_it = Login.objects.filter(organisation=organisation)
        by = Actor(label="", channel="worker", organisation_id=organisation.pk)
        parts = {
            How.SUSPENDED: of_it if organisation.suspended_at else of_it.none(),
            How.DISABLED: of_it.filter(enabled=False),
            How.EXPIRED: of_it.filter(~Q(expires_at=None), expires_at__lte=now),
        }
        for how, logins in parts.items():
            ended += sign_out_everywhere(logins=logins, organisation_id=organisation.pk, how=how, by=by)
    return f"{ended} ended" if ended else ""


def shut_out(login: Login, how: How, by: Actor) -> int:
    """All of one login."""
    just_it = Login.objects.filter(pk=login.pk)
    return sign_out_everywhere(logins=just_it, organisation_id=login.organisation_id, how=how, by=by)


def _ended(row: UserSession, how: How) -> Happening:
    return Happening(
        verb=Verb.LOGIN_SESSION_END,
        subject=row.user.reference,
        details={
            "session": row.data.get(PUBLIC_ID, ""),
            "how": how.value,
            "last_active": row.last_seen_at.isoformat(timespec="seconds"),
        },
    )

"""Ending the mobile sessions of logins that are shut out, or signed out by an administrator."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Login
from accounts.sessions import How
from audit.actions import Happening, record_many
from audit.actor import Actor
from audit.verbs import Verb
from tokens.models import MobileSession

Ending = MobileSession.Ending


def end_apps_of(logins: QuerySet[Login], organisation_id: int, how: How, by: Actor) -> int:
    """End every mobile session of these logins, each on record; returns how many."""
    rows = MobileSession.objects.filter(login__in=logins).open().select_related("login").order_by("pk")
    held = list(rows.select_for_update(of=("self",), no_key=True))
    ending = Ending.DISCONNECTED if how is How.ADMINISTRATOR else Ending.SHUT_OUT
    ended = MobileSession.objects.filter(login__in=logins, pk__in=[session.pk for session in held], ended_at=None)
    ended.update(ended_at=timezone.now(), ending=ending.value)
    record_many((_ended(session, ending) for session in held), by=by, organisation_id=organisation_id)
    return len(held)


def _ended(session: MobileSession, ending: MobileSession.Ending) -> Happening:
    return Happening(
        verb=Verb.SESSION_END,
        subject=session.reference,
        owner=session.login.reference,
        token=session.reference,
        reason=ending.value,
    )

"""What ends with a login, or at its holder's wish with a password: tokens and mobile sessions, each on record."""

from accounts.models import Login
from audit.actor import Actor
from tokens.actions.mobile import disconnect
from tokens.actions.revocation import revoke, revoke_all
from tokens.models import AccessToken, MobileSession

WHY = "Login deleted"  # in the log, as everything there, in one language
WHY_PASSWORD = "Revoked with the old password"  # noqa: S105


def end_all_of(login: Login, by: Actor) -> None:
    """Revoke every token and end every mobile session of a login that is about to be deleted."""
    for token in AccessToken.objects.of_owner(login).filter(revoked_at=None).order_by("pk"):
        revoke(token=token, why=WHY, by=by)
    for session in MobileSession.objects.filter(login=login).open().order_by("pk"):
        disconnect(session=session, by=by)


def revoke_own(login: Login, by: Actor) -> int:
    """Revoke every token of a login whose holder chose so when changing the password; returns how many."""
    return revoke_all(tokens=AccessToken.objects.of_owner(login).listed(), why=WHY_PASSWORD, by=by)

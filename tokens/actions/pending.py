"""The pending slot of a token: the one JWT that was shown and is not yet saved."""

import re

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.exceptions import Conflict
from audit.grids.moments import moment_text
from audit.models import Entry
from audit.verbs import Verb
from tokens.exceptions import Revoked
from tokens.models import PENDING_LIFE, AccessToken

NO_PENDING: dict[str, object] = {
    "pending_dialog": "",
    "pending_digest": None,
    "pending_scopes": 0,
    "pending_restriction": None,
    "pending_expires_at": None,
    "pending_made_at": None,
    "pending_by_label": "",
}
DIALOG = re.compile(r"[A-Za-z0-9_-]{22}")
ENDINGS = (Verb.TOKEN_GENERATE, Verb.TOKEN_UPDATE, Verb.TOKEN_DISCARD)


def with_pending(token: AccessToken, dialog: str) -> QuerySet[AccessToken]:
    """The token's row while that dialog's JWT is the pending one and may still be saved; else no row."""
    if not DIALOG.fullmatch(dialog):
        return AccessToken.objects.none()
    since = timezone.now() - PENDING_LIFE
    return AccessToken.objects.filter(pk=token.pk, revoked_at=None, pending_dialog=dialog, pending_made_at__gt=since)


def conflict(token: AccessToken, dialog: str) -> Conflict:
    """Why a JWT can no longer be saved: who opened, saved, changed or discarded, and when."""
    if token.revoked_at is not None:
        return Revoked()
    if token.pending_dialog and token.pending_dialog == dialog:
        return Conflict(
            "too_late", _("This JWT was shown more than 15 minutes ago and can no longer be saved. Generate another.")
        )
    if token.pending_dialog and token.pending_made_at:
        words = {"who": token.pending_by_label, "when": moment_text(token.pending_made_at)}
        return Conflict("newer_opened", _("%(who)s opened a newer Generate Token: %(when)s. This JWT is void.") % words)
    last = Entry.objects.of_token(token.public_id).filter(verb__in=ENDINGS).newest_first().first()
    words = {"who": (last.actor_label if last else "") or "–", "when": moment_text(last.at) if last else "–"}
    if last and last.verb == Verb.TOKEN_GENERATE:
        return Conflict("saved", _("%(who)s saved a JWT of this token: %(when)s. This one is void.") % words)
    if last and last.verb == Verb.TOKEN_UPDATE:
        return Conflict("edited", _("%(who)s edited this token: %(when)s. This JWT is void.") % words)
    return Conflict("discarded", _("%(who)s discarded this JWT: %(when)s.") % words)

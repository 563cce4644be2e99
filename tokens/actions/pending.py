"""The pending slot of a token: the one JWT that was shown and is not yet saved."""

import re

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

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
ENDED: dict[Verb, tuple[str, Promise]] = {
    Verb.TOKEN_GENERATE: ("saved", _l("%(who)s saved a JWT of this token: %(when)s. This one is void.")),
    Verb.TOKEN_UPDATE: ("edited", _l("%(who)s edited this token: %(when)s. This JWT is void.")),
    Verb.TOKEN_DISCARD: ("discarded", _l("%(who)s discarded this JWT: %(when)s.")),
}
ENDINGS = (Verb.TOKEN_SHOW, *ENDED)


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
    if token.pending_dialog and token.pending_dialog != dialog and token.pending_made_at:
        words = {"who": token.pending_by_label, "when": moment_text(token.pending_made_at)}
        return Conflict("newer_opened", _("%(who)s opened a newer Generate Token: %(when)s. This JWT is void.") % words)
    last = Entry.objects.of_token(token.public_id).filter(verb__in=ENDINGS).newest_first().first()
    if last is None or last.verb == Verb.TOKEN_SHOW:  # nobody ended it but the clock
        return Conflict(
            "too_late", _("This JWT was shown more than 15 minutes ago and can no longer be saved. Generate another.")
        )
    code, told = ENDED[Verb(last.verb)]
    return Conflict(code, str(told) % {"who": last.actor_label or "–", "when": moment_text(last.at)})


def forget_old_pending() -> int:
    """Empty the slots whose time is over, and say how many: nothing of them could be saved any more."""
    over = AccessToken.objects.filter(pending_made_at__lte=timezone.now() - PENDING_LIFE)
    return over.update(**NO_PENDING)

"""Who stands behind an action on contacts and logins, as they are at that moment."""

from django.utils.translation import gettext as _

from accounts.exceptions import Refused
from accounts.models import Login
from audit.actor import Actor

UNATTENDED = frozenset({"command", "worker", "demo"})


def manager_of(by: Actor) -> Login | None:
    """The login that acts, with the rights it has now; None for the operator, who may do everything.

    Raises ``Refused`` when nobody is known, or whoever it was is there no more, or shut out by now.
    """
    if not by.id and by.channel in UNATTENDED:
        return None
    manager: Login | None = Login.objects.select_related("organisation").filter(public_id=by.id).first()
    if manager is None or not manager.is_active:
        raise Refused("not_allowed", _("Whoever asks for this is there no more."))
    return manager


def check(*refusals: Refused | None) -> None:
    """Raise the first refusal, if there is one."""
    for refusal in refusals:
        if refusal:
            raise refusal

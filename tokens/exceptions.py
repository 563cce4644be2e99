"""Refusals about access tokens."""

from django.utils.translation import gettext as _

from accounts.exceptions import Conflict


class OwnerGone(Conflict):
    """Somebody deleted the login meanwhile."""

    def __init__(self) -> None:
        super().__init__("gone", _("This login was deleted meanwhile."))


class Revoked(Conflict):
    """Somebody revoked the token meanwhile."""

    def __init__(self) -> None:
        super().__init__("revoked", _("This token was revoked meanwhile. A revoked token cannot be brought back."))

"""The Actions menu of a token. What cannot be done now stays, grey, with its reason."""

from django.utils.translation import gettext as _

from accounts.exceptions import message
from audit.grids.menus import Entry, Menu
from tokens.desk import Desk
from tokens.models import AccessToken
from tokens.rules import against_changing, against_generating, against_making


def token_menu(token: AccessToken, desk: Desk) -> Menu:
    against = against_changing(token)
    stopped = message(against or against_making(desk.viewer, desk.owner) or against_generating(token, desk.owner))
    fixed = message(against)
    return Menu(
        token.name,
        [
            [
                Entry(_("Open"), desk.url(token, "token"), "key-round"),
                Entry(_("Generate Token"), desk.url(token, "generate"), "refresh-cw", method="dialog", reason=stopped),
                Entry(_("Edit Token"), desk.url(token, "edit"), "pencil", method="dialog", reason=fixed),
                Entry(_("Token Logs"), desk.url(token, "logs"), "scroll-text"),
            ],
            [Entry(_("Revoke Token…"), desk.url(token, "revoke"), "ban", danger=True, method="dialog")],
        ],
    )

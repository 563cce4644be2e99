"""What goes on at the identity provider after Log Out, and how a person ends it there."""

from urllib.parse import urlencode

from django.contrib.sessions.backends.base import SessionBase
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from accounts.models import IdentityProvider

LEFT = "sign_on_left"  # its key in a session that began by single sign-on


def remember(session: SessionBase, provider: IdentityProvider, end_session: str) -> None:
    """``end_session`` is the provider's own page for it (RP-Initiated Logout 1.0); it may have none."""
    joint = "&" if "?" in end_session else "?"
    address = f"{end_session}{joint}{urlencode({'client_id': provider.client_id})}" if end_session else ""
    session[LEFT] = {"name": provider.name, "address": address}


def words(session: SessionBase) -> SafeString | str:
    """To be asked for before the session ends; empty for one that began in another way."""
    left = session.get(LEFT)
    if not left:
        return ""
    told = _("You are signed out here. At %(name)s you stay signed in.") % {"name": left["name"]}
    if not left["address"]:
        return told
    return format_html('{} <a href="{}">{}</a>', told, left["address"], _("Sign out there too"))

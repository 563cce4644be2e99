"""The mail that asks whether it was the owner who used an access token from a new network or with a new tool."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts.mail import enqueue
from tokens.desk import token_url
from tokens.mail.readers import Reader, in_words_of, moment_with_zone
from tokens.models import ELSEWHERE, AccessToken, TokenPlace
from tokens.revoke_links import LIFE, revoke_url

NAMED = 10


@dataclass(frozen=True)
class Use:
    """One place in its reader's words."""

    tool: str
    address: str
    network: str
    moment: str


def tell_new_use(token: AccessToken, places: Sequence[TokenPlace], *, readers: Sequence[Reader]) -> None:
    """Queue one mail to each reader about these places, oldest first."""
    named = [place for place in places if place.network != ELSEWHERE]
    for reader in readers:
        with in_words_of(reader.login):
            context = {
                "token": token,
                "owner": token.owner,
                "reader": reader,
                "person": reader.login.contact,
                "uses": [_use(place, reader) for place in named[:NAMED]],
                "unnamed": max(0, len(named) - NAMED),
                "is_everywhere": len(named) < len(places),
                "revoke_url": revoke_url(token),
                "days": LIFE.days,
                "url": settings.PUBLIC_URL + token_url(token, "token", own=reader.owns),
            }
            subject = _("Was this you? New use of the access token %(name)s") % {"name": token.name}
            body = render_to_string("tokens/mail/new_use.txt", context)
        enqueue(organisation=token.owner.organisation, to=reader.address, subject=subject, body=body)


def _use(place: TokenPlace, reader: Reader) -> Use:
    return Use(
        tool=place.tool or _("Unnamed tool"),
        address=place.address or _("unknown"),
        network=place.network or _("unknown"),
        moment=moment_with_zone(place.first_at, reader.login),
    )

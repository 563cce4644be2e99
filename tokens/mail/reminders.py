"""The mail that says which access tokens end soon, what happens then and what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.access import may_create_own_tokens
from accounts.drafts import one_line
from accounts.mail import enqueue
from accounts.models import Login
from audit.grids.moments import number_text
from tokens.desk import token_url
from tokens.expiry import Expiry
from tokens.mail.readers import Reader, in_words_of, moment_with_zone
from tokens.models import AccessToken
from tokens.usage import Seen
from tokens.words import distance_to

TOOLS_NAMED = 3


@dataclass(frozen=True)
class Ending:
    """One token as the mail tells of it, in its reader's words. ``has_date``: the next JWT would end then too."""

    name: str
    description: str  # one line: what somebody typed must not pass for lines of ours
    ends: str
    distance: str
    used: list[str]
    unnamed: int
    has_date: bool
    url: str


def tell_ending(
    tokens: Sequence[AccessToken], *, owner: Login, readers: Sequence[Reader], used_by: Mapping[int, list[Seen]]
) -> None:
    """Queue one mail to each reader about all of these tokens of the owner. ``used_by``: by the token's key."""
    for reader in readers:
        with in_words_of(reader.login):
            endings = [_ending(token, used_by[token.pk], reader) for token in tokens]
            context = {
                "endings": endings,
                "owner": owner,
                "reader": reader,
                "person": reader.login.contact,
                "may_generate": may_create_own_tokens(owner) if reader.owns else reader.login != owner,
            }
            subject = _subject(endings, owner, reader)
            body = render_to_string("tokens/mail/ending.txt", context)
        enqueue(organisation=owner.organisation, to=reader.address, subject=subject, body=body)


def _subject(endings: Sequence[Ending], owner: Login, reader: Reader) -> str:
    words = {"name": endings[0].name, "owner": owner.label, "distance": endings[0].distance}
    if len(endings) > 1:
        count = len(endings)
        own = ngettext(
            "%(count)s access token of yours expires soon", "%(count)s access tokens of yours expire soon", count
        )
        other = ngettext(
            "%(count)s access token of %(owner)s expires soon",
            "%(count)s access tokens of %(owner)s expire soon",
            count,
        )
        return (own if reader.owns else other) % {**words, "count": number_text(count)}
    if reader.owns:
        return _("Your access token %(name)s expires %(distance)s") % words
    return _("The access token %(name)s of %(owner)s expires %(distance)s") % words


def _ending(token: AccessToken, used: Sequence[Seen], reader: Reader) -> Ending:
    end = token.expires_at
    latest = sorted(used, key=lambda one: one.last, reverse=True)
    return Ending(
        name=token.name,
        description=one_line(token.description),
        ends=moment_with_zone(end, reader.login) if end else "",
        distance=distance_to(end) if end else "",
        used=[_line(one, reader.login) for one in latest[:TOOLS_NAMED]],
        unnamed=max(0, len(used) - TOOLS_NAMED),
        has_date=token.expiry_choice == Expiry.DATE,
        url=settings.PUBLIC_URL + token_url(token, "token", own=reader.owns),
    )


def _line(one: Seen, reader: Login) -> str:
    words = {
        "tool": one.tool or _("Unnamed tool"),
        "address": one.address,
        "moment": moment_with_zone(one.last, reader),
    }
    return _("%(tool)s at %(address)s, last on %(moment)s") % words

"""Mails at the moment that something happened to an access token or a mobile session."""

from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.mail import enqueue, unwritten
from accounts.models import Login, OutboxMail
from audit.actor import Actor
from tokens.mail.readers import address_of, in_words_of
from tokens.models import AccessToken, MobileSession

NAMED = 20  # tokens that one mail names


def tell_generated(token: AccessToken, *, by: Actor, made_with: AccessToken | None = None) -> None:
    """Queue the mail in the owner's language and time zone. An owner without an address gets none.

    ``made_with`` is the token with whose JWT a program asked for this one.
    """
    owner = token.owner
    address = address_of(owner)
    if not address:
        return
    with in_words_of(owner):
        subject = _("A JWT was generated for your access token %(name)s") % {"name": token.name}
        body = render_to_string(
            "tokens/mail/generated.txt",
            {
                "token": token,
                "owner": owner,
                "by": by,
                "is_own": by.id == owner.public_id,
                "made_with": made_with,
                "url": settings.PUBLIC_URL,
            },
        )
    enqueue(organisation=owner.organisation, to=address, subject=subject, body=body)


def mail_on_limits(owner: Login, tokens: Sequence[AccessToken], *, by: Actor) -> OutboxMail | None:
    """What a tightened policy left to the tokens of one owner, as a mail to be queued; None without an address."""
    if not (address := address_of(owner)):
        return None
    with in_words_of(owner):
        subject = _("New limits for your access tokens")
        words = {"owner": owner, "by": by, "tokens": tokens[:NAMED], "more": max(len(tokens) - NAMED, 0)}
        about = {"now": timezone.now(), "url": settings.PUBLIC_URL}
        body = render_to_string("tokens/mail/limited.txt", words | about)
    return unwritten(organisation=owner.organisation, to=address, subject=subject, body=body)


def tell_leaked(leaked: AccessToken | MobileSession, *, owner: Login, by: Actor, by_link: bool = False) -> None:
    """Queue a mail to the owner, and one to each administrator of tokens, that the JWT was reported and what ended.

    ``by_link``: by somebody who had the mail about a new use, not the JWT.

    Each gets it in their own language and time zone; the owner too when the owner is such an administrator.
    """
    administrators = Login.objects.can_grant_roles(owner.organisation_id).filter(has_admin_role=True)
    readers = {owner.pk: owner, **{login.pk: login for login in administrators}}
    for reader in readers.values():
        if not (address := address_of(reader)):
            continue
        with in_words_of(reader):
            words = {"leaked": leaked, "owner": owner, "reader": reader, "is_own": reader.pk == owner.pk, "by": by}
            about = {"is_session": isinstance(leaked, MobileSession), "now": timezone.now(), "url": settings.PUBLIC_URL}
            about["by_link"] = by_link
            subject = _("Reported as leaked: a JWT of %(name)s") % {"name": leaked}
            body = render_to_string("tokens/mail/leaked.txt", words | about)
        enqueue(organisation=owner.organisation, to=address, subject=subject, body=body)


def tell_reused(session: MobileSession, *, by: Actor) -> None:
    """Queue a mail to the owner: a refresh JWT came a second time, so that somebody else may have had it."""
    owner = session.login
    if not (address := address_of(owner)):
        return
    with in_words_of(owner):
        subject = _("The mobile session on %(device)s was ended") % {"device": session.device}
        words = {"session": session, "owner": owner, "by": by, "now": timezone.now(), "url": settings.PUBLIC_URL}
        body = render_to_string("tokens/mail/reused.txt", words)
    enqueue(organisation=owner.organisation, to=address, subject=subject, body=body)

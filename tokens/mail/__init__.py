"""Mails about access tokens and mobile sessions, in their readers' languages. Never a JWT (docs/mails.md)."""

from tokens.mail.occasions import mail_on_limits, tell_generated, tell_leaked, tell_reused
from tokens.mail.readers import address_of

__all__ = ["address_of", "mail_on_limits", "tell_generated", "tell_leaked", "tell_reused"]

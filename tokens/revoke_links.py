"""The link in a mail that revokes one access token, while it has the JWT that it had when the mail was written.

It is signed and not kept: whoever has it can do this one thing, for a week, without signing in.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.urls import reverse

from tokens.models import AccessToken

LIFE = timedelta(days=7)
SALT = "tokens.revoke_links"
DIGEST_LENGTH = 16  # bytes of the digest: enough to tell JWTs of one token apart


@dataclass(frozen=True, slots=True)
class RevokeLink:
    """What a genuine link is about."""

    token_id: str
    digest: bytes

    def means(self, token: AccessToken) -> bool:
        """Whether the token still has the JWT that was meant."""
        return token.digest is not None and bytes(token.digest)[:DIGEST_LENGTH] == self.digest


class LinkDead(Exception):
    """The link is too old, not complete, or none of ours."""


def revoke_url(token: AccessToken) -> str:
    """The whole address; empty for a token that has no JWT."""
    if token.digest is None:
        return ""
    signed = signing.dumps([token.public_id, bytes(token.digest)[:DIGEST_LENGTH].hex()], salt=SALT)
    return settings.PUBLIC_URL + reverse("tokens:not_mine", args=[signed])


def read(written: str) -> RevokeLink:
    """Raises ``LinkDead``."""
    try:
        token_id, digest = signing.loads(written, salt=SALT, max_age=LIFE)
        return RevokeLink(token_id, bytes.fromhex(digest))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise LinkDead from error

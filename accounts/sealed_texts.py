"""Texts that the database keeps and must not give away by itself: sealed by a key made of ``SECRET_KEY``.

Each purpose has a key of its own, so that what is sealed for one opens for no other. Whoever changes ``SECRET_KEY``
loses what was sealed before: that is found when it is opened, and said in words.
"""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.views.decorators.debug import sensitive_variables


class Unreadable(Exception):
    """The text was sealed for another purpose or by another ``SECRET_KEY``, it was changed, or it is too old."""


@sensitive_variables("text")
def seal(purpose: str, text: str) -> str:
    return _key(purpose, settings.SECRET_KEY).encrypt(text.encode()).decode()


def unseal(purpose: str, sealed: str, *, seconds: int | None = None) -> str:
    """The text again; ``seconds`` bounds how long ago it was sealed. Raises ``Unreadable``."""
    try:
        return _key(purpose, settings.SECRET_KEY).decrypt(sealed.encode(), ttl=seconds).decode()
    except (InvalidToken, UnicodeError):
        raise Unreadable(purpose) from None


@lru_cache(maxsize=16)
def _key(purpose: str, secret: str) -> Fernet:
    """HKDF (RFC 5869) suits a secret that is long and random already, as this one is made."""
    derived = HKDF(SHA256(), 32, salt=None, info=f"console sealed texts: {purpose}".encode()).derive(secret.encode())
    return Fernet(urlsafe_b64encode(derived))

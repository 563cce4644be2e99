"""Access tokens, mobile sessions, and how often they were used each day."""

from tokens.models.access_tokens import NAME_LENGTH, PENDING_LIFE, AccessToken, MobileSession, name_key
from tokens.models.counts import ALL_TOKENS, CallsCounted, DailyCalls

__all__ = [
    "ALL_TOKENS",
    "NAME_LENGTH",
    "PENDING_LIFE",
    "AccessToken",
    "CallsCounted",
    "DailyCalls",
    "MobileSession",
    "name_key",
]

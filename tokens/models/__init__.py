"""Access tokens, mobile sessions, how often they were used each day, and what was told about them."""

from tokens.models.access_tokens import NAME_LENGTH, PENDING_LIFE, AccessToken, MobileSession, name_key
from tokens.models.counts import ALL_TOKENS, CallsCounted, DailyCalls
from tokens.models.mails import DailyMail, Reminder
from tokens.models.places import ELSEWHERE, PLACES_MOST, PlacesRead, TokenPlace

__all__ = [
    "ALL_TOKENS",
    "ELSEWHERE",
    "NAME_LENGTH",
    "PENDING_LIFE",
    "PLACES_MOST",
    "AccessToken",
    "CallsCounted",
    "DailyCalls",
    "DailyMail",
    "MobileSession",
    "PlacesRead",
    "Reminder",
    "TokenPlace",
    "name_key",
]

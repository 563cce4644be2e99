"""Refusals of the domain: each names its reason in words that are shown as they are."""


class Refused(Exception):
    """An action that the rules do not allow. ``code`` is stable and for programs, ``message`` is for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Conflict(Refused):
    """Refused because somebody else was first (HTTP 409)."""

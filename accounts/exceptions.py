"""Refusals of the domain: each names its reason in words that are shown as they are."""


class Refused(Exception):
    """An action that the rules do not allow. ``code`` is stable and for programs, ``message`` is for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def message(refusal: Refused | None) -> str:
    """The words of a rule's answer; empty where nothing stands against it."""
    return refusal.message if refusal else ""


class Conflict(Refused):
    """Refused because somebody else was first (HTTP 409)."""


class BadCredentials(Refused):
    """A user name and a password that let no program in. Why is on record; whoever tried is told this much alone."""

    def __init__(self) -> None:
        super().__init__("bad_credentials", "Bad credentials")


class TooManyAttempts(Refused):
    """The client's address tried too often; after ``seconds`` it may try again."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__("too_many_attempts", message)
        self.seconds = seconds

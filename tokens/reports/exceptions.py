"""Why a report cannot be given."""

from collections.abc import Sequence


class UnknownReport(LookupError):
    """No report has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ReportNotInReach(PermissionError):
    """None of the token's effective pairs holds ``report:read``."""


class WrongParameter(ValueError):
    """A parameter that the report does not know, or a value that it does not take; ``allowed`` holds what would do."""

    def __init__(self, message: str, *, parameter: str, allowed: Sequence[str | int]) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.allowed = list(allowed)

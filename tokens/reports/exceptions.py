"""Why a report cannot be given."""

from collections.abc import Sequence


class UnknownReport(LookupError):
    """No report of the organisation has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class ReportNotInReach(PermissionError):
    """None of the token's effective pairs holds ``report:read``."""


class WholeOrganisationNeeded(ReportNotInReach):
    """The report's rows belong to no department, and ``report:read`` is not held for the whole organisation."""


class BrokenReport(Exception):
    """The report's file, or its query, has an error that only its publisher can mend; it has been logged."""


class ReportsUnavailable(Exception):
    """The reports' database cannot be reached, or has no time now. Worth another try."""


class ReportTooSlow(Exception):
    """The database worked on the report as long as it may. Worth another try only for fewer rows."""


class TooManyReports(Exception):
    """This process sends as many reports as it may at once. Worth another try."""


class TooManyRows(Exception):
    """More rows than the form that was asked for can hold, which are ``most``."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class WrongParameter(ValueError):
    """A parameter that the report does not know, or a value that it does not take; ``allowed`` holds what would do."""

    def __init__(self, message: str, *, parameter: str, allowed: Sequence[str | int]) -> None:
        super().__init__(message)
        self.message = message
        self.parameter = parameter
        self.allowed = list(allowed)

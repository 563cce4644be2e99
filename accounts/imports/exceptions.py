"""What is wrong with a file as a whole."""


class Unreadable(Exception):
    """A file that cannot be imported at all; the message says why, where, and what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

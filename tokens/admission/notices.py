"""Keeps a flood from filling the log: what is not written is counted, and told with the next line that is."""

import time


class Notices:
    """So many lines a second at most. Threads may lose count of one; the metrics count exactly."""

    def __init__(self, a_second: int) -> None:
        self.a_second = a_second
        self._second = self._written = self._left_out = 0

    def take(self) -> dict[str, int] | None:
        """What to say with a line: how many before it were left out. None: leave this one out, too."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._written = second, 0
        if self._written >= self.a_second:
            self._left_out += 1
            return None
        self._written += 1
        left_out, self._left_out = self._left_out, 0
        return {"left_out": left_out} if left_out else {}


__all__ = ["Notices"]

"""Lets a long report or export give way to whatever else its process has to do."""

import time

OTHERS_SHARE = 0.3  # of its own work: the server's part in sending the report itself is a tenth
LONGEST_SECONDS = 0.02


class Pace:
    """The time that one thread works, beside that of all others of the process."""

    def __init__(self) -> None:
        self._mine, self._all = time.thread_time(), time.process_time()

    def give_way(self) -> float:
        """Rest as long as this thread has worked since the last time, if others had to do as well; how long it was.

        Python runs one thread at a time: without a rest each call waits for this one, over and over.
        """
        mine, everybody = time.thread_time(), time.process_time()
        worked, others = mine - self._mine, everybody - self._all - (mine - self._mine)
        self._mine, self._all = mine, everybody
        rest = min(worked, LONGEST_SECONDS) if others > worked * OTHERS_SHARE else 0.0
        if rest:
            time.sleep(rest)
        return rest

"""What a job says when it cannot do its work until somebody has looked."""


class Trouble(Exception):
    """The job is tried again in its turn; the words are logged, and shown on ``/readyz`` and in the metrics."""

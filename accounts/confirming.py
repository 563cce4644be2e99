"""When somebody last proved who they are in a session: by signing in, or on the page "Confirm it is you".

One moment of this server's clock in the session, which no browser can write.
"""

import time

from django.contrib.sessions.backends.base import SessionBase

CONFIRMED = "confirmed"  # its key in a session
BEGAN = "began"  # of a session that has no such moment: when it was first seen
OPENS_FOR = 30 * 60  # seconds: so long pages open that change what others may do
TAKES_FOR = 60 * 60  # seconds: so long they take a form, so that one opened in time is never lost
CLOCK_BACK = 60  # seconds: by so much the clock may have been set back meanwhile


def stamp(session: SessionBase) -> None:
    """The person of this session proves who they are now."""
    session[CONFIRMED] = int(time.time())


def is_fresh(session: SessionBase, seconds: int) -> bool:
    """Whether the person proved it within so many seconds. A moment in the future says nothing."""
    age = int(time.time()) - int(session.get(CONFIRMED, session.get(BEGAN, 0)))
    return -CLOCK_BACK <= age <= seconds

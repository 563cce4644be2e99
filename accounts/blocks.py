"""Who waits because of too many wrong passwords or codes, and until when. Counted before anybody looks at them.

So many as the organisation allows in a quarter of an hour, and ten times as many in a day, a hundred at most
(NIST SP 800-63B-4, 3.2.2): whoever goes on guessing waits longer. The day counts only what was looked at.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils.translation import ngettext

from accounts import limits
from accounts.models import Attempts, Login, Organisation

KNOWN = "known:"
WINDOW = 15 * limits.MINUTE
DAY = 24 * limits.HOUR
OF_THE_DAY = "day/"
MOST_A_DAY, TIMES_A_DAY = 100, 10


@dataclass(frozen=True)
class Over:
    """Beyond a limit, for so many seconds more; ``is_first`` once in its window."""

    seconds: int
    is_first: bool

    @property
    def words(self) -> str:
        unit = limits.HOUR if self.seconds > 2 * limits.HOUR else limits.MINUTE
        count = -(-self.seconds // unit)
        if unit == limits.HOUR:
            words = ngettext(
                "Too many attempts. Try again in %(count)d hour.",
                "Too many attempts. Try again in %(count)d hours.",
                count,
            )
        else:
            words = ngettext(
                "Too many attempts. Try again in %(count)d minute.",
                "Too many attempts. Try again in %(count)d minutes.",
                count,
            )
        return words % {"count": count}


def attempt(key: str, limit: int) -> Over | None:
    """Count an attempt; beyond a limit nobody may look at it. Never inside a transaction (``limits.hit``)."""
    for counted, window, most in ((key, WINDOW, limit), (OF_THE_DAY + key, DAY, most_a_day(limit))):
        count = limits.hit(counted, window)
        if count > most:
            return Over(limits.seconds_left(window), count == most + 1)
    return None


def take_back(key: str) -> None:
    """Uncount one attempt, because it turned out to be none."""
    limits.take_back(key, WINDOW)
    limits.take_back(OF_THE_DAY + key, DAY)


def forget(key: str) -> None:
    """The next attempt is the first."""
    limits.clear(key)
    limits.clear(OF_THE_DAY + key)


def most_a_day(limit: int) -> int:
    return min(TIMES_A_DAY * limit, MOST_A_DAY)


def name_key(login: Login) -> str:
    return limits.key_of("name", login.user_name)


def known_key(login: Login) -> str:
    """Counts attempts in browsers that know the login (``accounts/known_browsers.py``)."""
    return KNOWN + login.public_id


def confirmation_key(login: Login) -> str:
    return f"confirm:{login.public_id}"


def factor_key(login: Login) -> str:
    """Counts codes of an app and recovery codes together."""
    return f"factor:{login.public_id}"


def blocked_until(logins: Iterable[Login]) -> dict[int, datetime]:
    """By login, the end of its block; those that are not blocked are left out. One query, however many there are."""
    by_key = {key: login for login in logins for key in (name_key(login), known_key(login))}
    found: dict[int, datetime] = {}
    for key, count, end in _counts(Q(key__in=[*by_key, *(OF_THE_DAY + key for key in by_key)])):
        login = by_key[key.removeprefix(OF_THE_DAY)]
        if count >= _limit(key, login.organisation):
            found[login.pk] = max(end, found.get(login.pk, end))
    return found


def blocked_logins(organisation: Organisation) -> dict[int, datetime]:
    """Every login of the organisation that is blocked. Names are compared only when any login at all is blocked."""
    ends: dict[str, datetime] = {}
    kinds = [begin + kind for kind in ("name:", KNOWN) for begin in ("", OF_THE_DAY)]
    enough = Q(count__gte=organisation.password_attempts_limit)  # the day's limit is no lower
    for key, count, end in _counts(enough & reduce(or_, (Q(key__startswith=kind) for kind in kinds))):
        if count >= _limit(key, organisation):
            plain = key.removeprefix(OF_THE_DAY)
            ends[plain] = max(end, ends.get(plain, end))
    if not ends:
        return {}
    found: dict[int, datetime] = {}
    for pk, name, id_ in organisation.logins.values_list("pk", "user_name", "public_id").iterator():
        if both := ends.keys() & {limits.key_of("name", name), KNOWN + id_}:
            found[pk] = max(ends[key] for key in both)
    return found


def _counts(keys: Q) -> list[tuple[str, int, datetime]]:
    """The counts of the windows of now, and when these end."""
    quarter, day = limits.window_start(WINDOW), limits.window_start(DAY)
    of_the_day = Q(key__startswith=OF_THE_DAY)
    rows = Attempts.objects.filter(keys, Q(window_start=quarter) & ~of_the_day | Q(window_start=day) & of_the_day)
    ends = {False: quarter + timedelta(seconds=WINDOW), True: day + timedelta(seconds=DAY)}
    return [(key, count, ends[key.startswith(OF_THE_DAY)]) for key, count in rows.values_list("key", "count")]


def _limit(key: str, organisation: Organisation) -> int:
    """After so many the next attempt is refused unseen."""
    limit = organisation.password_attempts_limit
    return most_a_day(limit) if key.startswith(OF_THE_DAY) else limit

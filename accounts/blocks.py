"""Which logins wait because of too many wrong passwords, and until when: read from the counters of attempts."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q

from accounts import limits
from accounts.models import Attempts, Login, Organisation

KNOWN = "known:"
WINDOW = 15 * limits.MINUTE  # that in which attempts to sign in are counted


def name_key(login: Login) -> str:
    return limits.key_of("name", login.user_name)


def known_key(login: Login) -> str:
    """Counts attempts in browsers that know the login (``accounts/known_browsers.py``)."""
    return KNOWN + login.public_id


def confirmation_key(login: Login) -> str:
    return f"confirm:{login.public_id}"


def blocked_until(logins: Iterable[Login]) -> dict[int, datetime]:
    """By login, the end of its block; those that are not blocked are left out. One query, however many there are."""
    by_key = {key: login for login in logins for key in (name_key(login), known_key(login))}
    start = limits.window_start(WINDOW)
    counts = Attempts.objects.filter(key__in=by_key, window_start=start).values_list("key", "count")
    end = start + timedelta(seconds=WINDOW)
    return {by_key[key].pk: end for key, count in counts if count >= limit_of(by_key[key].organisation)}


def blocked_logins(organisation: Organisation) -> dict[int, datetime]:
    """Every login of the organisation that is blocked. Names are compared only when any login at all is blocked."""
    start = limits.window_start(WINDOW)
    counted = Q(key__startswith="name:") | Q(key__startswith=KNOWN)
    over = Attempts.objects.filter(counted, window_start=start, count__gte=limit_of(organisation))
    keys = set(over.values_list("key", flat=True))
    if not keys:
        return {}
    end = start + timedelta(seconds=WINDOW)
    names = organisation.logins.values_list("pk", "user_name", "public_id")
    return {pk: end for pk, name, id_ in names.iterator() if {limits.key_of("name", name), KNOWN + id_} & keys}


def limit_of(organisation: Organisation) -> int:
    """After so many wrong passwords the next attempt is refused unseen."""
    return organisation.password_attempts_limit

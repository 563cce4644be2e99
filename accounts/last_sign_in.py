"""When somebody came last, from where and with what, and who tried their name in vain since then."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Login
from accounts.reasons import SIGN_IN_WAYS
from accounts.zones import zone_named
from audit.grids.moments import moment_in_sentence, number_text
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.tools import tool_of
from audit.verbs import Verb


@dataclass(frozen=True, slots=True)
class LastSignIn:
    """The visit before this one (``at`` is None when this is the first), and the attempts refused since it."""

    at: datetime | None
    address: str
    tool: str
    way: str
    refused: int
    refused_address: str

    @property
    def refused_text(self) -> str:
        """Empty when nobody was refused."""
        if not self.refused:
            return ""
        words = {"count": number_text(self.refused), "address": self.refused_address or "–"}
        told = ngettext(
            "%(count)s attempt with your user name was refused since then, from %(address)s.",
            "%(count)s attempts with your user name were refused since then, the last from %(address)s.",
            self.refused,
        )
        return told % words


def last_sign_in(login: Login, session: str) -> LastSignIn:
    """The last visit to the console before the session of this public id."""
    before = _before(login, session)
    tried = _entries(login, Verb.SIGN_IN_FAIL)
    if before:
        tried = tried.filter(pk__gt=before.pk)
    last = tried.newest_first().first()
    details = before.details if before and isinstance(before.details, dict) else {}
    return LastSignIn(
        at=before.at if before else None,
        address=(before.address or "") if before else "",
        tool=tool_of(before.user_agent or "") if before else "",
        way=str(SIGN_IN_WAYS.get(details.get("way", ""), _("Password"))),
        refused=tried.count() if last else 0,
        refused_address=(last.address or "") if last else "",
    )


def warning_of_attempts(login: Login, session: str, address: str) -> str:
    """What to tell somebody who just signed in, when their name was tried from elsewhere; in their own language."""
    before = _before(login, session)
    tried = _entries(login, Verb.SIGN_IN_FAIL).exclude(address=address)
    if before:
        tried = tried.filter(pk__gt=before.pk)
    last = tried.newest_first().first()
    if last is None:
        return ""
    with translation.override(login.language), timezone.override(zone_named(login.time_zone)):
        words = {"when": moment_in_sentence(last.at), "address": last.address or "–"}
        told = _(
            "Since you last signed in, somebody tried your user name in vain: %(when)s, from %(address)s. Was it not "
            "you? Then choose a password that you use nowhere else."
        )
        return told % words


def _before(login: Login, session: str) -> Entry | None:
    for entry in _entries(login, Verb.SIGN_IN).newest_first()[:2]:
        details = entry.details if isinstance(entry.details, dict) else {}
        if not session or details.get("session") != session:
            return entry
    return None


def _entries(login: Login, verb: Verb) -> EntryQuerySet:
    """Of people at the console: programs that keep an old password are told elsewhere."""
    found: EntryQuerySet = Entry.objects.filter(subject_id=login.public_id, verb=verb, scheme="").changes()
    return found

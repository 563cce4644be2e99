"""Where a login is signed in to the console: one row for each session, as its holder sees it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.ids import public_id
from accounts.models import Login
from audit.actor import Reference
from audit.tools import tool_of

PUBLIC_ID = "public_id"  # its key in a session's own data and in its row's, by which entries name it
# The first mark that a browser's name of itself contains, ignoring case.
SYSTEMS = (
    ("iphone", "iPhone"),
    ("ipad", "iPad"),
    ("android", "Android"),
    ("windows", "Windows"),
    ("mac os", "macOS"),
    ("cros", "ChromeOS"),
    ("linux", "Linux"),
)
CARRIED = frozenset({"iPhone", "iPad", "Android"})


class How(StrEnum):
    """How a session ended other than by signing out in it; kept in the entry's details."""

    ELSEWHERE = "from another session"
    PASSWORD = "password changed"  # noqa: S105
    IDLE = "idle or too long"
    ADMINISTRATOR = "by an administrator"
    DISABLED = "login disabled"
    EXPIRED = "login expired"
    SUSPENDED = "organisation suspended"
    OTHER_WAY = "way of signing in changed"
    DELETED = "login deleted"


def new_id() -> str:
    return public_id("ses_")


def system_of(user_agent: str) -> str:
    """The operating system that a browser says it runs on: a hint for people, never a proof."""
    lowered = user_agent.casefold()
    return next((name for mark, name in SYSTEMS if mark in lowered), "")


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A session in words. ``is_here`` marks the one that asks."""

    public_id: str
    tool: str
    icon: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_here: bool


def live(login: Login) -> QuerySet[UserSession]:
    """The sessions of the login that the next click could still use, the last used first."""
    stored = Session.objects.filter(expire_date__gt=timezone.now())
    rows: QuerySet[UserSession] = UserSession.objects.filter(
        user_id=login.pk, session_key__in=stored.values("session_key")
    )
    return rows.order_by("-last_seen_at", "-pk")


def live_in(organisation_id: int) -> QuerySet[UserSession]:
    """Those of a whole organisation."""
    stored = Session.objects.filter(expire_date__gt=timezone.now())
    rows: QuerySet[UserSession] = UserSession.objects.filter(user__organisation_id=organisation_id)
    return rows.filter(session_key__in=stored.values("session_key"))


def open_sessions(login: Login, here: str | None) -> list[OpenSession]:
    """All sessions of the login, this one (of the key ``here``) first."""
    found = [in_words(row, here) for row in live(login)]
    return sorted(found, key=lambda session: not session.is_here)


def in_words(row: UserSession, here: str | None) -> OpenSession:
    tool, system = tool_of(row.user_agent), system_of(row.user_agent)
    words = {"tool": tool or _("Unknown browser"), "system": system}
    return OpenSession(
        public_id=row.data.get(PUBLIC_ID, ""),
        tool=_("%(tool)s on %(system)s") % words if system else words["tool"],
        icon="smartphone" if system in CARRIED else "monitor",
        address=row.ip,
        began_at=row.created_at,
        seen_at=row.last_seen_at,
        is_here=row.session_key == here,
    )


def reference_of(row: UserSession) -> Reference:
    return Reference("session", row.data.get(PUBLIC_ID, ""), tool_of(row.user_agent))

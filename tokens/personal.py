"""What the Personal page tells of a login: its rights in words, and where it is signed in."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Department, Login
from accounts.roles import TokenRole
from accounts.rules.logins import holds_role
from accounts.sessions import OpenSession, open_sessions
from audit.models import Entry
from audit.verbs import Verb
from tokens.models import AccessToken, MobileSession
from tokens.querysets import MobileSessionQuerySet

SHOWN_TOKENS = 10
GIVEN = {TokenRole.PERSONAL: Verb.ROLE_ADD_PERSONAL, TokenRole.ADMIN: Verb.ROLE_ADD_ADMIN}


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A token role in words; who gave it and when, where that is on record."""

    label: str
    given: Entry | None


@dataclass(frozen=True, slots=True)
class Session:
    """A line of "Where you are signed in": a browser, or a mobile app."""

    tool: str
    icon: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_here: bool
    end_url: str


def places_by_type(login: Login) -> list[tuple[str, list[str]]]:
    """Each user type with the departments in which the login has it, by their paths."""
    paths = Department.objects.paths(login.organisation_id)
    held: dict[str, list[str]] = {}
    for assignment in login.assignments_now:
        place = paths[assignment.department_id] if assignment.department_id else _("Whole organisation")
        held.setdefault(assignment.user_type.label, []).append(place)
    return sorted((name, sorted(places)) for name, places in held.items())


def roles_of(login: Login) -> list[HeldRole]:
    held = [role for role in TokenRole if holds_role(login, role)]
    if not held:
        return []
    about = Entry.objects.of_organisation(login.organisation_id).changes().filter(subject_id=login.public_id)
    return [HeldRole(str(role.label), about.filter(verb=GIVEN[role]).newest_first().first()) for role in held]


def devices(login: Login) -> MobileSessionQuerySet:
    """The mobile apps in which the login is signed in."""
    open_ones: MobileSessionQuerySet = MobileSession.objects.filter(login=login).open()
    return open_ones.order_by("-last_active_at", "-pk")


def sessions_of(login: Login, here: str | None) -> list[Session]:
    """This session first, then the browsers, then the mobile apps; each with the address that ends it."""
    return [of_browser(session) for session in open_sessions(login, here)] + [of_app(one) for one in devices(login)]


def of_browser(session: OpenSession) -> Session:
    url = "" if session.is_here else reverse("accounts:end_session", args=[session.public_id])
    return Session(
        tool=session.tool,
        icon=session.icon,
        address=session.address,
        began_at=session.began_at,
        seen_at=session.seen_at,
        is_here=session.is_here,
        end_url=url,
    )


def of_app(session: MobileSession) -> Session:
    return Session(
        tool=_("Mobile app, %(device)s") % {"device": session.device},
        icon="smartphone",
        address="",
        began_at=session.created_at,
        seen_at=session.last_active_at,
        is_here=False,
        end_url=reverse("tokens:end_own_device", args=[session.public_id]),
    )


def listed_tokens(login: Login) -> list[AccessToken]:
    """The first of one's own tokens, by name."""
    tokens = AccessToken.objects.of_owner(login).listed().with_status().select_related("owner__organisation")
    return list(tokens.order_by("name_key", "pk")[:SHOWN_TOKENS])

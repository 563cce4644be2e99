"""The side menu and the personal menu: what there is, and who may open it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts.access import holds_everywhere, may_hold_own_tokens, may_manage_tokens_of_others
from accounts.models import Login
from accounts.permissions import Permission
from tokens.seals import seal_state

Rule = Callable[[Login], bool]


def holds(permission: Permission) -> Rule:
    return lambda login: login.holds(permission)


def holds_for_all(permission: Permission) -> Rule:
    return lambda login: holds_everywhere(login, permission)


may_start_tokens = holds_for_all(Permission.ORGANISATION_MANAGE)


def everyone(_login: Login) -> bool:
    return True


@dataclass(frozen=True)
class Place:
    """One entry: the name of its address, its words and icon, and who may open it; ``also`` begins further ones."""

    name: str
    label: str | Promise
    icon: str
    rule: Rule = everyone
    also: str = ""

    def covers(self, path: str) -> int:
        """How much of the path is this entry's: the longest address above it wins."""
        own = address_of(self.name)
        roots = (own.rstrip("/") + "/", self.also) if own else ()
        return max((len(root) for root in roots if root and is_below(path, root)), default=0)


MY_TOKENS = Place("tokens:mine", _("My API Access Tokens"), "key-round", may_hold_own_tokens)
LEDGER = Place("tokens:ledger", _("Ledger"), "shield-check", holds_for_all(Permission.LOG_VIEW))
PERSONAL = Place("personal", _("Personal"), "user")
HOW_TO_USE = Place("tokens:how_to_use", _("How to use a token"), "plug")
PASSWORD = Place("account_change_password", _("Change password"), "lock-keyhole", lambda login: not login.is_sso)
DOCS = Place("docs", _("API documentation"), "book-open")
SIDE: tuple[tuple[str | Promise, tuple[Place, ...]], ...] = (
    ("", (Place("home", _("Home"), "house"),)),
    (
        _("Manage"),
        (
            Place(
                "accounts:contacts", _("Contacts & Logins"), "users", holds(Permission.CONTACT_VIEW), also="/logins/"
            ),
            Place("accounts:departments", _("Departments"), "network", holds_for_all(Permission.USER_TYPE_MANAGE)),
            Place("accounts:user_types", _("User Types"), "id-card", holds_for_all(Permission.USER_TYPE_MANAGE)),
            Place("accounts:login_activity", _("Login Activity"), "log-in", holds(Permission.LOG_VIEW)),
        ),
    ),
    (
        _("Administrator"),
        (
            Place("tokens:all", _("Tokens"), "key-square", may_manage_tokens_of_others),
            Place("tokens:all_logs", _("All Token Logs"), "scroll-text", holds(Permission.LOG_VIEW)),
            Place("tokens:activity", _("Activity"), "history", holds(Permission.LOG_VIEW)),
            LEDGER,
        ),
    ),
    (
        _("Configuration"),
        (
            Place("tokens:access_tokens", _("Access Tokens"), "braces", may_manage_tokens_of_others),
            Place(
                "tokens:organisation", _("Organisation"), "building-2", holds_for_all(Permission.ORGANISATION_MANAGE)
            ),
        ),
    ),
    (
        _("Personal"),
        (
            MY_TOKENS,
            Place("tokens:my_logs", _("My Token Logs"), "file-clock", may_hold_own_tokens),
            PERSONAL,
            HOW_TO_USE,
        ),
    ),
)


def navigation(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the menus of the person who is signed in."""
    login = getattr(request, "user", None)
    if not isinstance(login, Login):
        return {"navigation": [], "personal_menu": [], "initials": "", "logout_url": ""}
    here = current_place(request.path)
    groups = [{"label": label, "entries": entries_of(places, login, here)} for label, places in SIDE]
    return {
        "navigation": [group for group in groups if group["entries"]],
        "personal_menu": entries_of((PERSONAL, MY_TOKENS, HOW_TO_USE, DOCS, PASSWORD), login, here),
        "initials": "".join(word[0] for word in login.label.split()[:2]).upper(),
        "logout_url": address_of("account_logout"),
        "tokens_stopped": (stopped := login.organisation.tokens_stopped_at) and may_start_tokens(login) and stopped,
        "seal": SimpleLazyObject(seal_state) if LEDGER.rule(login) else None,
        "seal_url": address_of(LEDGER.name),
        "help": {"label": HOW_TO_USE.label, "url": address_of(HOW_TO_USE.name)},
    }


def entries_of(places: tuple[Place, ...], login: Login, here: Place | None) -> list[dict[str, Any]]:
    return [
        {"label": place.label, "url": url, "icon": place.icon, "current": place == here}
        for place in places
        if place.rule(login) and (url := address_of(place.name))
    ]


def address_of(name: str) -> str:
    """The address of that name; nothing when this installation has no such page."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def is_below(path: str, root: str) -> bool:
    """Whether the path is the address or lies under it; nothing lies under "/" but itself."""
    return path == root if root == "/" else (path + "/").startswith(root)


def current_place(path: str) -> Place | None:
    """The one entry that the page belongs to."""
    best = max((place for _label, places in SIDE for place in places), key=lambda place: place.covers(path))
    return best if best.covers(path) else None

"""The URL map as the sweeps see it: every address with its guard, and real ids to fill its blanks with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Login
from audit.verbs import Verb
from tests.audit_entries import entry
from tests.factories import (
    AccessTokenFactory,
    DepartmentFactory,
    MobileSessionFactory,
    UserTypeFactory,
    console_session,
)
from tests.imports import dry_run
from tests.second_factors import give_passkey

BLANK = re.compile(r"<[^>]+>")
FORMS_ALONE = (
    "columns", "generate/save", "generate/cancel", "passkey/question", "confirm/factor", "confirm/sso",
    "sign-in/passkey", "personal/appearance",
    "administrator/tokens/revoke", "mobile-users/disconnect", "access-tokens/revoke",
    "administrator/tokens/shorten",
)  # fmt: skip


@dataclass(frozen=True)
class Address:
    route: str
    guard: str  # a guard of accounts.access, "scope:…" for an address of the API, empty when there is none
    is_api: bool
    methods: tuple[str, ...] = ("GET",)  # of an address of the API

    @property
    def blanks(self) -> int:
        return len(BLANK.findall(self.route))

    @property
    def takes_forms_alone(self) -> bool:
        """There is no page to open at it."""
        return self.route.endswith(FORMS_ALONE) or "/selected/" in self.route

    def path(self, ids: dict[str, str]) -> str:
        """The route with each blank filled by the id of what the segment before it names."""
        path = "/" + self.route
        for blank in BLANK.findall(self.route):
            owner = path[: path.index(blank)].rstrip("/").rpartition("/")[2]
            path = path.replace(blank, ids[owner], 1)
        return path

    def __str__(self) -> str:
        return "/" + self.route


def guard_of(callback: Any) -> str:
    view_class = getattr(callback, "cls", None) or getattr(callback, "view_class", None)
    scope = getattr(view_class, "required_scope", None)
    if scope is not None:
        return f"scope:{int(scope)}"
    return getattr(callback, "guard", "") or getattr(view_class, "guard", "")


def methods_of(callback: Any) -> tuple[str, ...]:
    view_class = getattr(callback, "cls", None)
    names = getattr(view_class, "http_method_names", ["get"])
    return tuple(name.upper() for name in names if getattr(view_class, name, None) is not None) or ("GET",)


def walk(patterns: list[Any], prefix: str = "") -> Iterator[Address]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            callback = pattern.callback
            route = prefix + str(pattern.pattern)
            yield Address(route, guard_of(callback), hasattr(callback, "cls"), methods_of(callback))


def all_addresses() -> list[Address]:
    return sorted(walk(get_resolver().url_patterns), key=str)


def console_addresses() -> list[Address]:
    return [address for address in all_addresses() if not address.is_api and address.guard != "public"]


def api_addresses() -> list[Address]:
    return [address for address in all_addresses() if address.guard.startswith("scope:")]


def in_groups(addresses: list[Address]) -> list[Any]:
    """The addresses by their first segment, as parameters: what must be there for them is made once for each group."""
    groups = groupby(addresses, key=lambda address: address.route.partition("/")[0])
    return [pytest.param(list(group), id=name or "home") for name, group in groups]


def things_of(login: Login) -> dict[str, str]:
    """The ids for the blanks of the console's addresses: a thing of each kind, of this login or in its organisation."""
    token, session = AccessTokenFactory(owner=login), MobileSessionFactory(login=login)
    return {
        "contacts": login.contact.public_id,
        "logins": login.public_id,
        "tokens": token.public_id,
        "mobile-users": session.public_id,
        "devices": session.public_id,
        "sessions": console_session(login),
        "factors": give_passkey(login).public_id,
        "departments": DepartmentFactory(organisation=login.organisation).public_id,
        "imports": dry_run(login).public_id,
        "user-types": UserTypeFactory(organisation=login.organisation, slug="report-reader").slug,
        "activity": (number := str(entry(login, Verb.TOKEN_CREATE, token=token).pk)),
        "logs": number,
    }


UNKNOWN = {
    "contacts": "con_" + "0" * 21,
    "logins": "lgn_" + "0" * 21,
    "tokens": "api_" + "0" * 21,
    "mobile-users": "mob_" + "0" * 21,
    "devices": "mob_" + "0" * 21,
    "sessions": "ses_" + "0" * 21,
    "factors": "fac_" + "0" * 21,
    "departments": "dep_" + "0" * 21,
    "imports": "imp_" + "0" * 21,
    "user-types": "nobody-has-it",
    "activity": "9" * 15,
    "logs": "9" * 15,
}

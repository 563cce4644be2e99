"""The URL map as the sweeps see it: every address with its guard, and real ids to fill its blanks with."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

BLANK = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Address:
    route: str
    guard: str  # a guard of accounts.access, "scope:…" for an address of the API, empty when there is none
    is_api: bool
    methods: tuple[str, ...] = ("GET",)  # of an address of the API

    @property
    def blanks(self) -> int:
        return len(BLANK.findall(self.route))

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

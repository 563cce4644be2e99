"""Who gets in where: the one table that every cell of route × identity × verb is held against."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Login, Organisation
from accounts.permissions import Permission
from tests.addresses import Address
from tests.cast import person

# Signed in, each with another right. Of whom the sweep has no session of, or none that counts, is outside.
INSIDE = {"no_role", "view_only", "personal", "admin", "system_administrator", "other_organisation"}
OUTSIDE = {"nobody", "service", "disabled", "expired", "suspended"}
ADMINISTRATORS = {"admin", "system_administrator", "other_organisation"}

# Who passes a guard. A guard that is not here fails the sweep.
PASSES: dict[str, set[str]] = {
    "signed_in": INSIDE,
    "personal_role": {"personal", "admin", "other_organisation"},
    "own_creation": {"personal", "admin", "other_organisation"},
    "admin_role": {"admin", "other_organisation"},
    **{permission.value: ADMINISTRATORS for permission in Permission},
    Permission.REPORT_READ.value: INSIDE,
    Permission.TOKEN_CREATE.value: INSIDE - {"view_only"},
}
# Whose JWT is admitted at all, where its scope does; the Personal role decides, whatever else its owner holds.
TOKENS_ADMITTED = {"personal", "admin", "other_organisation", "service"}

FINE = {200, 302, 303, 405, 409, 422}
SIGN_IN = "/sign-in?next="
TO_SIGN_IN = 302
CHANGE = re.compile(r"\s*(?:INSERT INTO|UPDATE|DELETE FROM|REPLACE INTO|TRUNCATE)\s+\"?(\w+)", re.IGNORECASE)
OF_THE_VISIT = {"django_session", "usersessions_usersession"}


def may_reach(address: Address, name: str) -> bool:
    """Whether the thing in the address is the person's, or of the organisation that the person administers."""
    if not address.blanks:
        return True
    if address.route.startswith(("tokens/", "personal/")):
        return name == "personal"
    return name != "other_organisation"


def expected(address: Address, name: str) -> set[int]:
    """What a cell answers; an address that only takes POST says so (405) before it looks for the thing."""
    if name in OUTSIDE:
        return {TO_SIGN_IN}
    if name not in PASSES[address.guard]:
        return {403}
    return FINE if may_reach(address, name) else {404, 405}


def more_people(organisation: Organisation) -> dict[str, Login]:
    """Those whom the cast lacks."""
    closed = Organisation.objects.create(name="Closed Organisation", suspended_at=timezone.now())
    closed.user_types.create(slug="owner", name="System Administrator", permissions=Permission.values, built_in=True)
    roles = {"has_personal_role": True, "has_admin_role": True, "user_type": "owner"}
    return {
        "system_administrator": person(organisation, "Sam", "Root", "sam@demo.example", user_type="owner"),
        "disabled": person(organisation, "Dora", "Off", "dora@demo.example", enabled=False, **roles),
        "expired": person(organisation, "Edgar", "Past", "edgar@demo.example", expires_at=timezone.now(), **roles),
        "suspended": person(closed, "Susan", "Shut", "susan@closed.example", **roles),
    }


def in_a_browser(login: Login) -> Client:
    """Somebody with a session, which counts or not."""
    client = Client(raise_request_exception=False)
    client.force_login(login)
    return client


class Writes:
    """The statements of this connection that change rows, but those that the visit itself leaves."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        found = CHANGE.match(sql)
        if found and found[1] not in OF_THE_VISIT:
            self.seen.append(f"{found[0]} {params}")
        return execute(sql, params, many, context)


@contextmanager
def writes() -> Iterator[list[str]]:
    kept = Writes()
    with connection.execute_wrapper(kept):
        yield kept.seen


@contextmanager
def undone(client: Client) -> Iterator[None]:
    """What is done inside never was: neither in the database nor among the browser's cookies."""
    cookies = SimpleCookie({name: morsel.value for name, morsel in client.cookies.items()})
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies

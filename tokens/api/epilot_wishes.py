"""Reads what a program wishes of a new access token, in epilot's words, and tells all that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Login
from accounts.pairs import Pair
from tokens.api.exceptions import Problem
from tokens.durations import seconds_of
from tokens.expiry import Expiry
from tokens.models import AccessToken
from tokens.reach import reach_of
from tokens.rules import against_expiry, against_name

TOKEN_TYPE = "api"  # noqa: S105  # a kind of token, no password
# What the others are for has no counterpart in a console of access tokens.
OTHER_TYPES = ("journey", "portal", "portal_preview", "assume", "app")
FIELDS = ("name", "token_type", "assignments", "assume_roles", "expires_in", "read_only", "anonymize")
ROLES = ("assignments", "assume_roles")  # two spellings of one field
SHOWN_LENGTH, SHOWN_COUNT = 60, 5

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wishes:
    """``seconds`` is None for a JWT that never ends, ``pairs`` for a token that is not limited."""

    name: str
    seconds: int | None
    pairs: frozenset[Pair] | None
    read_only: bool


class Unacceptable(ValueError):
    """What is wrong with one field, in words."""


def wishes_of(body: Body, *, owner: Login, maker: AccessToken) -> Wishes:
    """What is wished for, within what ``maker``, whose JWT asks, can give. Raises ``Problem`` 400 with every fault."""
    faults: list[str] = []

    def read(field: str, reader: Callable[[], Any]) -> Any:
        try:
            return reader()
        except Unacceptable as fault:
            faults.append(f"{field}: {str(fault).rstrip('.')}")

    wishes = Wishes(
        name=read("name", lambda: name_of(body, owner)),
        seconds=read("expires_in", lambda: length_of(body, owner)),
        pairs=read(" / ".join(given_roles(body)) or ROLES[0], lambda: pairs_of(body, owner, maker)),
        read_only=read("read_only", lambda: flag_of(body, "read_only")),
    )
    read("token_type", lambda: check_type(body))
    read("anonymize", lambda: check_anonymize(body))
    if unknown := [field for field in body if field not in FIELDS]:
        faults.append(_("there is no field %(names)s") % {"names": shown(unknown)})
    if faults:
        raise Problem(400, "; ".join(faults) + ".", reason="invalid_request")
    return wishes


def name_of(body: Body, owner: Login) -> str:
    if "name" not in body:
        raise Unacceptable(_("is missing"))
    name = body["name"]
    if not isinstance(name, str):
        raise Unacceptable(_("must be a text"))
    refusal = against_name(owner, name)
    if refusal and refusal.code != "name_taken":  # that is a conflict, found out under the owner's lock
        raise Unacceptable(refusal.message)
    return name


def length_of(body: Body, owner: Login) -> int | None:
    """Whole seconds, or a text such as "10h", "7d" or "2 days"; left out, the JWT never ends."""
    seconds = None
    if "expires_in" in body:
        seconds = seconds_in(body["expires_in"])
    choice = Expiry.NEVER if seconds is None else Expiry.SECONDS
    if refusal := against_expiry(owner, choice, None, seconds=seconds):
        raise Unacceptable(refusal.message)
    return seconds


def seconds_in(given: object) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    try:
        if isinstance(given, str):
            return seconds_of(given)
    except ValueError:
        pass
    raise Unacceptable(_("must be a whole number of seconds or a text such as 10h, 7d or 2 days"))


def given_roles(body: Body) -> list[str]:
    return [field for field in ROLES if field in body]


def pairs_of(body: Body, owner: Login, maker: AccessToken) -> frozenset[Pair] | None:
    """The maker's pairs of the user types that are named; of all, where none is named.

    An empty list names none, as in the published example. Whoever is not limited and names none leaves the new token
    unlimited too: it follows its owner's assignments.
    """
    lists = [roles_in(body[field]) for field in given_roles(body)]
    if len(lists) > 1 and lists[0] != lists[1]:
        raise Unacceptable(_("two spellings of one field, with different values"))
    reached = reach_of(maker, owner)
    if not lists or not lists[0]:
        return None if maker.current_restriction is None else reached
    having: dict[str, set[Pair]] = {}
    for assignment in owner.assignments_now:
        if assignment.pair in reached:
            having.setdefault(assignment.user_type.role_id, set()).add(assignment.pair)
    if missing := sorted(lists[0] - having.keys()):
        raise Unacceptable(_("this access token has no role %(roles)s to give") % {"roles": shown(missing)})
    return frozenset().union(*(having[role] for role in lists[0]))


def roles_in(given: object) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(role, str) for role in given):
        raise Unacceptable(_("must be a list of role ids, each <organisation id>:<user type>"))
    return frozenset(given)


def flag_of(body: Body, field: str) -> bool:
    flag = body.get(field, False)
    if not isinstance(flag, bool):
        raise Unacceptable(_("must be true or false"))
    return flag


def check_type(body: Body) -> None:
    given = body.get("token_type", TOKEN_TYPE)
    if given == TOKEN_TYPE:
        return
    if given not in OTHER_TYPES:
        raise Unacceptable(_("must be api"))
    raise Unacceptable(
        _("%(type)s is not supported, only api is: there are no journeys, portals, apps or assumed users here")
        % {"type": given}
    )


def check_anonymize(body: Body) -> None:
    if flag_of(body, "anonymize"):
        raise Unacceptable(_("is not supported, because reports are not masked: limit the token by its roles instead"))


def shown(texts: list[str]) -> str:
    """Some of what the caller sent, cut: an answer is no echo."""
    some = ", ".join(text[:SHOWN_LENGTH] for text in texts[:SHOWN_COUNT])
    return some if len(texts) <= SHOWN_COUNT else f"{some}, …"

"""Which tokens stop, or work again, when a login's rights change, and what goes with it: told before it is done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.models import Login
from accounts.pairs import Pair, decode


@dataclass(frozen=True)
class Standing:
    """What a login's tokens stand on: an active login, its Personal role, its assignments, and no stop of them all."""

    active: bool
    personal: bool
    pairs: frozenset[Pair]
    stopped: bool = False

    @classmethod
    def of(cls, login: Login) -> "Standing":
        personal = login.has_personal_role and not login.is_view_only
        return cls(login.is_active, personal, login.pairs, login.tokens_stopped_at is not None)

    def carries(self, restriction: str | None) -> bool:
        """Whether a valid JWT with this restriction (encoded pairs, None for all) is admitted."""
        limits = decode(restriction)
        stands = self.active and self.personal and not self.stopped
        return stands and bool(self.pairs if limits is None else self.pairs & limits)


@dataclass(frozen=True)
class Effect:
    """Names of the tokens that stop on their next call, and of those that work again."""

    stops: list[str]
    works_again: list[str]


def effect(login: Login, after: Standing) -> Effect:
    """Compare what works now with what would. Tokens are read through the login: this app imports none above it."""
    valid = valid_tokens().filter(owner=login)
    return effect_on(Standing.of(login), after, valid.order_by("name").values_list("name", "current_restriction"))


def effect_on(now: Standing, after: Standing, tokens: Iterable[tuple[str, str | None]]) -> Effect:
    """The same for valid tokens that were read already: their names and what they are restricted to."""
    return Effect(
        stops=[name for name, limits in tokens if now.carries(limits) and not after.carries(limits)],
        works_again=[name for name, limits in tokens if after.carries(limits) and not now.carries(limits)],
    )


def valid_tokens() -> Any:
    """Access tokens whose JWT is admitted as far as their owner's rights go."""
    return rows_behind("tokens").listed().exclude(generated_at=None).exclude(expires_at__lte=timezone.now())


def rows_behind(relation: str) -> Any:
    """The rows that belong to logins by a relation of theirs, with the querysets of its app, which is above this."""
    model: Any = Login._meta.get_field(relation).related_model
    return model._default_manager


IN_USE = timedelta(days=30)
"""So long after its last call a token counts as in use."""


NAMED = 10


@dataclass(frozen=True)
class Losses:
    """What goes with logins that are deleted."""

    logins: list[str]
    tokens: list[str]
    tokens_in_use: int
    mobile_sessions: int
    sessions: int

    @property
    def token_names(self) -> str:
        """The first of them by name, and how many more."""
        named, more = ", ".join(self.tokens[:NAMED]), len(self.tokens) - NAMED
        if more <= 0:
            return named
        words = ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more)
        return words % {"names": named, "count": more}


def losses(logins: Iterable[Login]) -> Losses:
    """Read what these logins hold, in as many queries for many as for one."""
    found = list(logins)
    keys = [login.pk for login in found]
    all_tokens = rows_behind("tokens").listed().filter(owner_id__in=keys)
    all_mobile = rows_behind("mobile_sessions").open().filter(login_id__in=keys)
    seen = rows_behind("usersession").filter(user_id__in=keys)
    open_keys = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return Losses(
        logins=sorted(login.user_name for login in found),
        tokens=list(all_tokens.order_by("name").values_list("name", flat=True)),
        tokens_in_use=all_tokens.filter(last_used_at__gt=timezone.now() - IN_USE).count(),
        mobile_sessions=all_mobile.count(),
        sessions=seen.filter(session_key__in=open_keys).count(),
    )

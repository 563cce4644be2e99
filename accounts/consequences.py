"""Which tokens stop, or work again, when a login's rights change: told before it is done."""

from dataclasses import dataclass

from django.utils import timezone

from accounts.models import Login
from accounts.pairs import Pair, decode


@dataclass(frozen=True)
class Standing:
    """What a login's tokens stand on: an active login, its Personal role and its assignments."""

    active: bool
    personal: bool
    pairs: frozenset[Pair]

    @classmethod
    def of(cls, login: Login) -> "Standing":
        return cls(login.is_active, login.has_personal_role and not login.is_view_only, login.pairs)

    def carries(self, restriction: str | None) -> bool:
        """Whether a valid JWT with this restriction (encoded pairs, None for all) is admitted."""
        limits = decode(restriction)
        return self.active and self.personal and bool(self.pairs if limits is None else self.pairs & limits)


@dataclass(frozen=True)
class Effect:
    """Names of the tokens that stop on their next call, and of those that work again."""

    stops: list[str]
    works_again: list[str]


def effect(login: Login, after: Standing) -> Effect:
    """Compare what works now with what would. Tokens are read through the login: this app imports none above it."""
    now = Standing.of(login)
    valid = login.tokens.listed().exclude(generated_at=None).exclude(expires_at__lte=timezone.now())
    tokens = valid.order_by("name").values_list("name", "current_restriction")
    return Effect(
        stops=[name for name, limits in tokens if now.carries(limits) and not after.carries(limits)],
        works_again=[name for name, limits in tokens if after.carries(limits) and not now.carries(limits)],
    )

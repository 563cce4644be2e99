"""What a change of assignments means: which ones come and go, which token roles end, which tokens stop."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.consequences import Effect, Standing, effect
from accounts.models import Department, Login
from accounts.pairs import Pair
from accounts.placing import Place, places_of
from accounts.roles import TokenRole
from accounts.rules.logins import roles_lost_with


@dataclass(frozen=True)
class Assigning:
    """``given`` and ``taken`` are in words: "Energy › South: General User"."""

    login: Login
    given: list[str]
    taken: list[str]
    lost: list[TokenRole]
    effect: Effect

    @classmethod
    def of(cls, login: Login, pairs: frozenset[Pair]) -> "Assigning":
        """Read before anything is changed."""
        places = places_of(login.organisation_id, pairs | login.pairs)
        types = [places[pair].user_type for pair in pairs]
        lost = roles_lost_with(login, types)
        now = Standing.of(login)
        personal = login.has_personal_role and TokenRole.PERSONAL not in lost
        words = words_of(login.organisation_id, places)
        return cls(
            login=login,
            given=sorted(words[pair] for pair in pairs - login.pairs),
            taken=sorted(words[pair] for pair in login.pairs - pairs),
            lost=lost,
            effect=effect(login, Standing(now.active, personal, pairs, now.stopped)),
        )

    @property
    def wants_confirmation(self) -> bool:
        return bool(self.lost or self.effect.stops or self.effect.works_again)

    @property
    def loses_personal_role(self) -> bool:
        return TokenRole.PERSONAL in self.lost

    @property
    def loses_admin_role(self) -> bool:
        return TokenRole.ADMIN in self.lost

    @property
    def done_text(self) -> str:
        if not self.given and not self.taken:
            return _("Nothing was changed.")
        words = _("The assignments of %(user_name)s are changed. It acts at once.") % {
            "user_name": self.login.user_name
        }
        stopped = len(self.effect.stops)
        if not stopped:
            return words
        return f"{words} {ngettext('%d token stopped.', '%d tokens stopped.', stopped) % stopped}"


def words_of(organisation_id: int, places: dict[Pair, Place]) -> dict[Pair, str]:
    paths = Department.objects.paths(organisation_id)
    return {
        pair: f"{paths[place.department.pk] if place.department else _('Whole organisation')}: {place.user_type.label}"
        for pair, place in places.items()
    }

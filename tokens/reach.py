"""What a restriction means in words: user types and departments by their names."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from accounts.models import Department, Login, UserType
from accounts.pairs import Pair, decode
from tokens.models import AccessToken


def effective_pairs(owner: Login, limits: frozenset[Pair] | None) -> frozenset[Pair]:
    """What a token reaches now: its restriction (None: not restricted) within its owner's assignments."""
    return owner.pairs if limits is None else owner.pairs & limits


def reach_of(token: AccessToken, owner: Login) -> frozenset[Pair]:
    """What the token's valid JWT reaches now."""
    return effective_pairs(owner, decode(token.current_restriction))


def pair_labels(pairs: Iterable[Pair], organisation_id: int) -> dict[Pair, str]:
    """Each pair as "General User, Energy › South", in the order of these words (two queries)."""
    types = dict(UserType.objects.filter(organisation_id=organisation_id).values_list("id", "name"))
    paths = Department.objects.paths(organisation_id)
    gone = pgettext("department or user type", "deleted")
    labels = {pair: f"{types.get(pair.user_type_id, gone)}, {_place(pair, paths, gone)}" for pair in pairs}
    return dict(sorted(labels.items(), key=lambda item: item[1]))


def places(pairs: Iterable[Pair], organisation_id: int) -> list[str]:
    """The departments of some pairs by their paths; the whole organisation swallows all others."""
    keys = {pair.department_id for pair in pairs}
    if None in keys:
        return [_("the whole organisation")]
    paths = Department.objects.paths(organisation_id)
    return sorted(paths[key] for key in keys if key in paths)


def _place(pair: Pair, paths: Mapping[int, str], gone: str) -> str:
    if pair.department_id is None:
        return _("the whole organisation")
    return paths.get(pair.department_id, gone)

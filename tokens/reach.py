"""What a restriction means in words: user types and departments by their names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from accounts.languages import DEFAULT_LANGUAGE
from accounts.models import Department, Login
from accounts.pairs import Pair, decode
from accounts.type_words import type_labels
from tokens.models import AccessToken


def effective_pairs(owner: Login, limits: frozenset[Pair] | None) -> frozenset[Pair]:
    """What a token reaches now: its restriction (None: not restricted) within its owner's assignments."""
    return owner.pairs if limits is None else owner.pairs & limits


def reach_of(token: AccessToken, owner: Login) -> frozenset[Pair]:
    """What the token's valid JWT reaches now."""
    return effective_pairs(owner, decode(token.current_restriction))


def pair_labels(pairs: Iterable[Pair], organisation_id: int) -> dict[Pair, str]:
    """Each pair as "General User, Energy › South", in the order of these words (two queries)."""
    types = type_labels(organisation_id)
    paths = Department.objects.paths(organisation_id)
    gone = pgettext("department or user type", "deleted")
    whole = _("the whole organisation")
    labels = {pair: f"{types.get(pair.user_type_id, gone)}, {_place(pair, paths, gone, whole)}" for pair in pairs}
    return dict(sorted(labels.items(), key=lambda item: item[1]))


def pair_names(pairs: Iterable[Pair], organisation_id: int) -> dict[Pair, str]:
    """The same as the ledger keeps them, whatever language they are shown in."""
    with override(DEFAULT_LANGUAGE):
        return pair_labels(pairs, organisation_id)


@dataclass(frozen=True)
class PairWords:
    """What pairs of one organisation are called, read once for however many rows."""

    types: Mapping[int, str]
    paths: Mapping[int, str]

    @classmethod
    def of(cls, organisation_id: int) -> PairWords:
        """As it is now (two queries)."""
        return cls(type_labels(organisation_id), Department.objects.paths(organisation_id))

    def text(self, pair: Pair) -> str:
        """ "Energy › South › General User"."""
        return f"{self.place_text(pair)} › {self.type_text(pair)}"

    def texts(self, pairs: Iterable[Pair]) -> list[str]:
        return sorted(self.text(pair) for pair in pairs)

    def type_text(self, pair: Pair) -> str:
        return self.types.get(pair.user_type_id, pgettext("department or user type", "deleted"))

    def place_text(self, pair: Pair) -> str:
        return _place(pair, self.paths, pgettext("department or user type", "deleted"), _("Whole organisation"))


def places(pairs: Iterable[Pair], organisation_id: int) -> list[str]:
    """The departments of some pairs by their paths; the whole organisation swallows all others."""
    keys = {pair.department_id for pair in pairs}
    if None in keys:
        return [_("the whole organisation")]
    paths = Department.objects.paths(organisation_id)
    return sorted(paths[key] for key in keys if key in paths)


def _place(pair: Pair, paths: Mapping[int, str], gone: str, whole: str) -> str:
    if pair.department_id is None:
        return whole
    return paths.get(pair.department_id, gone)

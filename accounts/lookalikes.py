"""Names that are different and look the same: letters of one script that stand for another's.

Nobody is stopped from using them, since every script has its right; whoever names something is told (UTS 39, 4: two
texts are confusable when their skeletons are equal). The table is short on purpose: of Cyrillic, Greek, Armenian
and some other letters what is taken for Latin ones, and digits taken for letters.
"""

import unicodedata
from collections.abc import Iterable

from django.utils.translation import gettext as _

ALIKE = str.maketrans(
    "аԁеһіјӏԛорѕԝхуүѵсαεικνορτυχϲϳօսոհցզɑɡıɩɪʟ01|ǀ",
    "adehijlqopswxyyvcaeikvoptuxcjounhgqagiiilolll",
)
PAIRS = (("rn", "m"), ("vv", "w"))


def skeleton(name: str) -> str:
    """The same for names that look the same; capitals, blanks and signs that cannot be seen are left out of account."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    seen = "".join(sign for sign in folded if unicodedata.category(sign) not in {"Cf", "Mn", "Zs"})
    found = seen.translate(ALIKE)
    for pair, one in PAIRS:
        found = found.replace(pair, one)
    return found


def lookalike(name: str, others: Iterable[str]) -> str:
    """The first of the others that looks like the name and is another; empty where there is none."""
    own, written = skeleton(name), name.strip().casefold()
    return next((other for other in others if skeleton(other) == own and other.casefold() != written), "")


def caution(name: str, others: Iterable[str]) -> str:
    other = lookalike(name, others)
    words = _("Mind: %(name)s looks like %(other)s, which is there already, but is written with other signs.")
    return words % {"name": name, "other": other} if other else ""


class Looks:
    """Many names by what they look like, so that each further one is compared with all of them at once."""

    def __init__(self, names: Iterable[str]) -> None:
        self.names: dict[str, str] = {}
        for name in names:
            self.names.setdefault(skeleton(name), name)

    def caution(self, name: str) -> str:
        """As of the one that looks like it; from now on it is one of them."""
        return caution(name, [self.names.setdefault(skeleton(name), name)])

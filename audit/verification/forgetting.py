"""Which personal details may be gone: only those that a sealed entry of the ledger says were removed."""

from typing import Any

from audit.models import Entry
from audit.verbs import Verb

Removal = dict[str, Any]


class AllowedRedactions:
    """Answers for one sealed entry after another; looks for new records of removals when it knows of none."""

    def __init__(self) -> None:
        self._removals: list[Removal] | None = None

    def __call__(self, sealed: dict[str, Any]) -> bool:
        """Whether a removal on record covers what was sealed."""
        if self._covers(sealed):
            return True
        self._removals = allowed_redactions()
        return self._covers(sealed)

    def _covers(self, sealed: dict[str, Any]) -> bool:
        return any(is_covered(sealed, removal) for removal in self._removals or ())


def allowed_redactions() -> list[Removal]:
    """The removals on record. That each of these entries is as it was sealed is found by the same verification."""
    found = Entry.objects.filter(verb=Verb.LEDGER_REDACT).order_by("id").values_list("details", flat=True)
    return [details for details in found if isinstance(details, dict)]


def is_covered(sealed: dict[str, Any], removal: Removal) -> bool:
    """A removal names the numbers ``first`` to ``last``, and ``login`` where it is about one person alone.

    The record of a removal is itself never removed.
    """
    first, last, login = removal.get("first"), removal.get("last"), removal.get("login")
    if not (isinstance(first, int) and isinstance(last, int)) or sealed.get("verb") == Verb.LEDGER_REDACT:
        return False
    people = (sealed.get("actor_id"), sealed.get("owner_id"), sealed.get("subject_id"))
    return first <= sealed["sequence"] <= last and (login is None or login in people)

"""What an entry says of before and after, as lines that people read: each setting, what left it and what came."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from audit.grids.words import Text

Label = Callable[[str], Text]
Words = Callable[[str, Any], list[str]]


@dataclass(frozen=True)
class Difference:
    """One setting. What both have stays out of ``removed`` and ``added``; it is ``kept`` where it is a list."""

    label: Text
    removed: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Fact:
    """Something told beside the change."""

    label: Text
    values: list[str]


class Reading:
    """Reads the ``details`` of an entry. ``label`` names a setting, ``words`` gives its value as lines."""

    def __init__(self, details: Any, *, label: Label, words: Words, subject: str = "") -> None:
        self.details: Mapping[str, Any] = details if isinstance(details, Mapping) else {}
        self.label, self.words, self.subject = label, words, subject

    @property
    def has_before(self) -> bool:
        return "before" in self.details

    @property
    def differences(self) -> list[Difference]:
        """Of a change, its settings; of something new, what it began with."""
        if "after" not in self.details and "before" not in self.details:
            return []
        before, after = self.details.get("before"), self.details.get("after")
        if not isinstance(before or after, Mapping):
            return [self.difference(self.subject, before, after)]
        pairs = flat(before or {}), flat(after or {})
        names = dict.fromkeys((*pairs[0], *pairs[1]))
        found = [self.difference(name, pairs[0].get(name), pairs[1].get(name)) for name in names]
        return [one for one in found if one.removed or one.added]

    @property
    def facts(self) -> list[Fact]:
        """Everything but before and after."""
        told = flat({name: value for name, value in self.details.items() if name not in {"before", "after"}})
        lines = {name: self.words(name, value) for name, value in told.items()}
        return [Fact(self.label(name), found) for name, found in lines.items() if found]

    def difference(self, name: str, before: Any, after: Any) -> Difference:
        """A setting that was not there before has nothing removed, and the other way round."""
        old = self.words(name, before) if self.has_before else []
        new = self.words(name, after) if "after" in self.details else []
        return Difference(
            self.label(name),
            removed=[line for line in old if line not in new],
            added=[line for line in new if line not in old],
            kept=[line for line in new if line in old and isinstance(after, list)],
        )


def flat(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings within settings under both names: ``{"jwt": {"scopes": …}}`` gives ``jwt.scopes``."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            found |= {f"{name}.{inner}": held for inner, held in flat(value).items()}
        else:
            found[name] = value
    return found

"""The Actions menu of a row: groups of entries, each a link, a dialog or a deed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from audit.grids.words import Text


@dataclass(frozen=True)
class Entry:
    """One line of a menu.

    ``get`` follows the link, ``dialog`` follows it and lets script show the page as a dialog, ``post`` acts at once.
    A ``hint`` explains an entry below its label. A ``reason`` tells why it cannot be chosen now: it is shown grey.
    """

    label: Text
    href: str
    icon: str = ""
    danger: bool = False
    method: Literal["get", "post", "dialog"] = "get"
    hint: Text = ""
    reason: Text = ""


@dataclass(frozen=True)
class Menu:
    """The menu of one row; ``title`` names the row ("Peter John"). Empty groups are left out."""

    title: Text
    groups: Sequence[Sequence[Entry]]

    @property
    def filled_groups(self) -> list[Sequence[Entry]]:
        return [group for group in self.groups if group]

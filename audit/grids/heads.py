"""What stands above a page's content and what stands in place of an empty grid."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from audit.grids.words import Text


@dataclass(frozen=True, kw_only=True)
class Crumb:
    """One step of the path above a title; without an address it is the page itself."""

    label: Text
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class HeadAction:
    """A button or link of a page head. One of a page is ``primary``; ``dialog`` opens the address as a dialog."""

    label: Text
    href: str
    icon: str = ""
    kind: str = "secondary"
    dialog: bool = False


@dataclass(frozen=True)
class Tab:
    """One of several pages that belong together, shown as tabs above the content."""

    label: Text
    href: str
    current: bool = False
    count_text: str = ""


@dataclass(frozen=True, kw_only=True)
class PageHead:
    """Title, the one sentence that says what this is, what can be done here, and the pages beside it."""

    title: Text
    sentence: Text = ""
    crumbs: tuple[Crumb, ...] = ()
    actions: tuple[HeadAction, ...] = ()
    tabs: tuple[Tab, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Step:
    """One of the steps shown in a row below an empty state."""

    title: Text
    sentence: Text


@dataclass(frozen=True, kw_only=True)
class EmptyState:
    """Why there is nothing, and what to do about it."""

    title: Text
    sentence: Text = ""
    actions: tuple[HeadAction, ...] = ()
    steps: tuple[Step, ...] = ()
    footnote: Text = ""


NOTHING_YET = EmptyState(title=_("Nothing here yet"))

"""Status tags: a word with an icon and a tone, so that colour is never the only sign."""

from dataclasses import dataclass
from typing import Literal

from django.utils.html import format_html
from django.utils.safestring import SafeString

from audit.grids.icons import icon
from audit.grids.words import Text

Tone = Literal["outline", "blue", "green", "amber", "grey", "red", "quiet", "plain"]


@dataclass(frozen=True)
class Tag:
    """``quiet`` is a green tick and plain text, for what is well; ``plain`` is grey text alone."""

    label: Text
    tone: Tone
    icon: str = ""

    def __html__(self) -> SafeString:
        return format_html('<span class="tag tag-{}">{}{}</span>', self.tone, icon(self.icon), self.label)

    def __str__(self) -> str:
        return self.__html__()


def yes(label: Text) -> Tag:
    """A healthy state: green tick, plain word."""
    return Tag(label, "quiet", "check")

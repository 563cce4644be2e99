"""What a grid offers for its selected rows: the deeds of the blue bar, and the words of its count."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from audit.grids.moments import number_text
from audit.grids.words import Text

MANY = 2_147_001  # stands for a number that only script knows; no count on a page comes near it


@dataclass(frozen=True)
class BulkAction:
    """One deed of the bar. Its button posts the selection to ``href``, whose answer asks before anything happens."""

    label: Text
    href: str
    icon: str = ""
    danger: bool = False


def counted(noun: Text, count: int) -> str:
    """ "1,234 tokens", by a noun made with ``ngettext_lazy("%(count)d token", "%(count)d tokens", "count")``."""
    text = str(noun % {"count": count})
    return text.replace(str(count), number_text(count), 1)


def selected_text(noun: Text, count: int) -> str:
    """ "3 tokens selected"."""
    # Translators: what is a counted noun, as in "3 tokens selected".
    return _("%(what)s selected") % {"what": counted(noun, count)}


def selected_pattern(noun: Text) -> str:
    """The same for several rows, with ``{count}`` where script puts the number."""
    return selected_text(noun, MANY).replace(number_text(MANY), "{count}")

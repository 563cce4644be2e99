"""The grid of the ledger's checkpoints."""

import base64

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from audit.grids.moments import number_text
from audit.grids.tables import DateTimeColumn, GridTable, LinkColumn, NumberColumn, TextColumn
from audit.models import Checkpoint


class SizeColumn(LinkColumn):
    """How many entries a checkpoint covers, as the link to its text."""

    def __init__(self) -> None:
        super().__init__(
            to=lambda one: reverse("ledger_checkpoint_of", args=[one.size]), wide=False, verbose_name=_("Entries")
        )

    def render(self, value: int, record: Checkpoint) -> SafeString:  # type: ignore[override]
        return super().render(number_text(value), record)

    def value(self, value: int) -> int:  # type: ignore[override]
        return value


class RootColumn(TextColumn):
    """The root as its note writes it; cut on the page, whole in its title and in exports."""

    def __init__(self) -> None:
        super().__init__(mono=True, wide=True, verbose_name=_("Root"))

    def render(self, value: bytes) -> SafeString:
        return super().render(self.value(value))

    def value(self, value: bytes) -> str:
        return base64.b64encode(value).decode()


class CheckpointTable(GridTable):
    """The signed roots, newest first."""

    caption = _("Checkpoints")
    noun = ngettext_lazy("%(count)d checkpoint", "%(count)d checkpoints", "count")
    default_hidden = ("generation",)

    size = SizeColumn()
    root = RootColumn()
    at = DateTimeColumn(seconds=True, verbose_name=_("Signed On"))
    generation = NumberColumn(on_phone=False, verbose_name=_("Generation"))

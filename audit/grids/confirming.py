"""Asking before a deed on many rows: what, how many, which ones, and a typed count where it hurts."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from audit.grids.bulk import counted
from audit.grids.selection import Selection
from audit.grids.words import Text

NAMED = 10


@dataclass(frozen=True)
class BulkNote:
    """A note of the confirmation: ``kind`` is info, warning, good or error."""

    text: Text
    kind: str = "warning"


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What is about to happen to the selected rows.

    ``noun`` is the table's, for the count where the title does not tell it; ``name`` gives the words for one row.
    ``typed`` is what has to be typed (the count, a word), where it hurts. ``form`` holds further fields, asked in the
    same dialog.
    """

    request: HttpRequest
    selection: Selection
    title: Text
    deed: Text
    back_url: str
    sentence: Text = ""
    small: Text = ""
    notes: tuple[BulkNote, ...] = ()
    noun: Text = ""
    name: Callable[[Any], Text] = str
    typed: str = ""
    danger: bool = False
    form: BaseForm | None = None

    @property
    def is_asked(self) -> bool:
        """The person was asked and has answered."""
        return self.request.method == "POST" and bool(self.request.POST.get("confirmed"))

    @cached_property
    def is_given(self) -> bool:
        """The person saw this very number of rows, typed what is to be typed, and said yes."""
        return self.is_asked and not self.selection.refusal and not self.has_changed and not self.typed_error

    @property
    def has_changed(self) -> bool:
        expected = self.request.POST.get("expected", "")
        return self.is_asked and bool(expected) and expected != str(self.selection.count)

    @property
    def typed_error(self) -> str:
        given = self.request.POST.get("typed", "").strip()
        if not self.is_asked or not self.typed or given.casefold() == self.typed.casefold():
            return ""
        return _("Type %(word)s as it is written here.") % {"word": self.typed}

    @cached_property
    def names(self) -> list[Text]:
        rows = self.selection.rows
        return [self.name(row) for row in (rows if rows.ordered else rows.order_by("pk"))[:NAMED]]

    @property
    def count_text(self) -> str:
        """ "27 tokens"."""
        return counted(self.noun, self.selection.count) if self.noun else ""

    @property
    def more_text(self) -> str:
        more = self.selection.count - len(self.names)
        return ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more} if more > 0 else ""

    @property
    def back(self) -> str:
        query = self.selection.back_query
        return f"{self.back_url}?{query}" if query else self.back_url

    @property
    def status(self) -> int:
        if self.has_changed:
            return 409
        wrong = self.selection.refusal or self.typed_error or (self.is_asked and self.form and self.form.errors)
        return 422 if wrong else 200


def render_confirmation(confirmation: Confirmation, *, template_name: str = "grids/confirm.html") -> HttpResponse:
    """The page, shown as a dialog by script, that asks. Nothing selected, or gone meanwhile, is told here as well."""
    context = {
        "confirmation": confirmation,
        "selection": confirmation.selection,
        "form": confirmation.form,
        "deed": confirmation.deed,
        "danger": confirmation.danger,
        "back_url": confirmation.back,
    }
    return render(confirmation.request, template_name, context, status=confirmation.status)

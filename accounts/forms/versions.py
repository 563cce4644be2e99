"""A form that notices when somebody else changed the thing meanwhile."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from audit.grids.moments import number_text

NO_VERSION = "-"


class VersionedForm(forms.Form):
    """Carries ``version``, the mark of what the page showed (``accounts.versions``), to the action."""

    version = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None, *, version: str, initial: dict[str, Any]) -> None:
        super().__init__(data, initial={**initial, "version": version})
        self.newest = version

    @property
    def typed_version(self) -> str:
        """What was sent without a version is of no page that is known: it meets a conflict, never nothing."""
        return str(self.cleaned_data["version"]) or NO_VERSION

    def meet(self) -> list[tuple[str, str]]:
        """After a conflict: take the newest version, and tell which fields now hold something else than was typed."""
        typed = cast("QueryDict", self.data)
        self.data = MultiValueDict({**dict(typed.lists()), "version": [self.newest]})
        return [
            (str(field.label), words(field, self.initial.get(name)))
            for name, field in self.fields.items()
            if name != "version" and field.has_changed(self.initial.get(name), self.cleaned_data.get(name))
        ]


def words(field: forms.Field, value: Any) -> str:
    """A field's value as it is shown: the labels of what is chosen."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, int):
        return number_text(value)
    chosen = {str(one) for one in (value if isinstance(value, list) else [value])}
    choices = [(str(key), str(label)) for key, label in getattr(field, "choices", ())]
    found = [label for key, label in choices if key in chosen]
    in_words = getattr(field, "in_words", str)
    return ", ".join(found) if choices else in_words("" if value is None else value)

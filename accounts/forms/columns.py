"""The panel of a grid's columns."""

from typing import Any

from django import forms
from django.http import QueryDict

MOST = 60
NAME = r"^[A-Za-z0-9_-]{1,60}$"


class ColumnsForm(forms.Form):
    """``column`` are the columns that the panel offered, ``shown`` those that were ticked; ``all`` shows every one."""

    grid = forms.RegexField(NAME)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.offered, self.shown = data.getlist("column"), set(data.getlist("shown"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        names = forms.RegexField(NAME)
        offered = [names.clean(name) for name in self.offered[: MOST + 1]]
        if len(offered) > MOST:
            raise forms.ValidationError("Too many columns.", code="most")
        cleaned["hidden"] = [] if "all" in self.data else [name for name in offered if name not in self.shown]
        return cleaned

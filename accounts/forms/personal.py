"""The forms of one's own settings."""

from itertools import groupby
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.appearances import APPEARANCES
from accounts.languages import OWN_NAMES
from accounts.models import Login
from accounts.zones import zone_names


def zone_choices(current: str) -> list[tuple[str, Any]]:
    """Every zone by its region; the one that the login has is among them in any case."""
    names = sorted({*zone_names(), current})
    groups = groupby(names, key=lambda name: name.partition("/")[0])
    return [(region, [(name, place_of(name)) for name in found]) for region, found in groups]


def place_of(name: str) -> str:
    """ "Europe/Isle_of_Man" as "Isle of Man"."""
    return (name.partition("/")[2] or name).replace("_", " ")


class PreferencesForm(forms.Form):
    """Language and time zone."""

    language = forms.ChoiceField(
        label=_("Preferred Language"),
        choices=list(OWN_NAMES.items()),
        help_text=_("Of every page and of the mails to you. API answers are in English."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("Every time is shown in it, and days begin and end by it.")
    )

    def __init__(self, data: Any, *, login: Login) -> None:
        super().__init__(data, initial={"language": login.language, "time_zone": login.time_zone})
        field: Any = self.fields["time_zone"]
        field.choices = zone_choices(login.time_zone)


class AppearanceForm(forms.Form):
    appearance = forms.ChoiceField(choices=APPEARANCES, required=False)

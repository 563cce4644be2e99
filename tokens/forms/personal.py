"""The short form of a token of one's own: its name and when it ends; everything else as most people want it."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.exceptions import Refused
from accounts.models import Login
from tokens.expiry import Expiry
from tokens.forms.tokens import OFFERED
from tokens.models import NAME_LENGTH
from tokens.scopes import DEFAULT

DEFAULT_EXPIRATION = Expiry.DAYS_90
CUSTOM = gettext_lazy("Custom")
FIELD_OF_REFUSAL = {
    "name": "name", "name_taken": "name", "expiry": "expiration", "expiry_date": "expiration_date",
}  # fmt: skip


class PersonalTokenForm(forms.Form):
    """Token Name, Expiration and, for the choice Custom alone, Expiration Date."""

    name = forms.CharField(
        label=gettext_lazy("Token Name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("One name for each script or tool, so that each can be stopped alone."),
    )
    expiration = forms.ChoiceField(
        label=gettext_lazy("Expiration"),
        initial=DEFAULT_EXPIRATION,
        widget=forms.Select(attrs={"data-enables": "id_expiration_date", "data-enabling-value": Expiry.DATE.value}),
        help_text=gettext_lazy("Counted from Generate Token."),
    )
    expiration_date = forms.DateField(
        label=gettext_lazy("Expiration Date"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, data: QueryDict | None, *, owner: Login) -> None:
        super().__init__(data)
        expiration: Any = self.fields["expiration"]
        expiration.choices = [(value, CUSTOM if value == Expiry.DATE.value else label) for value, label in OFFERED]
        self.fields["expiration_date"].help_text = _(
            "For the choice Custom: works until 24:00 of that day in %(zone)s."
        ) % {"zone": owner.time_zone}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("expiration") != Expiry.DATE:
            cleaned["expiration_date"] = None
            self.errors.pop("expiration_date", None)
        elif not cleaned.get("expiration_date") and "expiration_date" not in self.errors:
            self.add_error("expiration_date", _("Choose the date."))
        return cleaned

    @property
    def settings(self) -> dict[str, Any]:
        """The cleaned values by the names that the action uses."""
        return {
            "name": self.cleaned_data["name"],
            "expiry_choice": self.cleaned_data["expiration"],
            "expiry_date": self.cleaned_data["expiration_date"],
            "scopes": int(DEFAULT),
        }

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal of the action at the field that it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), refusal.message)

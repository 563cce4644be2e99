"""The forms of deletions: where a login goes, its name has to be typed; the log may be made to forget who goes."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class DeletionForm(forms.Form):
    """``words`` are what has to be typed; without any there is nothing to type."""

    confirmation = forms.CharField(
        max_length=200, strip=True, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )

    def __init__(self, data: QueryDict | None, *, words: str) -> None:
        super().__init__(data)
        self.words = words
        self.fields["confirmation"].label = _("To confirm, type %(name)s") % {"name": words}
        if not words:
            del self.fields["confirmation"]

    def clean_confirmation(self) -> Any:
        if self.cleaned_data["confirmation"].casefold() != self.words.casefold():
            raise forms.ValidationError(_("That is not what stands above."))
        return self.words


def forget_field(label: Any) -> forms.BooleanField:
    return forms.BooleanField(
        label=label,
        required=False,
        help_text=gettext_lazy(
            "It cannot be undone. The log keeps what happened, when and with which result, the names of access tokens "
            "and the ids; every proof goes on holding. Copies outside, such as exports and mails, stay as they are."
        ),
    )


class ForgettingForm(forms.Form):
    """Asks whether the log is to forget who is deleted; a form says with ``forget`` whom that means."""

    @property
    def forgets(self) -> bool:
        return bool(self.cleaned_data["forget"])


class ContactDeletionForm(DeletionForm, ForgettingForm):
    forget = forget_field(gettext_lazy("Also remove this person's name, addresses and details from the log"))


class LoginDeletionForm(DeletionForm, ForgettingForm):
    forget = forget_field(gettext_lazy("Also remove this login's names, addresses and details from the log"))


class ContactsDeletionForm(ForgettingForm):
    """Many contacts at once: how many is typed elsewhere."""

    forget = forget_field(gettext_lazy("Also remove these people's names, addresses and details from the log"))

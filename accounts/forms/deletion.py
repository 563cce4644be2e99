"""The form of a deletion: where a login goes, its name has to be typed."""

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


class ContactDeletionForm(DeletionForm):
    """The same of a contact, who may be forgotten in the log too."""

    forget = forms.BooleanField(
        label=gettext_lazy("Also remove this person's name, addresses and details from the log"),
        required=False,
        help_text=gettext_lazy(
            "It cannot be undone. The log keeps what happened, when and with which result, the names of access tokens "
            "and the ids; every proof goes on holding. Copies outside, such as exports and mails, stay as they are."
        ),
    )

    @property
    def forgets(self) -> bool:
        return bool(self.cleaned_data["forget"])

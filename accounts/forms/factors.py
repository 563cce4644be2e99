"""The forms of second factors: a code when signing in, a code of a new app, the name of a passkey."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.factors.passkeys import ANSWER_LENGTH
from accounts.rules.factors import NAME_LENGTH, against_passkey_name
from accounts.rules.places import tidy

CODE_LENGTH = 40  # blanks and dashes between the signs included


def code_field(label: Any, **more: Any) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=CODE_LENGTH, widget=forms.TextInput(attrs=attrs), **more)


class SecondStepForm(forms.Form):
    """A code, or what the browser answered for a passkey."""

    code = code_field(_("Code"), help_text=_("Six digits from your authenticator app, or one of your recovery codes."))

    def __init__(self, *args: Any, focused: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autofocus"] = focused


class PasskeyForm(forms.Form):
    """What the browser answered; script fills it in."""

    answer = forms.CharField(max_length=ANSWER_LENGTH, widget=forms.HiddenInput)


class AddAppForm(forms.Form):
    """The secret that the page offered, sealed, and a code that shows that the app has it."""

    offer = forms.CharField(max_length=1000, widget=forms.HiddenInput)
    code = code_field(_("Code"), help_text=_("The six digits that the app shows now."))

    def clean_code(self) -> str:
        return "".join(sign for sign in self.cleaned_data["code"] if sign.isdecimal())


class PasskeyNameForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=NAME_LENGTH,
        help_text=_("By which you know it again, such as the device or the key ring it is in."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_name(self) -> str:
        name = tidy(self.cleaned_data["name"])
        if refusal := against_passkey_name(name):
            raise forms.ValidationError(refusal.message, code=refusal.code)
        return name


class AddPasskeyForm(PasskeyNameForm):
    answer = forms.CharField(max_length=ANSWER_LENGTH, required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if "name" in cleaned and not cleaned.get("answer"):
            self.add_error(
                None, _("This browser made no passkey. It takes JavaScript and a browser that knows passkeys.")
            )
        return cleaned

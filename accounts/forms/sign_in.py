"""The forms of signing in and of passwords."""

from typing import TYPE_CHECKING, Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.actions import passwords
from accounts.exceptions import Refused
from accounts.models import Login

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PASSWORD_LENGTH_LIMIT = 1000  # never cut short; longer ones only keep the hash busy


def password_field(label: "StrOrPromise", autocomplete: str, **more: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=PASSWORD_LENGTH_LIMIT, widget=widget, **more)


class SignInForm(LoginForm):
    """User name and password; allauth's form asks our adapter and begins the session."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields = {
            "login": forms.CharField(
                label=_("User Name"),
                help_text=_("Usually your mail address"),
                max_length=254,
                widget=forms.TextInput(
                    attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
                ),
            ),
            "password": password_field(_("Password"), "current-password"),
        }


class ResetRequestForm(forms.Form):
    email = forms.EmailField(
        label=_("E Mail"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


class NewPasswordForm(forms.Form):
    """A new password, typed twice, that keeps the rules for passwords."""

    password = password_field(
        _("New password"), "new-password", help_text=_("At least 12 characters. A few unrelated words do well.")
    )
    again = password_field(_("New password again"), "new-password")

    def __init__(self, *args: Any, login: Login, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login = login
        # Passwords are never shown again: whatever was wrong, typing starts at the first one.
        next(iter(self.fields.values())).widget.attrs["autofocus"] = True

    @sensitive_variables()
    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.login)
        return password

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if {"password", "again"} <= cleaned.keys() and cleaned["password"] != cleaned["again"]:
            self.add_error("again", _("The two passwords differ."))
        return cleaned


class PasswordChangeForm(NewPasswordForm):
    """The same for somebody who is signed in and therefore names the current password."""

    current = password_field(_("Current password"), "current-password")
    field_order = ["current", "password", "again"]

    @sensitive_variables()
    def clean(self) -> dict[str, Any]:
        """The current password is tried, and the try counted, only when everything else is in order."""
        cleaned = super().clean()
        if self.errors or "current" not in cleaned:
            return cleaned
        if cleaned["current"] == cleaned["password"]:
            self.add_error("password", _("Choose another than the current one."))
            return cleaned
        try:
            passwords.confirm_password(login=self.login, password=cleaned["current"])
        except Refused as refusal:
            self.add_error("current", refusal.message)
        return cleaned


class ConfirmForm(forms.Form):
    """The password of somebody who is signed in, asked for once more."""

    password = password_field(_("Current password"), "current-password")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].widget.attrs["autofocus"] = True

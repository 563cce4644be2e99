"""The forms of signing in and of passwords."""

from typing import TYPE_CHECKING, Any

from allauth.account.forms import LoginForm
from django import forms
from django.contrib.auth import password_validation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_variables

from accounts.actions import passwords
from accounts.consequences import rows_behind
from accounts.exceptions import Refused
from accounts.models import Login
from accounts.password_validation import rules_in_words
from accounts.place_effects import Named
from audit.grids.moments import number_text

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

    password = password_field(_("New password"), "new-password")
    again = password_field(_("New password again"), "new-password")

    def __init__(self, *args: Any, login: Login, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.login = login
        self.fields["password"].help_text = rules_in_words(login.organisation)
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


def in_words(named: Named) -> str:
    """The first names, and how many more there are."""
    names = ", ".join(named.names)
    if not named.more:
        return names
    words = ngettext("%(names)s and %(shown)s more", "%(names)s and %(shown)s more", named.more)
    return words % {"names": names, "shown": number_text(named.more)}


class PasswordChangeForm(NewPasswordForm):
    """The same for somebody who is signed in and therefore names the current password."""

    current = password_field(_("Current password"), "current-password")
    revoke_tokens = forms.BooleanField(required=False)
    field_order = ["current", "password", "again", "revoke_tokens"]

    def __init__(self, *args: Any, login: Login, **kwargs: Any) -> None:
        super().__init__(*args, login=login, **kwargs)
        tokens = Named.of(rows_behind("tokens").listed().filter(owner=login).values_list("name", flat=True))
        if not tokens:
            del self.fields["revoke_tokens"]
            return
        field = self.fields["revoke_tokens"]
        field.label = ngettext(
            "Also revoke my %(count)s access token", "Also revoke all my %(count)s access tokens", tokens.count
        ) % {"count": number_text(tokens.count)}
        words = _("If somebody else may have got at them. Every call with them is refused at once, for good.")
        field.help_text = f"{words} {in_words(tokens)}."

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

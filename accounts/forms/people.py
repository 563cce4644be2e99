"""The forms of contacts and logins: they clean what was typed; the rules are asked by the actions."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.drafts import ContactDraft, LoginDraft, state_of_contact, state_of_login
from accounts.exceptions import Refused
from accounts.forms.versions import VersionedForm
from accounts.kinds import LoginKind
from accounts.languages import LANGUAGES
from accounts.models import Contact, Login, Organisation
from accounts.pairs import Pair
from accounts.rules.people import (
    LAST_DAY,
    MAIL_LENGTH,
    NAME_LENGTH,
    NOTES_LENGTH,
    PHONE_LENGTH,
    USER_NAME_LENGTH,
    contact_refusals,
    day_of_end,
    end_of_day,
    login_refusals,
)
from accounts.versions import version_of
from accounts.zones import zone_names

CONTACT_FIELDS = ("first_name", "last_name", "email", "phone", "notes")


class FieldRefusals(forms.Form):
    """Shows a refusal at the field that its code names."""

    def refuse(self, refusal: Refused) -> None:
        self.add_error(refusal.code if refusal.code in self.fields else None, refusal.message)

    def refuse_all(self, refusals: Iterable[Refused]) -> None:
        for refusal in refusals:
            if refusal.code not in self.errors:
                self.refuse(refusal)


class ContactFields(FieldRefusals):
    """A person's record."""

    first_name = forms.CharField(
        label=gettext_lazy("First Name"),
        max_length=NAME_LENGTH,
        error_messages={"required": gettext_lazy("Give at least the first name.")},
    )
    last_name = forms.CharField(label=gettext_lazy("Last Name"), max_length=NAME_LENGTH, required=False)
    email = forms.CharField(label=gettext_lazy("E Mail"), max_length=MAIL_LENGTH, required=False)
    phone = forms.CharField(label=gettext_lazy("Phone"), max_length=PHONE_LENGTH, required=False)
    notes = forms.CharField(
        label=gettext_lazy("Notes"), max_length=NOTES_LENGTH, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    @property
    def person(self) -> ContactDraft:
        return ContactDraft.cleaned(**{name: self.cleaned_data.get(name, "") for name in CONTACT_FIELDS})

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.refuse_all(contact_refusals(self.person))
        return cleaned


class LoginFields(FieldRefusals):
    """A login without its assignments. The day of its end is the last one on which it works, in its own time zone."""

    user_name = forms.CharField(
        label=gettext_lazy("User Name"),
        max_length=USER_NAME_LENGTH,
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
        help_text=gettext_lazy("Left empty, it is the mail address."),
    )
    login_email = forms.CharField(
        label=gettext_lazy("E Mail"),
        max_length=MAIL_LENGTH,
        required=False,
        help_text=gettext_lazy("Links to a password and notices about tokens go there."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Signs in with"),
        choices=LoginKind.choices,
        initial=LoginKind.PERSON,
        widget=forms.RadioSelect,
    )
    expires_on = forms.DateField(
        label=gettext_lazy("Expires On"),
        required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("The last day on which it works, with its tokens. Empty: never."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES)
    time_zone = forms.ChoiceField(label=gettext_lazy("Time Zone"))
    enabled = forms.BooleanField(label=gettext_lazy("Enabled"), required=False, initial=True)

    mail_field = "login_email"

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        zones: Any = self.fields["time_zone"]
        zones.choices = [(name, name) for name in zone_names()]
        mail = self.fields[self.mail_field]
        kind = self.data.get("kind") if self.is_bound else self.get_initial_for_field(self.fields["kind"], "kind")
        mail.required = kind == LoginKind.PERSON
        mail.error_messages["required"] = _("A login with a password needs a mail address: the links go there.")

    def clean_expires_on(self) -> Any:
        day = self.cleaned_data["expires_on"]
        if day and day > LAST_DAY:
            raise forms.ValidationError(_("Choose a day before the year 2200."))
        return day

    @property
    def mail_of_login(self) -> str:
        return str(self.cleaned_data.get(self.mail_field, ""))

    def draft(self, pairs: Iterable[Pair] = ()) -> LoginDraft:
        given = self.cleaned_data
        zone = given.get("time_zone", "")
        return LoginDraft.cleaned(
            user_name=given.get("user_name", ""),
            email=self.mail_of_login,
            kind=LoginKind(given.get("kind") or LoginKind.PERSON),
            enabled=given.get("enabled", True),
            expires_at=end_of_day(given.get("expires_on"), zone),
            language=given.get("language", ""),
            time_zone=zone,
            pairs=pairs,
        )

    def check_login(self, besides: Login | None = None) -> None:
        """A user name that would have been the mail address is not missed beside it."""
        draft = self.draft()
        taken_from_mail = not self.cleaned_data.get("user_name") and self.mail_field in self.errors
        refusals = login_refusals(draft, besides=besides)
        self.refuse_all(one for one in refusals if not (taken_from_mail and one.code == "user_name"))


def defaults_of(organisation: Organisation) -> dict[str, Any]:
    """What a new login begins with."""
    return {"language": organisation.language, "time_zone": organisation.time_zone}


class ContactForm(ContactFields):
    """Create New Contact."""


class EditContactForm(ContactFields, VersionedForm):
    def __init__(self, data: QueryDict | None, *, contact: Contact) -> None:
        state = state_of_contact(contact)
        super().__init__(data, version=version_of(state), initial=state)


class NewLoginForm(LoginFields):
    """A further login of a contact."""

    send_activation = forms.BooleanField(
        label=gettext_lazy("Send the activation mail now"),
        required=False,
        initial=True,
        help_text=gettext_lazy(
            "Its link sets the first password, once and within 48 hours. Nobody else ever sees the password."
        ),
    )

    def __init__(self, data: QueryDict | None, *, organisation: Organisation, email: str = "") -> None:
        super().__init__(data, initial={**defaults_of(organisation), "login_email": email})
        self.fields["kind"].help_text = _(
            "A service login is for tools: no password, no sign-in, no mail. Its tokens are made by a holder of the "
            "Admin role."
        )

    @property
    def is_invited(self) -> bool:
        """Whether the mail can go out at once: to whom signs in with a password, and may."""
        given = self.cleaned_data
        return bool(given["send_activation"] and given["enabled"]) and given["kind"] == LoginKind.PERSON

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.check_login()
        return cleaned


class NewUserForm(ContactFields, NewLoginForm):
    """Create New User: a contact and its login at once, with one mail address for both."""

    mail_field = "email"
    field_order = [*CONTACT_FIELDS, "kind", "user_name", "expires_on", "language", "time_zone"]

    def __init__(self, data: QueryDict | None, *, organisation: Organisation) -> None:
        super().__init__(data, organisation=organisation)
        del self.fields["login_email"]

    def refuse(self, refusal: Refused) -> None:
        super().refuse(Refused("email", refusal.message) if refusal.code == "login_email" else refusal)

    def refuse_all(self, refusals: Iterable[Refused]) -> None:
        """One mail address stands in two places: what is wrong with it is told once."""
        super().refuse_all(one for one in refusals if one.code != "login_email" or "email" not in self.errors)


class EditLoginForm(LoginFields, VersionedForm):
    """Edit Login. A service login stays one; whether a login is enabled is changed by its own deed."""

    def __init__(self, data: QueryDict | None, *, login: Login) -> None:
        state = state_of_login(login)
        day = day_of_end(login.expires_at, login.time_zone)
        super().__init__(
            data, version=version_of(state), initial={**state, "login_email": login.email, "expires_on": day}
        )
        self.login = login
        del self.fields["enabled"]
        self.fields["user_name"].required = True
        self.fields["user_name"].help_text = ""
        self.fields["kind"].help_text = _("Changing it ends the password and the open sessions; tokens stay.")
        kinds: Any = self.fields["kind"]
        kinds.choices = [choice for choice in LoginKind.choices if choice[0] != LoginKind.SERVICE]
        if login.is_service:
            del self.fields["kind"]
        if login.time_zone not in zone_names():
            zones: Any = self.fields["time_zone"]
            zones.choices = [(login.time_zone, login.time_zone), *zones.choices]

    def draft(self, pairs: Iterable[Pair] = ()) -> LoginDraft:
        """As typed; an end that nobody touched stays to the second, and a service login stays one."""
        draft = super().draft(pairs)
        given, login = self.cleaned_data, self.login
        untouched = given.get("expires_on") == self.initial["expires_on"] and draft.time_zone == login.time_zone
        kind = LoginKind.SERVICE if login.is_service else draft.kind
        return replace(draft, kind=kind, expires_at=login.expires_at if untouched else draft.expires_at)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.check_login(self.login)
        return cleaned

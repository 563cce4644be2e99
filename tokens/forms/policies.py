"""The forms of the organisation's page: each field with one sentence, what it does and when it acts."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.actions.policies import state_of
from accounts.exceptions import Refused
from accounts.factor_effects import requirement
from accounts.forms.versions import VersionedForm, words
from accounts.languages import LANGUAGES
from accounts.models import Organisation
from accounts.place_effects import Named
from accounts.rules.organisations import LOG_DAYS, RANGES
from accounts.rules.places import NAME_LENGTH, tidy
from accounts.versions import version_of
from accounts.zones import zone_names
from tokens import network_effects
from tokens.forms.in_use import InUseForm
from tokens.forms.networks import NetworksField, hint
from tokens.in_use import Tightening
from tokens.policy_effects import effects, forgotten
from tokens.scopes import LABELS, NAMES, Scope

LOG_TIMES = (
    gettext_lazy("6 months"),
    gettext_lazy("1 year"),
    gettext_lazy("2 years"),
    gettext_lazy("3 years"),
    gettext_lazy("5 years"),
    gettext_lazy("10 years"),
)


def number(name: str, **options: Any) -> forms.IntegerField:
    least, most = RANGES[name]
    return forms.IntegerField(min_value=least, max_value=most, **options)


class SettingsForm(VersionedForm):
    """Some settings of an organisation; the fields are named as its columns."""

    def __init__(self, data: QueryDict | None, *, organisation: Organisation, address: str = "") -> None:
        """``address`` is where the person who types is."""
        self.organisation, self.address = organisation, address
        names = [name for name in self.base_fields if name != "version"]
        state = state_of(organisation, names)
        super().__init__(data, initial=self.shown(state), version=version_of(state))

    def shown(self, state: dict[str, Any]) -> dict[str, Any]:
        """The settings as the fields take them."""
        return state

    @property
    def settings(self) -> dict[str, Any]:
        """The cleaned values by the names that the action uses."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    @property
    def effects(self) -> list[tuple[str, Named]]:
        """What to show before it is saved."""
        return []

    @property
    def in_use(self) -> InUseForm | None:
        """What to ask before it is saved: only where tokens in use may be left, or not."""
        return None

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each setting as it is now, in words."""
        return [
            {"label": field.label, "text": words(field, self.initial.get(name)), "sentence": field.help_text}
            for name, field in self.fields.items()
            if name != "version"
        ]

    def refuse(self, refusal: Refused) -> None:
        self.add_error(refusal.code if refusal.code in self.fields else None, refusal.message)


class GeneralForm(SettingsForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("Stands at the top of every page and in mails. Acts at once."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=LANGUAGES,
        help_text=gettext_lazy("New logins begin with it. Logins that exist keep theirs; everybody may change it."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("New logins begin with it. Logins that exist keep theirs; everybody may change it."),
    )

    daily_mail = forms.BooleanField(
        label=gettext_lazy("Daily mail"),
        required=False,
        help_text=gettext_lazy(
            "To every System Administrator, soon after 06:00 in their time zone: the calls and refusals of the day "
            "before, tokens that end or fail, changes of rights, and the newest checkpoint of the ledger. Acts at once."
        ),
    )

    def __init__(self, data: QueryDict | None, **options: Any) -> None:
        super().__init__(data, **options)
        zones: Any = self.fields["time_zone"]
        zones.choices = [(name, name) for name in sorted({*zone_names(), self.organisation.time_zone})]

    def clean_name(self) -> str:
        return tidy(self.cleaned_data["name"])


class SignInForm(SettingsForm):
    password_attempts_limit = number(
        "password_attempts_limit",
        label=gettext_lazy("Attempts to sign in"),
        help_text=gettext_lazy(
            "So many tries a user name has within 15 minutes; then it is blocked until they are over. Browsers in "
            "which its owner signed in before have as many of their own. Acts at once."
        ),
    )
    session_idle_minutes = number(
        "session_idle_minutes",
        label=gettext_lazy("Minutes without a click"),
        help_text=gettext_lazy(
            "After so many a session ends. Acts at once, on open sessions too, your own among them."
        ),
    )
    session_hours_limit = number(
        "session_hours_limit",
        label=gettext_lazy("Hours after signing in"),
        help_text=gettext_lazy("After so many a session ends, however busy it is. Acts at once, on open sessions too."),
    )
    second_factor_required = forms.BooleanField(
        label=gettext_lazy("A second factor is required"),
        required=False,
        help_text=gettext_lazy(
            "Of everybody who signs in with a password: an authenticator app or a passkey. Whoever has none sets one "
            "up before anything else; programs with user name and password are refused. Acts at once."
        ),
    )

    @property
    def effects(self) -> list[tuple[str, Named]]:
        return requirement(self.organisation, required=self.settings["second_factor_required"])


class NetworksForm(SettingsForm):
    allowed_networks = NetworksField()

    def __init__(self, data: QueryDict | None, **options: Any) -> None:
        super().__init__(data, **options)
        sentence = _(
            "Calls with tokens, with mobile sessions and with passwords of programs are refused from any other "
            "address. Acts at once. Signing in to this console is not limited by it."
        )
        self.fields["allowed_networks"].help_text = hint(sentence, self.address)

    @property
    def effects(self) -> list[tuple[str, Named]]:
        return network_effects.effects(self.organisation, self.settings)

    @property
    def lines(self) -> list[dict[str, Any]]:
        [line] = super().lines
        return [{**line, "text": line["text"].replace("\n", ", ") or _("Everywhere")}]


class LogForm(SettingsForm):
    log_days_kept = forms.TypedChoiceField(
        label=gettext_lazy("Keep personal details in the log for"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", gettext_lazy("For ever")), *zip(map(str, LOG_DAYS), LOG_TIMES, strict=True)],
        help_text=gettext_lazy(
            "Then names, addresses, programs and details of changes are removed from an entry, for good. What "
            "happened, when, with which result and ids stays, and so does every proof. Acts within a day."
        ),
    )

    def shown(self, state: dict[str, Any]) -> dict[str, Any]:
        return {"log_days_kept": str(state["log_days_kept"] or "")}

    @property
    def effects(self) -> list[tuple[str, Named]]:
        return forgotten(self.organisation, self.settings["log_days_kept"])


class TokenPolicyForm(SettingsForm):
    token_days_limit = number(
        "token_days_limit",
        label=gettext_lazy("Longest life of a JWT, in days"),
        required=False,
        help_text=gettext_lazy(
            "Binds when a token is created or edited and at each Generate Token; what becomes of JWTs in use is asked "
            "before it is saved. Mobile sessions that begin later end with it, too. Empty: no limit."
        ),
    )
    token_never_allowed = forms.BooleanField(
        label=gettext_lazy("Tokens may never expire"),
        required=False,
        help_text=gettext_lazy(
            "Binds in the same way. While there is a longest life, no token can be made without an end."
        ),
    )
    tokens_per_login = number(
        "tokens_per_login",
        label=gettext_lazy("Tokens per login"),
        help_text=gettext_lazy("So many one login may have; revoked ones do not count. Binds at the next Create New."),
    )
    token_calls_per_minute = number(
        "token_calls_per_minute",
        label=gettext_lazy("Calls per minute"),
        required=False,
        help_text=gettext_lazy(
            "Of each token and mobile session; further calls in the same minute are refused (429). Acts at once. "
            "Empty: no limit."
        ),
    )
    token_scopes_allowed = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Scopes that tokens may have"),
        coerce=int,
        choices=lambda: [(int(scope), f"{LABELS[scope]} ({NAMES[scope]})") for scope in Scope],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one scope.")},
        help_text=gettext_lazy(
            "Binds as the longest life does; what becomes of JWTs in use is asked before it is saved."
        ),
    )
    basic_allowed = forms.BooleanField(
        label=gettext_lazy("Programs may send user name and password"),
        required=False,
        help_text=gettext_lazy(
            "On report addresses, in place of an access token, for tools that can do nothing else. Acts at once."
        ),
    )

    def shown(self, state: dict[str, Any]) -> dict[str, Any]:
        scopes = [int(scope) for scope in Scope if state["token_scopes_allowed"] & scope]
        return {**state, "token_scopes_allowed": scopes}

    @property
    def settings(self) -> dict[str, Any]:
        return {**super().settings, "token_scopes_allowed": sum({*self.cleaned_data["token_scopes_allowed"]})}

    @property
    def effects(self) -> list[tuple[str, Named]]:
        return effects(self.organisation, self.settings)

    @property
    def in_use(self) -> InUseForm:
        asked = cast("QueryDict", self.data) if "confirmed" in self.data else None
        return InUseForm(asked, Tightening.of(self.organisation, self.settings))

    @property
    def lines(self) -> list[dict[str, Any]]:
        lines = super().lines
        for line in lines:
            line["text"] = line["text"] or _("No limit")
        return lines

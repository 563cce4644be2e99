"""The forms of access tokens: they clean what was typed; the rules are asked by the actions."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.exceptions import Refused
from accounts.models import Login, Organisation
from accounts.pairs import Pair
from audit.grids.moments import long_day_text, long_moment_text
from tokens.actions.revocation import WHY_LENGTH
from tokens.expiry import Expiry, end_of
from tokens.forms.networks import NetworksField, hint
from tokens.models import NAME_LENGTH, AccessToken
from tokens.reach import pair_labels, places
from tokens.rules import CALLS_MOST, zone_of
from tokens.scopes import DEFAULT, HINTS, LABELS, NAMES, Scope
from tokens.words import choice_text

FIELD_OF_REFUSAL = {
    "name": "name",
    "name_taken": "name",
    "expiry": "expires_on",
    "expiry_date": "expiry_date",
    "scopes": "scopes",
    "pairs": "pairs",
    "no_assignment": "pairs",
    "calls_per_minute": "calls_per_minute",
    "allowed_networks": "allowed_networks",
}
DEFAULT_EXPIRY = Expiry.DAYS_90
OFFERED = [choice for choice in Expiry.choices if choice[0] != Expiry.SECONDS]  # that one programs alone choose


class ExpiryChips(forms.RadioSelect):
    """Each choice carries the end that it would have if the JWT were generated today."""

    owner: Login
    seconds: int | None = None

    def create_option(self, *args: Any, **options: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(*args, **options)
        if option["value"] == Expiry.NEVER:
            option["attrs"]["data-hint"] = _("It would never expire.")
        elif option["value"] == Expiry.DATE:
            option["attrs"]["data-hint"] = _("It ends with the day that you choose, whenever it is generated.")
        else:
            zone, seconds = zone_of(self.owner), self.seconds
            end = timezone.localtime(end_of(option["value"], None, now=timezone.now(), zone=zone, seconds=seconds))
            day = long_moment_text(end) if option["value"] == Expiry.SECONDS else long_day_text(end)
            hint = _("Counted from Generate Token. Generated today, it would end on %(date)s.")
            option["attrs"]["data-hint"] = hint % {"date": day}
        return option


class TokenForm(forms.Form):
    """Name, expiry, scopes, restriction and description of a token. ``settings`` is what the actions take."""

    name = forms.CharField(
        label=gettext_lazy("Token Name"),
        max_length=NAME_LENGTH,
        help_text=gettext_lazy("One name for each script or tool, so that each can be stopped alone."),
    )
    expires_on = forms.ChoiceField(
        label=gettext_lazy("Expires On"), choices=OFFERED, initial=DEFAULT_EXPIRY, widget=ExpiryChips
    )
    expiry_date = forms.DateField(
        label=gettext_lazy("Date"), required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("Scopes"), widget=forms.CheckboxSelectMultiple, required=False, initial=[1, 2]
    )
    pairs = forms.MultipleChoiceField(
        label=gettext_lazy("Limit to a department"), required=False, widget=forms.CheckboxSelectMultiple
    )
    calls_per_minute = forms.IntegerField(
        label=gettext_lazy("Calls per minute"),
        required=False,
        min_value=1,
        max_value=CALLS_MOST,
        help_text=gettext_lazy("Further calls in the same minute are refused (429). Acts at once. Empty: no limit."),
    )
    allowed_networks = NetworksField()
    description = forms.CharField(
        label=gettext_lazy("Description"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(
        self, data: QueryDict | None, *, owner: Login, token: AccessToken | None = None, address: str = ""
    ) -> None:
        """``address`` is where the person who types is."""
        super().__init__(data, initial=initial_of(token))
        self.owner = owner
        kept = token.pairs if token else None
        self.labels = pair_labels(owner.pairs | (kept or frozenset()), owner.organisation_id)
        self.fields["expires_on"].widget.owner = owner
        self.fields["expiry_date"].widget.attrs |= {
            "data-hint-day": _("It would end with {date}, whenever it is generated."),
            "data-hint-late": _("It would end with {date}: more than 12 months ahead."),
            "data-late-after": (timezone.localdate() + timedelta(days=366)).isoformat(),
        }
        if token and token.expiry_seconds is not None:
            self.choices_of("expires_on", [(Expiry.SECONDS.value, choice_text(token)), *OFFERED])
            self.fields["expires_on"].widget.seconds = token.expiry_seconds
        if (most := owner.organisation.token_calls_per_minute) is not None:
            words = {"organisation": owner.organisation.name, "most": most}
            self.fields["calls_per_minute"].help_text = _(
                "Further calls in the same minute are refused (429). Acts at once. %(organisation)s allows %(most)d "
                "calls a minute, whatever is set here."
            ) % words  # fmt: skip
        self.fields["allowed_networks"].help_text = hint(of_token(owner.organisation), address)
        self.choices_of("scopes", [(int(scope), label) for scope, label in LABELS.items()])
        self.choices_of("pairs", [(pair.encoded(), self.pair_label(pair)) for pair in self.labels])

    def choices_of(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    def pair_label(self, pair: Pair) -> str:
        if pair in self.owner.pairs:
            return self.labels[pair]
        return _("%(pair)s (no longer assigned)") % {"pair": self.labels[pair]}

    @property
    def scope_boxes(self) -> list[dict[str, Any]]:
        """Each scope's check box with its name of the API and what it is for."""
        boxes = {int(box.data["value"]): box for box in self["scopes"]}
        return [
            {"box": boxes[int(scope)], "label": LABELS[scope], "name": NAMES[scope], "hint": HINTS[scope]}
            for scope in Scope
        ]

    @property
    def own_places(self) -> str:
        return ", ".join(places(self.owner.pairs, self.owner.organisation_id))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("expires_on") != Expiry.DATE:
            cleaned["expiry_date"] = None
            self.errors.pop("expiry_date", None)
        elif not cleaned.get("expiry_date") and "expiry_date" not in self.errors:
            self.add_error("expiry_date", _("Choose the date."))
        return cleaned

    @property
    def settings(self) -> dict[str, Any]:
        """The cleaned values by the names that the actions use."""
        chosen = [Pair.decoded(text) for text in self.cleaned_data["pairs"]]
        return {
            "name": self.cleaned_data["name"],
            "expiry_choice": self.cleaned_data["expires_on"],
            "expiry_date": self.cleaned_data["expiry_date"],
            "scopes": sum({int(scope) for scope in self.cleaned_data["scopes"]}),
            "pairs": frozenset(chosen) if chosen else None,
            "description": self.cleaned_data["description"],
            "calls_per_minute": self.cleaned_data["calls_per_minute"],
            "allowed_networks": self.cleaned_data["allowed_networks"],
        }

    def refuse(self, refusal: Refused) -> None:
        """Show a refusal of the action at the field that it is about."""
        self.add_error(FIELD_OF_REFUSAL.get(refusal.code), refusal.message)


def initial_of(token: AccessToken | None) -> dict[str, Any]:
    scopes = int(DEFAULT) if token is None else token.scopes
    initial: dict[str, Any] = {"scopes": [int(scope) for scope in Scope if scopes & scope]}
    if token is not None:
        initial |= {
            "name": token.name,
            "expires_on": token.expiry_choice,
            "expiry_date": token.expiry_date,
            "pairs": [pair.encoded() for pair in token.pairs or ()],
            "description": token.description,
            "calls_per_minute": token.calls_per_minute,
            "allowed_networks": token.allowed_networks,
        }
    return initial


def of_token(organisation: Organisation) -> str:
    """What a list of a token does, in one sentence."""
    if organisation.allowed_networks is None:
        return _("Calls from any other address are refused. Acts at once, on the JWT in use too.")
    words = {"organisation": organisation.name}
    return (
        _(
            "Calls from any other address are refused. Acts at once, on the JWT in use too. The networks of "
            "%(organisation)s hold as well."
        )
        % words
    )


class LastDayForm(forms.Form):
    """The day that several tokens may last to."""

    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        help_text=gettext_lazy("It ends in each owner's time zone. From then on every call is refused."),
    )


class WhyForm(forms.Form):
    """Why something is ended, in the words of who ends it."""

    why = forms.CharField(label=gettext_lazy("Reason, kept in the log"), required=False, max_length=WHY_LENGTH)


class RevokeForm(WhyForm):
    """Why, and for a token in use its name: nothing that works is stopped by a slip."""

    confirmation = forms.CharField(max_length=NAME_LENGTH, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: QueryDict | None, *, token: AccessToken, asks_for_name: bool) -> None:
        super().__init__(data)
        self.token = token
        self.fields["confirmation"].label = _("To confirm, type %(name)s") % {"name": token.name}
        if not asks_for_name:
            del self.fields["confirmation"]

    def clean_confirmation(self) -> str:
        typed: str = self.cleaned_data["confirmation"]
        if typed != self.token.name:
            raise forms.ValidationError(_("That is not the token's name."))
        return typed

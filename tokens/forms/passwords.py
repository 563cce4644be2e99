"""The form of the organisation's rules for passwords."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.password_effects import too_old
from accounts.place_effects import Named
from tokens.forms.policies import SettingsForm, number


class PasswordForm(SettingsForm):
    password_length_minimum = number(
        "password_length_minimum",
        label=gettext_lazy("Shortest password"),
        help_text=gettext_lazy(
            "In characters; a password may have 1,000. Binds when a password is chosen next; present ones stay."
        ),
    )
    password_classes_minimum = number(
        "password_classes_minimum",
        label=gettext_lazy("Kinds of characters"),
        help_text=gettext_lazy(
            "So many of small letters, capitals, digits and others a password must mix. 1 is best: people answer such "
            "rules with a capital and an exclamation mark; length protects better. Binds in the same way."
        ),
    )
    password_days_limit = number(
        "password_days_limit",
        label=gettext_lazy("Life of a password, in days"),
        required=False,
        help_text=gettext_lazy(
            "Then its owner chooses a new one before anything else. Acts at once. Empty: as long as its owner likes, "
            "which is best: who must change often chooses weakly."
        ),
    )
    password_reminders = forms.BooleanField(
        label=gettext_lazy("Remind of it by mail"),
        required=False,
        help_text=gettext_lazy("14, 7 and 1 days before, in each person's language. Without such a life, nothing."),
    )

    @property
    def effects(self) -> list[tuple[str, Named]]:
        return too_old(self.organisation, self.settings["password_days_limit"])

    @property
    def lines(self) -> list[dict[str, Any]]:
        lines = super().lines
        for line in lines:
            line["text"] = line["text"] or _("No limit")
        return lines

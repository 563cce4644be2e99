"""Which organisation's identity provider somebody wants to sign in at."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import IdentityProvider


class OrganisationForm(forms.Form):
    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=100,
        help_text=_("Its name or its tenant id"),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    provider: IdentityProvider | None = None

    def clean(self) -> dict[str, Any]:
        """One answer for an organisation that is not there and for one without single sign-on."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "organisation" in cleaned:
            self.provider = provider_named(cleaned["organisation"])
            if self.provider is None:
                self.add_error("organisation", _("There is no single sign-on for an organisation of this name."))
        return cleaned


def provider_named(text: str) -> IdentityProvider | None:
    rows = IdentityProvider.objects.select_related("organisation")
    found = list(rows.filter(organisation__name__iexact=text)[:2])
    if len(found) == 1:
        return found[0]
    exact = rows.filter(organisation__name=text).first()
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return exact or (rows.filter(organisation_id=int(text)).first() if is_number else None)

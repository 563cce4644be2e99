"""The field of a list of networks: one a line, and what is wrong says in which line."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.networks import MOST, Network, corrected, encode, names, network

LONGEST = 5_000
SEPARATORS = re.compile(r"[\s,;]+")
SHOWN = 60  # characters of what was typed, in an error


class NetworksField(forms.CharField):
    """Cleans to the stored text of ``accounts.networks``, or None for an empty field: everywhere."""

    def __init__(self, **options: Any) -> None:
        label = gettext_lazy("Allowed networks")
        widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"})
        super().__init__(**{"label": label, "required": False, "max_length": LONGEST, "widget": widget, **options})

    def prepare_value(self, value: Any) -> Any:
        """The stored text as lines; what was typed as it is."""
        return self.in_words(value) if isinstance(value, str) and value.startswith("{") else value

    def in_words(self, stored: str) -> str:
        try:
            return "\n".join(names(stored) or ())
        except ValueError:
            return stored

    def clean(self, value: Any) -> str | None:
        typed: str = super().clean(value)
        found: dict[Network, None] = {}
        errors = []
        for number, line in enumerate(typed.splitlines(), start=1):
            for part in filter(None, SEPARATORS.split(line)):
                try:
                    found[network(part)] = None
                except ValueError:
                    errors.append(error_in(number, part))
        if len(found) > MOST:
            errors.append(_("%(most)d networks are the most. Put several into a larger one.") % {"most": MOST})
        if errors:
            raise forms.ValidationError(errors[:10])
        return encode(found)


def error_in(number: int, part: str) -> str:
    if (meant := corrected(part)) is not None:
        words = {"line": number, "typed": part[:SHOWN], "meant": meant}
        return _("Line %(line)d: %(typed)s says more than its network has. Write %(meant)s.") % words
    words = {"line": number, "typed": part[:SHOWN]}
    return (
        _("Line %(line)d: “%(typed)s” is no address and no network. Write 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.")
        % words
    )


def hint(sentence: str, address: str) -> str:
    """The help of the field, with the address that the person has at this moment."""
    example = _("One a line, an address or a network such as 192.0.2.0/24. Empty: everywhere.")
    here = _("You are at %(address)s.") % {"address": address} if address else ""
    return " ".join(filter(None, (sentence, example, here)))

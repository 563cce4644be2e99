"""What is to become of the JWTs in use that a tightened policy would not allow: asked before the policy is saved."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from audit.grids.moments import long_day_text, number_text
from tokens.expiry import Expiry
from tokens.in_use import LEAVE, SHORTEN, STOP, Tightening
from tokens.scopes import labels

MAILED = gettext_lazy("Owners get a mail about what changes.")


class Sentences(forms.RadioSelect):
    """Choices that are sentences, one below the other."""


class InUseForm(forms.Form):
    """A choice for each thing that was tightened and concerns a token; ``decisions`` is what the action takes."""

    def __init__(self, data: QueryDict | None, tightening: Tightening) -> None:
        super().__init__(data)
        if tightening.lives.exists():
            self.fields["lives"] = decision(_("Tokens with a longer Expires On"), of_lives(tightening))
        if tightening.scopes.exists():
            words = {"scopes": labels(tightening.lost)}
            self.fields["scopes"] = decision(_("Tokens with %(scopes)s") % words, of_scopes(tightening))

    @property
    def decisions(self) -> dict[str, str]:
        return {name: value or LEAVE for name, value in self.cleaned_data.items()}


def decision(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    options: dict[str, Any] = {"label": label, "choices": choices, "initial": LEAVE, "help_text": MAILED}
    return forms.ChoiceField(required=False, widget=Sentences, **options)


def of_lives(tightening: Tightening) -> list[tuple[str, str]]:
    count = tightening.lasting.count()
    words = {
        "count": number_text(count),
        "end": long_day_text(tightening.end),
        "choice": str(Expiry(tightening.expires_on).label),
    }
    shorten = ngettext(
        "Shorten: Expires On becomes %(choice)s. %(count)s JWT that lasts longer ends on %(end)s.",
        "Shorten: Expires On becomes %(choice)s. %(count)s JWTs that last longer end on %(end)s.",
        count,
    )
    leave = _("Leave: JWTs work until their own end. Generate Token is refused until Expires On is shortened.")
    return [(LEAVE, leave), (SHORTEN, shorten % words), (STOP, stop_words(count))]


def of_scopes(tightening: Tightening) -> list[tuple[str, str]]:
    count = tightening.holding.count()
    shorten = ngettext(
        "Take it away: the scope leaves the tokens, and %(count)s JWT loses it at once.",
        "Take it away: the scope leaves the tokens, and %(count)s JWTs lose it at once.",
        count,
    )
    leave = _("Leave: JWTs keep it until their end. Generate Token is refused until the scope is taken out.")
    return [(LEAVE, leave), (SHORTEN, shorten % {"count": number_text(count)}), (STOP, stop_words(count))]


def stop_words(count: int) -> str:
    words = ngettext(
        "Stop: %(count)s JWT is refused from now on. The token stays, and gets a new JWT with Generate Token.",
        "Stop: %(count)s JWTs are refused from now on. The tokens stay, and get new JWTs with Generate Token.",
        count,
    )
    return words % {"count": number_text(count)}

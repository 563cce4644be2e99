"""Whom it concerns that a second factor is required, or no longer: told before it is saved."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.factors.kept import without_factor
from accounts.models import Organisation
from accounts.place_effects import Named
from audit.grids.moments import number_text


def requirement(organisation: Organisation, *, required: bool) -> list[tuple[str, Named]]:
    """Sentences, each with those whom it concerns; nothing where it stays as it is."""
    if required == organisation.second_factor_required:
        return []
    if not required:
        words = _(
            "At once, a password alone lets in whoever has set up no second factor, programs too. Whoever has one is "
            "asked for it all the same."
        )
        return [(words, Named())]
    names = without_factor(organisation.pk).order_by("pk").values_list("user_name", flat=True)
    concerned = Named.of(names)
    programs = _(
        "At once, programs and mobile apps that sign in with user name and password are refused, all of them: nobody "
        "is there to give a second factor. Access tokens go on working."
    )
    people = ngettext(
        "%(count)s login has no second factor. With its next page it sets one up before anything else.",
        "%(count)s logins have no second factor. With their next page they set one up before anything else.",
        concerned.count,
    )
    told = [(people % {"count": number_text(concerned.count)}, concerned)] if concerned else []
    return [*told, (programs, Named())]

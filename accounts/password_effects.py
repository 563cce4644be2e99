"""Whom a shorter life of passwords concerns at once: told before it is saved."""

from django.utils.translation import ngettext

from accounts.models import Organisation
from accounts.password_ages import older_than
from accounts.place_effects import Named
from audit.grids.moments import number_text


def too_old(organisation: Organisation, days: int | None) -> list[tuple[str, Named]]:
    """A sentence with those whose password would be too old and is not yet; nothing where there is nobody."""
    if days is None:
        return []
    logins = older_than(organisation, days)
    if organisation.password_days_limit is not None:
        logins = logins.exclude(pk__in=older_than(organisation, organisation.password_days_limit).values("pk"))
    concerned = Named.of(logins.order_by("pk").values_list("user_name", flat=True))
    if not concerned:
        return []
    words = ngettext(
        "%(count)s password is older. From the next page on its owner chooses a new one before anything else, and "
        "programs that sign in with it are refused. Tokens go on working.",
        "%(count)s passwords are older. From the next page on their owners choose new ones before anything else, and "
        "programs that sign in with them are refused. Tokens go on working.",
        concerned.count,
    )
    return [(words % {"count": number_text(concerned.count)}, concerned)]

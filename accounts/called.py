"""Whom a text names: people as logs are asked for them, also those whose login is gone."""

from accounts.models import Login
from audit.models import Entry
from audit.verbs import Verb

MOST = 50


def logins_called(organisation_id: int, text: str) -> list[str]:
    """Public ids of the logins of this user name, public id or person's whole name; deleted ones by their user name."""
    found = (
        Login.objects.of_organisation(organisation_id).called(text).order_by("pk").values_list("public_id", flat=True)
    )
    deleted = Entry.objects.of_organisation(organisation_id).filter(verb=Verb.LOGIN_DELETE, subject_label__iexact=text)
    ids = [*found[:MOST], *deleted.order_by("-pk").values_list("subject_id", flat=True)[:MOST]]
    return list(dict.fromkeys(ids))

"""Notices that somebody else changed a thing between the page and its Save, and says who it was."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from accounts.exceptions import Conflict
from audit.actor import Reference
from audit.grids.moments import moment_in_sentence
from audit.models import Entry


def version_of(state: Mapping[str, Any]) -> str:
    """A short mark of a state, the same for the same values. Forms carry it from the page to the Save."""
    text = json.dumps(state, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def check_version(version: str, state: Mapping[str, Any], *, organisation_id: int, subject: Reference) -> None:
    """Raises ``Conflict`` unless the thing still is as the page showed it."""
    if version != version_of(state):
        raise Conflict("changed_meanwhile", changed_meanwhile(organisation_id, subject))


def changed_meanwhile(organisation_id: int, subject: Reference) -> str:
    last = Entry.objects.changes_of(organisation_id, subject.kind, [subject.id]).newest_first().first()
    if last is None:
        return _(
            "This was changed after you opened it. What you typed is kept: look at what holds now, and save again."
        )
    words = {"person": last.actor_label or "–", "when": moment_in_sentence(last.at)}
    return _(
        "%(person)s changed this after you opened it (%(when)s). What you typed is kept: look at what holds now, and "
        "save again."
    ) % words  # fmt: skip

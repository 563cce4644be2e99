"""Entries of the ledger as tests need them, without the actions that would write them."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Login
from audit.models import Entry
from audit.request_ids import RANDOM_BYTES, request_id_at
from audit.verbs import Verb
from tokens.models import AccessToken


def entry(login: Login, verb: Verb, *, token: AccessToken | None = None, days_ago: float = 0, **more: Any) -> Entry:
    """An entry about a login, or about a token of it."""
    at = more.get("at", timezone.now() - timedelta(days=days_ago))
    values: dict[str, Any] = {
        "organisation_id": login.organisation_id,
        "channel": "console",
        "actor_id": login.public_id,
        "actor_label": login.label,
        "subject_kind": "login",
        "subject_id": login.public_id,
        "subject_label": login.user_name,
        "owner_id": login.public_id,
        "owner_label": login.user_name,
        "address": "192.0.2.7",
        "user_agent": "curl/8.5.0",
        "request_id": request_id_at(at, bytes(RANDOM_BYTES)),
        "at": at,
    }
    if token is not None:
        values |= {"token_id": token.public_id, "token_name": token.name}
    return Entry.objects.create(verb=verb, **{**values, **more})

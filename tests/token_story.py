"""What tests about tokens tell their stories with."""

from typing import Any

from django.test import Client
from django.utils import timezone

from accounts.models import Login
from audit.actor import Actor
from audit.models import Entry
from tokens import actions
from tokens.models import AccessToken
from tokens.scopes import DEFAULT


def actor(login: Login) -> Actor:
    return Actor(login.label, "console", id=login.public_id, organisation_id=login.organisation_id)


def created(owner: Login, name: str = "LabTest", by: Login | None = None, **more: Any) -> AccessToken:
    settings = {"expiry_choice": "30", "scopes": int(DEFAULT), **more}
    return actions.create(owner=owner, name=name, by=actor(by or owner), **settings)


def edited(token: AccessToken, by: Login | None = None, **changes: Any) -> actions.Edited:
    now = {
        "name": token.name,
        "description": token.description,
        "expiry_choice": token.expiry_choice,
        "expiry_date": token.expiry_date,
        "scopes": token.scopes,
        "pairs": token.pairs,
        "calls_per_minute": token.calls_per_minute,
    }
    return actions.edit(token=token, by=actor(by or token.owner), **{**now, **changes})


def generated(token: AccessToken, by: Login | None = None) -> str:
    """Generate and save; the JWT."""
    who = actor(by or token.owner)
    shown = actions.generate(token=token, by=who)
    actions.save(token=token, dialog=shown.dialog, by=who)
    token.refresh_from_db()
    return shown.jwt


def used(token: AccessToken) -> None:
    now = timezone.now()
    AccessToken.objects.filter(pk=token.pk).update(first_used_at=now, last_used_at=now)
    token.refresh_from_db()


def signed_in(login: Login) -> Client:
    client = Client()
    client.force_login(login)
    return client


def verbs(token: AccessToken) -> list[str]:
    """The token's entries, oldest first."""
    return list(Entry.objects.of_token(token.public_id).order_by("id").values_list("verb", flat=True))

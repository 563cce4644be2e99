"""How entries are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import models

from audit.verbs import ACTIVITIES, SIGNING, Result, Verb

if TYPE_CHECKING:
    from audit.models import Entry


class EntryQuerySet(models.QuerySet["Entry"]):
    def of_organisation(self, organisation_id: int) -> EntryQuerySet:
        return self.filter(organisation_id=organisation_id)

    def of_token(self, token_id: str) -> EntryQuerySet:
        return self.filter(token_id=token_id)

    def of_tokens(self, tokens: models.QuerySet[Any]) -> EntryQuerySet:
        """The entries about any of the given tokens, which are found by their public ids."""
        return self.filter(token_id__in=tokens.values("public_id"))

    def token_log(self) -> EntryQuerySet:
        """The five activities of the seed documents; the rest of what concerns a token is in the activity log."""
        return self.filter(verb__in=list(ACTIVITIES))

    def report_calls(self) -> EntryQuerySet:
        return self.filter(verb=Verb.REPORT_READ)

    def changes_of(self, organisation_id: int, kind: str, ids: list[str]) -> EntryQuerySet:
        """What was done to the given things of one organisation, signing in and out apart."""
        changes = self.of_organisation(organisation_id).filter(subject_kind=kind, subject_id__in=ids)
        return changes.exclude(verb=Verb.TOKEN_AUTHENTICATE).exclude(verb__in=SIGNING)

    def last_call_of(self, token_id: str) -> Entry | None:
        """The newest call of a token that was admitted."""
        calls = self.filter(token_id=token_id, verb=Verb.TOKEN_AUTHENTICATE, result=Result.OK)
        return calls.order_by("-id").first()

    def newest_first(self) -> EntryQuerySet:
        return self.order_by("-id")

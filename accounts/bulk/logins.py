"""A change of many logins at once: whom it reaches, whom not and why, and what it stops. One transaction each."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.changes import Change
from accounts.consequences import Standing, effect_on, valid_tokens
from accounts.exceptions import Refused
from accounts.models import Login
from audit.actor import Actor
from audit.grids.bulk import counted
from audit.grids.confirming import BulkNote

MOST = 500
"""Logins changed in one request: a change locks, asks and records, some milliseconds for each."""
NAMED = 5


@dataclass
class ManyLogins:
    """The logins of the selected rows, and the rows that have none."""

    change: Change
    viewer: Login
    logins: list[Login]
    without: int
    against: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: QuerySet[Any], change: Change, viewer: Login) -> "ManyLogins":
        keys = list(rows.order_by().values_list("login_id", flat=True)[: MOST + 1])
        found = Login.objects.visible_to(viewer).filter(pk__in=[key for key in keys if key is not None])
        tokens = Prefetch("tokens", valid_tokens().order_by("name"), to_attr="valid_tokens")
        logins = found.select_related("organisation", "contact").with_all_assignments().prefetch_related(tokens)
        many = cls(change, viewer, list(logins.order_by("contact__first_name", "pk")), keys.count(None))
        many.against = {login.pk: change.against(login, viewer) for login in many.logins}
        return many

    @property
    def too_many(self) -> str:
        if len(self.logins) + self.without <= MOST:
            return ""
        words = ngettext(
            "At most %(most)d login can be changed at once. Go back and filter for fewer.",
            "At most %(most)d logins can be changed at once. Go back and filter for fewer.",
            MOST,
        )
        return words % {"most": MOST}

    @property
    def able(self) -> list[Login]:
        return [login for login in self.logins if not self.against[login.pk]]

    @property
    def stopping(self) -> int:
        """How many tokens stop on their next call."""
        found = 0
        for login in self.able:
            tokens = [(token.name, token.current_restriction) for token in login.valid_tokens]  # type: ignore[attr-defined]  # prefetched
            if tokens:
                now = Standing.of(login)
                found += len(effect_on(now, self.change.after(login, now), tokens).stops)
        return found

    @property
    def notes(self) -> tuple[BulkNote, ...]:
        """Whom it does not reach and why, and what stops."""
        notes = [BulkNote(text=text, kind="info") for text in self.refused_texts]
        if stopping := self.stopping:
            words = ngettext(
                "%(count)d token stops on its next call.", "%(count)d tokens stop on their next call.", stopping
            )
            notes.append(BulkNote(text=words % {"count": stopping}))
        return tuple(notes)

    @property
    def refused_texts(self) -> list[str]:
        texts = [
            _("Not changed: %(names)s. Why: %(reason)s.") % {"names": names_in_words(logins), "reason": reason}
            for reason, logins in by_reason(self.logins, self.against)
        ]
        if self.without:
            words = ngettext(
                "%(count)d contact without a login is passed over.",
                "%(count)d contacts without a login are passed over.",
                self.without,
            )
            texts.append(words % {"count": self.without})
        return texts

    def act(self, by: Actor) -> tuple[int, list[str]]:
        """Change one after the other, each by itself; returns how many, and why others were not."""
        done, reasons = 0, []
        for login in self.able:
            try:
                self.change.act(login, by)
            except Refused as refusal:
                reasons.append(f"{login.user_name}: {refusal.message}")
            else:
                done += 1
        return done, reasons

    def done_text(self, done: int) -> str:
        return counted(self.change.done_many, done)


def by_reason(logins: Iterable[Login], against: dict[int, str]) -> list[tuple[str, list[Login]]]:
    refused = sorted((login for login in logins if against[login.pk]), key=lambda login: against[login.pk])
    return [(reason, list(group)) for reason, group in groupby(refused, key=lambda login: against[login.pk])]


def names_in_words(logins: list[Login]) -> str:
    """ "Ada Byron, Vera Klein and 3 more"."""
    names = ", ".join(login.label for login in logins[:NAMED])
    more = len(logins) - NAMED
    if more <= 0:
        return names
    return ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more) % {
        "names": names,
        "count": more,
    }

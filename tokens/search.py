"""What the search box finds: a request and why it ended so, tokens, people with their logins, reports."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.urls import reverse

from accounts.access import may_hold_own_tokens, may_manage_tokens_of_others
from accounts.models import Contact, Login
from accounts.permissions import Permission
from audit.models import Entry
from audit.querysets import EntryQuerySet
from audit.request_ids import moment_of
from audit.verbs import Verb
from tokens.desk import token_url
from tokens.explaining import Explained
from tokens.models import AccessToken, name_key
from tokens.reports.registry import reports_for

SHOWN = 10


@dataclass(frozen=True)
class Hit:
    """One line: a name that leads to the thing, and what tells it from others."""

    label: str
    href: str
    note: str = ""


@dataclass
class Found:
    """What was found, by kind. ``asked_at`` is the moment that a request id carries, whether it is on record or not."""

    asked_at: datetime | None = None
    request: list[Explained] = field(default_factory=list)
    tokens: list[Hit] = field(default_factory=list)
    people: list[Hit] = field(default_factory=list)
    reports: list[Hit] = field(default_factory=list)

    @property
    def is_nothing(self) -> bool:
        return not (self.request or self.tokens or self.people or self.reports)

    @property
    def main(self) -> Explained | None:
        """The entry that tells most of the request: its call, else the first."""
        calls = (told for told in self.request if told.entry.verb == Verb.TOKEN_AUTHENTICATE)
        return next(calls, self.request[0] if self.request else None)

    @property
    def others(self) -> list[Explained]:
        return [told for told in self.request if told is not self.main]


def find(viewer: Login, text: str, in_reach: EntryQuerySet) -> Found:
    """Everything of that name or id that the viewer may see. ``in_reach`` are the entries of the viewer's log."""
    asked_at = moment_of(text.lower())
    if asked_at is not None:
        rows = in_reach.of_request(text.lower()).order_by("pk")[:SHOWN]
        found = Found(asked_at=asked_at, request=[Explained(entry, viewer) for entry in rows])
        if found.request:
            return found
    return Found(asked_at, [], find_tokens(viewer, text), find_people(viewer, text), find_reports(viewer, text))


def entries_of(viewer: Login) -> EntryQuerySet:
    """The entries about one's own tokens, for those who see no log of others."""
    return Entry.objects.of_organisation(viewer.organisation_id).of_owner(viewer.public_id)


def find_tokens(viewer: Login, text: str) -> list[Hit]:
    """One's own, and with the Admin role everybody's; the newest first."""
    own, others = may_hold_own_tokens(viewer), may_manage_tokens_of_others(viewer)
    if not own and not others:
        return []
    tokens = AccessToken.objects.of_organisation(viewer.organisation_id).filter(kind=AccessToken.Kind.API)
    if not others:
        tokens = tokens.of_owner(viewer)
    named = tokens.filter(Q(name_key__contains=name_key(text)) | Q(public_id=text)).select_related("owner__contact")
    return [
        Hit(token.name, token_url(token, "token", own=own and token.owner_id == viewer.pk), owner_note(token, viewer))
        for token in named.order_by("-pk")[:SHOWN]
    ]


def owner_note(token: AccessToken, viewer: Login) -> str:
    whose = "" if token.owner_id == viewer.pk else token.owner.user_name
    return " · ".join(part for part in (whose, str(token.status.label)) if part)


def find_people(viewer: Login, text: str) -> list[Hit]:
    if not viewer.holds(Permission.CONTACT_VIEW):
        return []
    contacts = Contact.objects.visible_to(viewer).alias(full_name=Concat("first_name", Value(" "), "last_name"))
    logins = Login.objects.visible_to(viewer).filter(Q(user_name__icontains=text) | Q(public_id=text))
    named = Q(full_name__icontains=text) | Q(email__icontains=text) | Q(public_id=text)
    same = contacts.filter(named | Q(pk__in=logins.values("contact_id"))).order_by("first_name", "last_name", "pk")
    return [
        Hit(contact.name, reverse("accounts:logins", args=[contact.public_id]), contact.email)
        for contact in same[:SHOWN]
    ]


def find_reports(viewer: Login, text: str) -> list[Hit]:
    """Reports by name or title; the documentation says how each is called."""
    wanted = text.casefold()
    return [
        Hit(report.title, reverse("docs"), name)
        for name, report in reports_for(viewer.organisation_id).items()
        if wanted in name.casefold() or wanted in report.title.casefold()
    ][:SHOWN]

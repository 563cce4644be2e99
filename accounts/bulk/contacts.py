"""Deleting many contacts with their logins: what goes with them, which of them stay and why. One transaction each."""

from dataclasses import dataclass
from functools import cached_property

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.actions.people import delete_contact
from accounts.bulk.logins import MOST, NAMED
from accounts.consequences import Losses, losses
from accounts.exceptions import Refused, message
from accounts.models import Contact, Login
from accounts.rules.logins import against_deleting
from accounts.rules.managing import against_managing_contact
from audit.actor import Actor
from audit.grids.confirming import BulkNote


@dataclass
class ManyContacts:
    """The contacts of the selected rows, each once, with every login of theirs."""

    contacts: list[Contact]
    against: dict[int, str]

    @classmethod
    def of(cls, rows: QuerySet[Contact], viewer: Login) -> "ManyContacts":
        keys = list(rows.order_by().values_list("pk", flat=True)[: MOST + 1])
        logins = Login.objects.select_related("organisation", "contact").with_all_assignments().order_by("pk")
        found = Contact.objects.filter(pk__in=keys).prefetch_related(Prefetch("logins", logins))
        contacts = list(found.order_by("first_name", "last_name", "pk"))
        return cls(contacts, {contact.pk: refusal_of(contact, viewer) for contact in contacts})

    @property
    def able(self) -> list[Contact]:
        return [contact for contact in self.contacts if not self.against[contact.pk]]

    @cached_property
    def losses(self) -> Losses:
        return losses(login for contact in self.able for login in contact.logins.all())

    @property
    def stop(self) -> str:
        if len(self.contacts) > MOST:
            return _("These are too many at once. Go back and filter for fewer.")
        return "" if self.able else _("None of these can be deleted.")

    @property
    def sentence(self) -> str:
        words = ngettext(
            "%(count)d contact goes, for good. The logs keep what was done.",
            "%(count)d contacts go, for good. The logs keep what was done.",
            len(self.able),
        )
        return words % {"count": len(self.able)}

    @property
    def notes(self) -> tuple[BulkNote, ...]:
        notes = [BulkNote(text=text) for text in losses_in_words(self.losses)]
        return (*notes, *(BulkNote(text=text, kind="info") for text in self.refused_texts))

    @property
    def refused_texts(self) -> list[str]:
        stay = [contact for contact in self.contacts if self.against[contact.pk]]
        texts = [
            _("Not deleted: %(name)s. Why: %(reason)s.") % {"name": contact.name, "reason": self.against[contact.pk]}
            for contact in stay[:NAMED]
        ]
        more = len(stay) - NAMED
        if more > 0:
            words = ngettext("%(count)d more is not deleted.", "%(count)d more are not deleted.", more)
            texts.append(words % {"count": more})
        return texts

    def act(self, by: Actor, *, forget: bool = False) -> tuple[int, list[str]]:
        """Delete one after the other, each by itself; returns how many, and why others were not.

        With ``forget`` the log is made to forget each.
        """
        done, reasons = 0, []
        for contact in self.able:
            try:
                delete_contact(contact=contact, forget=forget, by=by)
            except Refused as refusal:
                reasons.append(f"{contact.name}: {refusal.message}")
            else:
                done += 1
        return done, reasons


def refusal_of(contact: Contact, viewer: Login) -> str:
    logins = list(contact.logins.all())
    refusals = [against_deleting(login, viewer.public_id) for login in logins]
    refusals.append(against_managing_contact(viewer, contact, logins))
    return next((message(refusal) for refusal in refusals if refusal), "")


def losses_in_words(lost: Losses) -> list[str]:
    """One sentence for each kind of thing that goes."""
    counts = (
        (len(lost.logins), ngettext("%(count)d login goes with it.", "%(count)d logins go with it.", len(lost.logins))),
        (
            len(lost.tokens),
            ngettext(
                "%(count)d access token is revoked: whatever uses it stops on its next call.",
                "%(count)d access tokens are revoked: whatever uses them stops on its next call.",
                len(lost.tokens),
            ),
        ),
        (
            lost.tokens_in_use,
            ngettext(
                "%(count)d of the tokens was used in the last 30 days.",
                "%(count)d of the tokens were used in the last 30 days.",
                lost.tokens_in_use,
            ),
        ),
        (
            lost.mobile_sessions,
            ngettext("%(count)d mobile session ends.", "%(count)d mobile sessions end.", lost.mobile_sessions),
        ),
        (
            lost.sessions,
            ngettext(
                "%(count)d open session in the console ends.",
                "%(count)d open sessions in the console end.",
                lost.sessions,
            ),
        ),
    )
    return [words % {"count": count} for count, words in counts if count]

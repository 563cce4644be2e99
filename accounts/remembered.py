"""Whom the log remembers by a name or an id: logins and contacts that are there, and those that are gone."""

from django.db.models import Q

from accounts.models import Contact, Login
from audit.actor import Reference
from audit.models import Entry
from audit.verbs import Verb

GONE = {"login": Verb.LOGIN_DELETE, "contact": Verb.CONTACT_DELETE}
Person = set[tuple[int, Reference]]
"""Each with the organisation's key. The labels are empty: they are what may be removed."""


def remembered(name_or_id: str) -> Person:
    """A person's logins and contact by a user name or the public id of one of them; empty when nobody is known.

    A contact that was deleted together with its logins is one person with them.
    """
    logins = Login.objects.filter(Q(public_id=name_or_id) | Q(user_name__iexact=name_or_id))
    contacts = Contact.objects.filter(Q(public_id=name_or_id) | Q(logins__in=logins)).distinct()
    found: Person = set()
    for contact in contacts:
        found.add((contact.organisation_id, Reference("contact", contact.public_id, "")))
        found |= {(contact.organisation_id, _login(login)) for login in contact.logins.all()}
    found |= {(login.organisation_id, _login(login)) for login in logins}
    return found or _deleted(name_or_id)


def _login(login: Login) -> Reference:
    return Reference("login", login.public_id, "")


def _deleted(name_or_id: str) -> Person:
    ends = Entry.objects.filter(verb__in=GONE.values())
    named = Q(subject_id=name_or_id) | Q(verb=Verb.LOGIN_DELETE, subject_label__iexact=name_or_id)
    its_own = list(ends.filter(named))
    requests = {entry.request_id for entry in its_own if entry.request_id}
    contacts = ends.filter(verb=Verb.CONTACT_DELETE, request_id__in=requests)
    if contacts.count() <= 1:  # else several people went with one request
        its_own += ends.filter(request_id__in=requests)
    return {(entry.organisation_id or 0, Reference(entry.subject_kind, entry.subject_id, "")) for entry in its_own}

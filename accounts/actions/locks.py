"""The order in which rows are locked before a right changes."""

from accounts.exceptions import Conflict
from accounts.models import Contact, Login, Organisation
from accounts.versions import changed_meanwhile


def locked(login: Login) -> Login:
    """The login as it is now, held until the transaction ends.

    The organisation comes first: of two administrators who demote each other at once, the second sees what the
    first did. Raises ``Conflict`` when the login was deleted meanwhile.
    """
    hold(login.organisation_id)
    rows = Login.objects.select_for_update(of=("self",)).select_related("organisation", "contact")
    held: Login | None = rows.filter(pk=login.pk).first()
    if held is None:
        raise Conflict("gone", changed_meanwhile(login.organisation_id, login.reference))
    return held


def locked_contact(contact: Contact) -> Contact:
    """The contact as it is now, held until the transaction ends; its organisation comes first.

    Raises ``Conflict`` when the contact was deleted meanwhile.
    """
    hold(contact.organisation_id)
    rows = Contact.objects.select_for_update(of=("self",)).select_related("organisation")
    held = rows.filter(pk=contact.pk).first()
    if held is None:
        raise Conflict("gone", changed_meanwhile(contact.organisation_id, contact.reference))
    return held


def hold(organisation_id: int) -> Organisation:
    """The organisation, held until the transaction ends: rights in it change one after the other."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)

"""The order in which rows are locked before a right changes."""

from accounts.models import Contact, Login, Organisation


def locked(login: Login) -> Login:
    """The login as it is now, held until the transaction ends.

    The organisation comes first: of two administrators who demote each other at once, the second sees what the
    first did.
    """
    hold(login.organisation_id)
    held: Login = (
        Login.objects.select_for_update(of=("self",)).select_related("organisation", "contact").get(pk=login.pk)
    )
    return held


def locked_contact(contact: Contact) -> Contact:
    """The contact as it is now, held until the transaction ends; its organisation comes first."""
    hold(contact.organisation_id)
    return Contact.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=contact.pk)


def hold(organisation_id: int) -> Organisation:
    """The organisation, held until the transaction ends: rights in it change one after the other."""
    return Organisation.objects.select_for_update(no_key=True).get(pk=organisation_id)

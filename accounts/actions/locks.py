"""The order in which rows are locked before a right changes."""

from accounts.models import Login, Organisation


def locked(login: Login) -> Login:
    """The login as it is now, held until the transaction ends.

    The organisation comes first: of two administrators who demote each other at once, the second sees what the
    first did.
    """
    Organisation.objects.select_for_update(no_key=True).get(pk=login.organisation_id)
    held: Login = (
        Login.objects.select_for_update(of=("self",)).select_related("organisation", "contact").get(pk=login.pk)
    )
    return held

"""The order in which rows are locked before a token changes."""

from accounts.models import Login
from tokens.exceptions import OwnerGone, Revoked
from tokens.models import AccessToken


def locked_owner(key: int) -> Login:
    """The login as it is now, held until the transaction ends: of two new tokens the second sees the first.

    Raises ``OwnerGone`` when it was deleted meanwhile.
    """
    owner = locked_owners({key}).get(key)
    if owner is None:
        raise OwnerGone
    return owner


def locked_owners(keys: set[int]) -> dict[int, Login]:
    """Several logins by their keys, held in one order, so that of two deeds neither waits for what the other holds."""
    held = Login.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    list(held.values_list("pk", flat=True))
    # Asked only then: a statement that had to wait sees the owner as it is, and the organisation as it was before.
    return {login.pk: login for login in Login.objects.filter(pk__in=keys).select_related("organisation", "contact")}


def locked(token: AccessToken) -> AccessToken:
    """The token and its owner as they are now, held until the transaction ends. The owner comes first, always."""
    return as_now(token, locked_owner(token.owner_id))


def as_now(token: AccessToken, owner: Login) -> AccessToken:
    """The token of an owner who is held already, as it is now and held as well.

    Raises ``Revoked`` when it is forgotten by now: those are only revoked ones.
    """
    held = AccessToken.objects.select_for_update(no_key=True).filter(pk=token.pk).first()
    if held is None:
        raise Revoked
    held.owner = owner
    return held

"""The order in which rows are locked before a token changes."""

from django.db.models import QuerySet

from accounts.models import Login
from tokens.exceptions import OwnerGone, Revoked
from tokens.models import AccessToken


def locked_owner(key: int) -> Login:
    """The login as it is now, held until the transaction ends: of two new tokens the second sees the first.

    Raises ``OwnerGone`` when it was deleted meanwhile.
    """
    owner: Login | None = _held_logins().filter(pk=key).first()
    if owner is None:
        raise OwnerGone
    return owner


def locked_owners(keys: set[int]) -> dict[int, Login]:
    """Several logins by their keys, held in one order, so that of two deeds neither waits for what the other holds."""
    return {login.pk: login for login in _held_logins().filter(pk__in=keys).order_by("pk")}


def _held_logins() -> QuerySet[Login]:
    logins = Login.objects.select_for_update(of=("self",), no_key=True)
    held: QuerySet[Login] = logins.select_related("organisation", "contact")
    return held


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

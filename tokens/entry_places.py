"""Where the things that entries name are, as far as they exist and the viewer may open their pages."""

from collections.abc import Collection

from django.urls import reverse

from accounts.access import may_hold_own_tokens, may_manage_tokens_of_others
from accounts.models import Contact, Department, Login, UserType
from accounts.permissions import Permission
from tokens.models import AccessToken

Key = tuple[str, str]  # kind and public id


def places_of(keys: Collection[Key], viewer: Login) -> dict[Key, str]:
    """The addresses of their pages; at most one query for each kind that is among them."""
    ids = {kind: [key_id for key_kind, key_id in keys if key_kind == kind] for kind, _id in keys}
    found: dict[Key, str] = {}
    if ids.get("token"):
        found |= token_places(ids["token"], viewer)
    if viewer.holds(Permission.CONTACT_VIEW):
        if ids.get("contact"):
            contacts = Contact.objects.visible_to(viewer).filter(public_id__in=ids["contact"])
            found |= {("contact", one): logins_url(one) for one in contacts.values_list("public_id", flat=True)}
        if ids.get("login"):
            logins = Login.objects.visible_to(viewer).filter(public_id__in=ids["login"])
            pairs = logins.values_list("public_id", "contact__public_id")
            found |= {("login", one): logins_url(contact) for one, contact in pairs}
    return found | structure_places(ids, viewer)


def token_places(ids: list[str], viewer: Login) -> dict[Key, str]:
    """Of one's own tokens one's own pages; of others' those of administrators."""
    tokens = AccessToken.objects.of_organisation(viewer.organisation_id).filter(public_id__in=ids)
    found = {}
    for token_id, owner_id in tokens.values_list("public_id", "owner__public_id"):
        if owner_id == viewer.public_id and may_hold_own_tokens(viewer):
            found["token", token_id] = reverse("tokens:token", args=[token_id])
        elif may_manage_tokens_of_others(viewer):
            found["token", token_id] = reverse("tokens:token_of_login", args=[owner_id, token_id])
    return found


def structure_places(ids: dict[str, list[str]], viewer: Login) -> dict[Key, str]:
    """Departments, which share one page, and user types."""
    found: dict[Key, str] = {}
    if not viewer.holds(Permission.USER_TYPE_MANAGE):
        return found
    if ids.get("department"):
        departments = Department.objects.filter(organisation_id=viewer.organisation_id, public_id__in=ids["department"])
        there = departments.values_list("public_id", flat=True)
        found |= {("department", one): reverse("accounts:departments") for one in there}
    if ids.get("user_type"):
        types = UserType.objects.filter(organisation_id=viewer.organisation_id)
        found |= {
            ("user_type", one.role_id): reverse("accounts:user_type", args=[one.slug])
            for one in types
            if one.role_id in ids["user_type"]
        }
    return found


def logins_url(contact_id: str) -> str:
    return reverse("accounts:logins", args=[contact_id])

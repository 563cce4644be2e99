"""What the pages of contacts and logins begin with: the thing of the address, and where to go back to."""

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse

from accounts.access import viewer_of
from accounts.menus.people import FROM_CONTACTS
from accounts.models import Contact, Login


def visible_contact(request: HttpRequest, public_id: str) -> Contact:
    contacts = Contact.objects.visible_to(viewer_of(request)).select_related("organisation")
    return get_object_or_404(contacts, public_id=public_id)


def visible_login(request: HttpRequest, public_id: str) -> Login:
    logins = Login.objects.visible_to(viewer_of(request)).select_related("organisation", "contact")
    login: Login = get_object_or_404(logins, public_id=public_id)
    return login


def logins_of(contact: Contact) -> list[Login]:
    """All of them, whoever sees them: a rule about the contact asks every one."""
    logins = Login.objects.filter(contact=contact).select_related("organisation", "contact")
    return list(logins.with_all_assignments().order_by("pk"))


def back_of(request: HttpRequest) -> str:
    """``contacts`` in ``back`` leads to the list of contacts; anything else to the contact's own page."""
    return FROM_CONTACTS if FROM_CONTACTS in (request.POST.get("back"), request.GET.get("back")) else ""


def back_url(request: HttpRequest, contact: Contact) -> str:
    if back_of(request):
        return reverse("accounts:contacts")
    return reverse("accounts:logins", args=[contact.public_id])

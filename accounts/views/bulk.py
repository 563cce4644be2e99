"""What is done to the selected rows of Contacts & Logins: each deed asks first, and tells whom it does not reach."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import confirmed_lately, needs, viewer_of
from accounts.actor import actor_of
from accounts.bulk.contacts import ManyContacts
from accounts.bulk.logins import ManyLogins
from accounts.changes import (
    ADD_PERSONAL_ROLE,
    DISABLE_LOGIN,
    ENABLE_LOGIN,
    REMOVE_PERSONAL_ROLE,
    RESET_PASSWORD,
    SEND_ACTIVATION_MAIL,
    SET_AS_GENERAL_USER,
    SET_AS_VIEW_ONLY,
    Change,
)
from accounts.filters.people import ContactFilters
from accounts.forms.deletion import ContactsDeletionForm
from accounts.models import Contact, Login
from accounts.permissions import Permission
from audit.grids.bulk import BulkAction
from audit.grids.confirming import NAMED, Confirmation, render_confirmation
from audit.grids.selection import Selection
from audit.grids.words import Text

KEY = "row_id"
# By the last part of their address; which of them a person is offered hangs on the change's permission.
OF_MANY: dict[str, Change] = {
    "send-activation": SEND_ACTIVATION_MAIL,
    "reset-password": RESET_PASSWORD,
    "add-personal-role": ADD_PERSONAL_ROLE,
    "remove-personal-role": REMOVE_PERSONAL_ROLE,
    "set-general-user": SET_AS_GENERAL_USER,
    "set-view-only": SET_AS_VIEW_ONLY,
    "enable": ENABLE_LOGIN,
    "disable": DISABLE_LOGIN,
}


@dataclass(frozen=True, kw_only=True)
class Asking(Confirmation):
    """Names those whom it reaches. ``stop`` is why it reaches none of the rows: then there is nothing to confirm."""

    stop: str = ""
    reached: tuple[str, ...] = ()

    @property
    def names(self) -> list[Text]:
        return list(self.reached[:NAMED])

    @property
    def more_text(self) -> str:
        more = len(self.reached) - len(self.names)
        return ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more} if more > 0 else ""

    @property
    def status(self) -> int:
        return 422 if self.stop and self.is_asked else super().status


def bulk_actions(viewer: Login) -> tuple[BulkAction, ...]:
    """What the bar offers to this person."""
    found = [
        BulkAction(change.label, reverse(address_name(change)), change.icon, danger=change.danger)
        for change in OF_MANY.values()
        if viewer.holds(change.permission)
    ]
    if viewer.holds(Permission.CONTACT_MANAGE):
        href = reverse("accounts:delete_selected")
        found.append(BulkAction(_("Delete Contacts…"), href, "trash-2", danger=True))
    return tuple(found)


def address_name(change: Change) -> str:
    return f"{change.name}_selected"


@needs(Permission.ROLE_GRANT)
@confirmed_lately
@require_POST
def grant_selected(request: HttpRequest, change: Change) -> HttpResponse:
    """Token roles and user types of many."""
    return change_selected(request, change)


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@require_POST
def manage_selected(request: HttpRequest, change: Change) -> HttpResponse:
    """What those change of many who manage contacts and logins."""
    return change_selected(request, change)


def selected(request: HttpRequest) -> tuple[Selection, QuerySet[Contact]]:
    contacts = Contact.objects.with_logins(viewer_of(request))
    selection = Selection.of(request, queryset=contacts, filterset_class=ContactFilters, key=KEY)
    return selection, selection.rows


def change_selected(request: HttpRequest, change: Change) -> HttpResponse:
    selection, rows = selected(request)
    many = ManyLogins.of(rows, change, viewer_of(request))
    stop = (
        "" if selection.refusal else many.too_many or ("" if many.able else _("None of these can be changed so now."))
    )
    confirmation = Asking(
        request=request,
        selection=selection,
        stop=stop,
        small=_("Contacts & Logins"),
        title=change.label,
        deed=change.button,
        danger=change.danger,
        sentence=change.tells_many,
        notes=() if many.too_many else many.notes,
        reached=tuple(f"{login.label} · {login.user_name}" for login in many.able),
        back_url=reverse("accounts:contacts"),
    )
    if stop or not confirmation.is_given:
        return render_confirmation(confirmation, template_name="accounts/selected.html")
    done, reasons = many.act(actor_of(request))
    if done:
        messages.success(request, many.done_text(done))
    for reason in [*many.refused_texts, *reasons]:
        messages.warning(request, reason)
    return HttpResponseRedirect(confirmation.back, status=303)


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@require_POST
def delete_selected(request: HttpRequest) -> HttpResponse:
    """Contacts with all their logins; the number of contacts has to be typed where logins go."""
    selection, rows = selected(request)
    many = ManyContacts.of(rows, viewer_of(request))
    form = ContactsDeletionForm(request.POST)
    form.is_valid()  # a box is ticked or not
    confirmation = Asking(
        request=request,
        selection=selection,
        stop="" if selection.refusal else many.stop,
        small=_("Contacts & Logins"),
        title=_("Delete Contacts"),
        deed=_("Delete Contacts"),
        danger=True,
        sentence=many.sentence,
        notes=many.notes,
        reached=tuple(contact.name for contact in many.able),
        typed=str(len(many.able)) if many.losses.logins else "",
        form=form,
        back_url=reverse("accounts:contacts"),
    )
    if confirmation.stop or not confirmation.is_given:
        return render_confirmation(confirmation, template_name="accounts/selected.html")
    done, reasons = many.act(actor_of(request), forget=form.forgets)
    words = ngettext("%(count)d contact is deleted.", "%(count)d contacts are deleted.", done)
    messages.success(request, words % {"count": done})
    if done and form.forgets:
        text = _("Names, addresses and details are being removed from the log; what happened, and when, stays.")
        messages.info(request, text)
    for reason in [*many.refused_texts, *reasons]:
        messages.warning(request, reason)
    return HttpResponseRedirect(confirmation.back, status=303)

"""Manage: the organisation's contacts, their logins, and what System Administrators change of them."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import needs, viewer_of
from accounts.actions.exports import note_contact_export
from accounts.actor import actor_of
from accounts.changes import Change
from accounts.consequences import Effect
from accounts.exceptions import Refused
from accounts.filters import ContactFilters, LoginFilters
from accounts.menus import FROM_CONTACTS, contact_menu, login_menu
from accounts.models import Assignment, Contact, Department, Login
from accounts.permissions import Permission
from accounts.tables import ContactTable, LoginTable
from audit.grids.export import FORMATS
from audit.grids.heads import Crumb, EmptyState, PageHead
from audit.grids.views import render_actions_page, render_grid
from audit.models import Entry

LAST_CHANGES = 5


def note_export(request: HttpRequest, contact: Contact | None = None) -> None:
    """Put on record that this answer leaves as a file, when it does."""
    if request.GET.get("export") in FORMATS:
        filters = {name: str(value) for name, value in request.GET.items() if name != "export"}
        note_contact_export(wanted=request.GET["export"], filters=filters, contact=contact, by=actor_of(request))


@needs(Permission.CONTACT_VIEW)
@require_safe
def contacts(request: HttpRequest) -> HttpResponseBase:
    viewer = viewer_of(request)
    note_export(request)
    sentence = _("People of %(organisation)s, and the logins they use. A contact may exist without a login.")
    return render_grid(
        request,
        table_class=ContactTable,
        filterset_class=ContactFilters,
        queryset=Contact.objects.with_logins(viewer),
        head=PageHead(title=_("Contacts & Logins"), sentence=sentence % {"organisation": viewer.organisation.name}),
        empty=EmptyState(title=_("Nobody in your departments"), sentence=_("You see the people of your departments.")),
        export_name="contacts-and-logins",
    )


@needs(Permission.CONTACT_VIEW)
@require_safe
def logins(request: HttpRequest, public_id: str) -> HttpResponseBase:
    viewer = viewer_of(request)
    contact = get_object_or_404(Contact.objects.visible_to(viewer), public_id=public_id)
    note_export(request, contact)
    rows = Login.objects.visible_to(viewer).filter(contact=contact)
    return render_grid(
        request,
        template_name="accounts/logins.html",
        table_class=LoginTable,
        filterset_class=LoginFilters,
        queryset=rows.select_related("organisation", "contact").with_assignments(viewer),
        head=head_of(contact),
        empty=EmptyState(
            title=_("No login"), sentence=_("%(name)s has no login and cannot sign in.") % {"name": contact.name}
        ),
        export_name="logins",
        extra_context=cards(contact, rows, viewer),
    )


def head_of(contact: Contact) -> PageHead:
    return PageHead(
        title=_("Logins of %(name)s") % {"name": contact.name},
        sentence=" · ".join(part for part in (contact.email, contact.phone) if part),
        crumbs=(
            Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
            Crumb(label=contact.name),
        ),
    )


def cards(contact: Contact, logins: QuerySet[Login], viewer: Login) -> dict[str, object]:
    """What stands below a contact's logins: their assignments, and what was done to them last."""
    keys = dict(logins.values_list("pk", "public_id"))
    paths = Department.objects.paths(contact.organisation_id)
    assignments = Assignment.objects.visible_to(viewer).filter(login_id__in=keys).select_related("user_type", "login")
    changes = Entry.objects.changes_of(contact.organisation_id, "login", list(keys.values()))
    return {
        "contact": contact,
        "several_logins": len(keys) > 1,
        "assignments": [
            {
                "place": paths[assignment.department_id] if assignment.department_id else _("Whole organisation"),
                "user_type": assignment.user_type.name,
                "user_name": assignment.login.user_name,
            }
            for assignment in assignments.order_by("login__user_name", "pk")
        ],
        "changes": changes.newest_first()[:LAST_CHANGES],
    }


@needs(Permission.CONTACT_VIEW)
@require_safe
def contact_actions(request: HttpRequest, public_id: str) -> HttpResponse:
    viewer = viewer_of(request)
    contact = get_object_or_404(Contact.objects.visible_to(viewer), public_id=public_id)
    found = Login.objects.visible_to(viewer).filter(contact=contact).select_related("organisation", "contact")
    menu = contact_menu(contact, list(found), viewer)
    return render_actions_page(request, menu=menu, back_url=reverse("accounts:contacts"))


@needs(Permission.CONTACT_VIEW)
@require_safe
def login_actions(request: HttpRequest, public_id: str) -> HttpResponse:
    login = visible_login(request, public_id)
    back_url = reverse("accounts:logins", args=[login.contact.public_id])
    return render_actions_page(request, menu=login_menu(login, viewer_of(request)), back_url=back_url)


@needs(Permission.ROLE_GRANT)
@require_http_methods(["GET", "POST"])
def change_login(request: HttpRequest, public_id: str, change: Change) -> HttpResponse:
    """GET says what the change would do; POST does it. ``back=contacts`` leads back to the list of contacts."""
    login = visible_login(request, public_id)
    effect = change.effect(login)
    if request.method != "POST":
        return confirmation(request, login, change, effect, reason=change.against(login, viewer_of(request)))
    try:
        change.act(login, actor_of(request))
    except Refused as refusal:
        return confirmation(request, login, change, effect, reason=refusal.message, status=422)
    messages.success(request, change.done_text(login, effect))
    return HttpResponseRedirect(back_url(request, login), status=303)


def confirmation(
    request: HttpRequest, login: Login, change: Change, effect: Effect, *, reason: str, status: int = 200
) -> HttpResponse:
    """The page, shown as a dialog by script, that says what the change does, or why it cannot be done now."""
    context = {
        "login": login,
        "change": change,
        "told": change.told(login),
        "effect": effect,
        "reason": reason,
        "deed": change.button,
        "danger": change.danger or bool(effect.stops),
        "back": back_of(request),
        "back_url": back_url(request, login),
    }
    return render(request, "accounts/change.html", context, status=status)


def visible_login(request: HttpRequest, public_id: str) -> Login:
    logins = Login.objects.visible_to(viewer_of(request)).select_related("organisation", "contact")
    login: Login = get_object_or_404(logins, public_id=public_id)
    return login


def back_of(request: HttpRequest) -> str:
    return request.POST.get("back") or request.GET.get("back", "")


def back_url(request: HttpRequest, login: Login) -> str:
    if back_of(request) == FROM_CONTACTS:
        return reverse("accounts:contacts")
    return reverse("accounts:logins", args=[login.contact.public_id])

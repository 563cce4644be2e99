"""Manage: the organisation's contacts and logins as lists, a person's page, and the menus of both."""

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import may_manage_tokens_of_others, needs, viewer_of
from accounts.actions.exports import note_contact_export
from accounts.actor import actor_of
from accounts.blocks import blocked_until
from accounts.factors.kept import protected
from accounts.filters.people import ContactFilters, LoginFilters
from accounts.menus.people import contact_menu, login_menu
from accounts.models import Assignment, Contact, Department, Login
from accounts.permissions import Permission
from accounts.rules.managing import against_creating_contact
from accounts.tables.people import ContactTable, LoginTable, SeenLoginTable
from accounts.views.bulk import KEY, bulk_actions
from accounts.views.fetching import logins_of, visible_contact, visible_login
from audit.grids.export import FORMATS
from audit.grids.heads import Crumb, EmptyState, HeadAction, PageHead
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
        head=PageHead(
            title=_("Contacts & Logins"),
            sentence=sentence % {"organisation": viewer.organisation.name},
            actions=creating(viewer),
        ),
        empty=EmptyState(title=_("Nobody in your departments"), sentence=_("You see the people of your departments.")),
        export_name="contacts-and-logins",
        bulk=bulk_actions(viewer),
        key=KEY,
    )


def creating(viewer: Login) -> tuple[HeadAction, ...]:
    """Import, Create New User and, for those who manage the whole organisation, Create New Contact."""
    if not viewer.holds(Permission.CONTACT_MANAGE):
        return ()
    contact = HeadAction(label=_("Create New Contact…"), href=reverse("accounts:create_contact"), dialog=True)
    user = HeadAction(
        label=_("Create New User…"), href=reverse("accounts:create_user"), icon="plus", kind="primary", dialog=True
    )
    many = HeadAction(label=_("Import"), href=reverse("accounts:import"), icon="file-up", kind="link")
    return (many, user) if against_creating_contact(viewer) else (many, contact, user)


@needs(Permission.CONTACT_VIEW)
@require_safe
def logins(request: HttpRequest, public_id: str) -> HttpResponseBase:
    viewer = viewer_of(request)
    contact = visible_contact(request, public_id)
    note_export(request, contact)
    rows = Login.objects.visible_to(viewer).filter(contact=contact)
    return render_grid(
        request,
        template_name="accounts/logins.html",
        table_class=LoginTable if viewer.holds(Permission.CONTACT_MANAGE) else SeenLoginTable,
        filterset_class=LoginFilters,
        queryset=rows.select_related("organisation", "contact").with_assignments(viewer),
        head=head_of(contact, viewer),
        empty=EmptyState(
            title=_("No login"), sentence=_("%(name)s has no login and cannot sign in.") % {"name": contact.name}
        ),
        export_name="logins",
        extra_context=cards(contact, rows, viewer),
    )


def head_of(contact: Contact, viewer: Login) -> PageHead:
    return PageHead(
        title=_("Logins of %(name)s") % {"name": contact.name},
        sentence=" · ".join(part for part in (contact.email, contact.phone) if part),
        crumbs=(
            Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
            Crumb(label=contact.name),
        ),
        actions=changing(contact) if viewer.holds(Permission.CONTACT_MANAGE) else (),
    )


def changing(contact: Contact) -> tuple[HeadAction, ...]:
    ids = [contact.public_id]
    edit = HeadAction(label=_("Edit Contact"), href=reverse("accounts:edit_contact", args=ids), dialog=True)
    add = HeadAction(
        label=_("Add Login"), href=reverse("accounts:add_login", args=ids), icon="plus", kind="primary", dialog=True
    )
    return (edit, add)


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
                "user_type": assignment.user_type.label,
                "user_name": assignment.login.user_name,
            }
            for assignment in assignments.order_by("login__user_name", "pk")
        ],
        "changes": changes.newest_first()[:LAST_CHANGES],
        "blocked": blocked(logins),
        "stopped": logins.exclude(tokens_stopped_at=None).order_by("user_name"),
        "may_start": viewer.holds(Permission.ROLE_GRANT),
        "login_keys": keys.values(),
        "may_manage": viewer.holds(Permission.CONTACT_MANAGE),
        "sso_logins": logins.filter(is_sso=True).select_related("identity_tie").order_by("user_name"),
        "with_password": protected(logins),
        "token_owners": token_owners(logins) if may_manage_tokens_of_others(viewer) else [],
    }


def token_owners(logins: QuerySet[Login]) -> QuerySet[Login]:
    """The logins with the number of their tokens, on the way to these."""
    listed = Q(tokens__kind="api", tokens__revoked_at=None)
    return logins.annotate(token_count=Count("tokens", filter=listed)).order_by("user_name")


def blocked(logins: QuerySet[Login]) -> list[dict[str, object]]:
    """The logins that wait because of too many wrong passwords."""
    found = {login.pk: login for login in logins.select_related("organisation")}
    return [{"login": found[key], "until": until} for key, until in blocked_until(found.values()).items()]


@needs(Permission.CONTACT_VIEW)
@require_safe
def contact_actions(request: HttpRequest, public_id: str) -> HttpResponse:
    viewer = viewer_of(request)
    contact = visible_contact(request, public_id)
    found = Login.objects.visible_to(viewer).filter(contact=contact).select_related("organisation", "contact")
    menu = contact_menu(contact, list(found), logins_of(contact), viewer)
    return render_actions_page(request, menu=menu, back_url=reverse("accounts:contacts"))


@needs(Permission.CONTACT_VIEW)
@require_safe
def login_actions(request: HttpRequest, public_id: str) -> HttpResponse:
    login = visible_login(request, public_id)
    back_url = reverse("accounts:logins", args=[login.contact.public_id])
    return render_actions_page(request, menu=login_menu(login, viewer_of(request)), back_url=back_url)

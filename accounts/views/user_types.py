"""Manage > User Types: what each includes and who has it, and creating, editing, copying and deleting them."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import confirmed_lately, needs_everywhere, viewer_of
from accounts.actions import user_types as actions
from accounts.actions.exports import note_contact_export
from accounts.actor import actor_of
from accounts.exceptions import Conflict, Refused, message
from accounts.filters.places import HolderFilters, UserTypeFilters
from accounts.forms.places import UserTypeForm
from accounts.menus.places import user_type_menu
from accounts.models import Assignment, Login, UserType
from accounts.permission_words import GROUPS, SENTENCES
from accounts.permissions import Permission
from accounts.place_effects import PlaceEffect, place_effect, tokens_limited_to
from accounts.reach import Ground
from accounts.rules.places import against_changing_user_type, against_deleting_user_type
from accounts.tables.places import BUILT_IN, HolderTable, UserTypeTable
from accounts.views.likeness import tell_of_likeness
from audit.grids.export import FORMATS
from audit.grids.heads import Crumb, EmptyState, HeadAction, PageHead
from audit.grids.views import render_actions_page, render_grid
from audit.models import Entry

LAST_CHANGES = 5
SHOWN_HOLDERS = 8


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@require_safe
def user_types(request: HttpRequest) -> HttpResponseBase:
    create = HeadAction(
        label=_("Create User Type"), href=reverse("accounts:create_user_type"), icon="plus", kind="primary", dialog=True
    )
    return render_grid(
        request,
        table_class=UserTypeTable,
        filterset_class=UserTypeFilters,
        queryset=own(request).annotate(logins=number_of_logins()),
        head=PageHead(
            title=_("User Types"),
            sentence=_("What people may do, by name. Each assignment gives one of them in one department."),
            actions=(create,),
        ),
        export_name="user-types",
    )


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@require_safe
def user_type(request: HttpRequest, slug: str) -> HttpResponseBase:
    """What it includes, who has it, what was changed last."""
    found, viewer = get_object_or_404(own(request), slug=slug), viewer_of(request)
    if request.GET.get("export") in FORMATS:
        filters = {"user_type": slug, **{name: str(value) for name, value in request.GET.items() if name != "export"}}
        note_contact_export(wanted=request.GET["export"], filters=filters, contact=None, by=actor_of(request))
    changes = Entry.objects.changes_of(found.organisation_id, "user_type", [found.role_id])
    return render_grid(
        request,
        template_name="accounts/user_type.html",
        table_class=HolderTable,
        filterset_class=HolderFilters,
        queryset=holders_of(found, viewer),
        head=head_of(found),
        empty=EmptyState(
            title=_("Nobody has it"), sentence=_("Assign it to a login: Contacts & Logins, Actions, Assignments.")
        ),
        export_name="user-type-logins",
        extra_context={
            "user_type": found,
            "built_in": BUILT_IN if found.built_in else "",
            "groups": groups_of(found),
            "changes": changes.newest_first()[:LAST_CHANGES],
        },
    )


def holders_of(user_type: UserType, viewer: Login) -> QuerySet[Login]:
    """The logins that have it and that the viewer may see, each with the assignments that say where."""
    given = Assignment.objects.visible_to(viewer).filter(user_type=user_type)
    where = Prefetch("assignments", given.order_by("pk"), to_attr="held_assignments")
    seen: QuerySet[Login] = Login.objects.visible_to(viewer).filter(pk__in=given.values("login_id"))
    return seen.select_related("contact").prefetch_related(where)


def number_of_logins() -> Coalesce:
    """How many logins have a user type, each once: counted by itself, so that counting user types leaves it out."""
    given = Assignment.objects.filter(user_type=OuterRef("pk")).order_by().values("user_type")
    return Coalesce(Subquery(given.annotate(number=Count("login", distinct=True)).values("number")), 0)


def head_of(user_type: UserType) -> PageHead:
    edit = HeadAction(
        label=_("Edit User Type"),
        href=reverse("accounts:edit_user_type", args=[user_type.slug]),
        icon="pencil",
        kind="primary",
        dialog=True,
    )
    copy = HeadAction(
        label=_("Copy User Type"),
        href=f"{reverse('accounts:create_user_type')}?copy={user_type.slug}",
        kind="link",
        dialog=True,
    )
    fixed = against_changing_user_type(user_type)
    return PageHead(
        title=user_type.label,
        sentence=_("Fixed: it is built in. A copy can be changed.") if fixed else "",
        crumbs=(Crumb(label=_("User Types"), href=reverse("accounts:user_types")), Crumb(label=user_type.label)),
        actions=(copy,) if fixed else (copy, edit),
    )


def groups_of(user_type: UserType) -> list[dict[str, Any]]:
    """Every permission in words, in groups, and whether the user type includes it."""
    return [
        {
            "title": title,
            "lines": [
                {"label": one.label, "sentence": SENTENCES[one], "has": one.value in user_type.granted}
                for one in permissions
            ],
        }
        for title, permissions in GROUPS
    ]


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@require_safe
def user_type_actions(request: HttpRequest, slug: str) -> HttpResponse:
    menu = user_type_menu(get_object_or_404(own(request), slug=slug))
    return render_actions_page(request, menu=menu, back_url=reverse("accounts:user_types"))


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def create_user_type(request: HttpRequest) -> HttpResponse:
    """``copy`` in the address names the user type to begin with."""
    viewer = viewer_of(request)
    source = own(request).filter(slug=request.GET.get("copy", "")).first()
    asked = request.POST if request.method == "POST" else None
    form = UserTypeForm(asked, giver=viewer, source=source)
    if asked is not None and form.is_valid():
        try:
            made = actions.create_user_type(organisation=viewer.organisation, by=actor_of(request), **form.settings)
        except Refused as refusal:
            form.refuse(refusal)
        else:
            tell_of_likeness(request, made.name, names_beside(request, made))
            return done(request, made.slug, _("The user type %(name)s is created.") % {"name": made.name})
    context = {"form": form, "deed": _("Create User Type"), "back_url": reverse("accounts:user_types")}
    status = 422 if request.method == "POST" else 200
    return render(request, "accounts/places/create_user_type.html", context, status=status)


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def edit_user_type(request: HttpRequest, slug: str) -> HttpResponse:
    """Where somebody would gain or lose by it, that is shown first (``confirmed`` is absent)."""
    found = get_object_or_404(own(request), slug=slug)
    asked = request.POST if request.method == "POST" else None
    form = UserTypeForm(asked, giver=viewer_of(request), user_type=found)
    if reason := message(against_changing_user_type(found)):
        return show_edit(request, found, form, status=422 if asked else 200, reason=reason)
    if asked is None or not form.is_valid():
        return show_edit(request, found, form, status=422 if asked else 200)
    effect = effect_of_editing(found, form.settings["permissions"], viewer_of(request))
    if effect and "confirmed" not in request.POST:
        return show_edit(request, found, form, effect=effect, danger=effect.takes_something)
    try:
        edited = actions.edit_user_type(
            user_type=found, version=form.typed_version, by=actor_of(request), **form.settings
        )
    except Conflict as conflict:
        return show_edit(request, found, form, status=409, conflict=conflict, differs=form.meet())
    except Refused as refusal:
        form.refuse(refusal)
        return show_edit(request, found, form, status=422)
    tell_of_likeness(request, edited.name, names_beside(request, edited))
    return done(request, edited.slug, _("%(name)s is saved. It acts at once.") % {"name": edited.name})


def effect_of_editing(user_type: UserType, permissions: list[str], viewer: Login) -> PlaceEffect:
    before = Ground.of(user_type.organisation_id)
    after = before.with_permissions(user_type.pk, permissions)
    return place_effect(viewer, before, after, assigned=Q(user_type=user_type))


def show_edit(
    request: HttpRequest, user_type: UserType, form: UserTypeForm, *, status: int = 200, **more: Any
) -> HttpResponse:
    template = "edit_user_type_confirm" if "effect" in more else "edit_user_type"
    context = {
        "user_type": user_type,
        "form": form,
        "deed": _("Save"),
        "back_url": reverse("accounts:user_type", args=[user_type.slug]),
        **more,
    }
    return render(request, f"accounts/places/{template}.html", context, status=status)


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def delete_user_type(request: HttpRequest, slug: str) -> HttpResponse:
    found, viewer = get_object_or_404(own(request), slug=slug), viewer_of(request)
    reason, status = message(against_deleting_user_type(found)), 200
    if request.method == "POST":
        try:
            actions.delete_user_type(user_type=found, by=actor_of(request))
        except Refused as refusal:
            reason, status = refusal.message, 409
        else:
            return done(request, "", _("The user type %(name)s is deleted.") % {"name": found.name})
    context = {
        "user_type": found,
        "reason": reason,
        "holders": holders_of(found, viewer).order_by("pk")[:SHOWN_HOLDERS],
        "limited": tokens_limited_to(found.organisation_id, f"|{found.pk}:"),
        "deed": _("Delete User Type"),
        "danger": True,
        "back_url": reverse("accounts:user_types"),
    }
    return render(request, "accounts/places/delete_user_type.html", context, status=status)


def own(request: HttpRequest) -> QuerySet[UserType]:
    return UserType.objects.filter(organisation=viewer_of(request).organisation)


def names_beside(request: HttpRequest, user_type: UserType) -> QuerySet[UserType, str]:
    return own(request).exclude(pk=user_type.pk).values_list("name", flat=True)


def done(request: HttpRequest, slug: str, sentence: str) -> HttpResponse:
    """To the page of the user type, or to the list when it has none any more."""
    messages.success(request, sentence)
    address = reverse("accounts:user_type", args=[slug]) if slug else reverse("accounts:user_types")
    return HttpResponseRedirect(address, status=303)

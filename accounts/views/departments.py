"""Manage > Departments: the tree, and creating, renaming, moving and deleting its departments."""

from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import confirmed_lately, needs_everywhere, viewer_of
from accounts.actions import departments as actions
from accounts.actor import actor_of
from accounts.department_tree import Tree
from accounts.exceptions import Conflict, Refused, message
from accounts.forms.places import DepartmentForm, MoveForm, RenameForm
from accounts.menus.places import department_menu
from accounts.models import Department, Login
from accounts.permissions import Permission
from accounts.place_effects import PlaceEffect, place_effect, tokens_limited_to
from accounts.reach import Ground
from accounts.rules.places import against_deleting_department, against_moving
from accounts.views.likeness import tell_of_likeness
from audit.grids.heads import EmptyState, HeadAction, PageHead
from audit.grids.icons import icon
from audit.grids.views import render_actions_page

SHOWN_HOLDERS = 8
SEARCH_LENGTH = 200


def create_action(kind: str = "primary") -> HeadAction:
    href = reverse("accounts:create_department")
    return HeadAction(label=_("Create Department"), href=href, icon="plus", kind=kind, dialog=True)


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@require_safe
def departments(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    search = request.GET.get("q", "")[:SEARCH_LENGTH]
    tree = Tree.of(viewer.organisation, search)
    context = {
        "head": PageHead(
            title=_("Departments"),
            sentence=_("What belongs to a department is also reached from those above it, never from those below."),
            actions=(create_action(),),
        ),
        "tree": tree,
        "search": search.strip(),
        "contacts_url": reverse("accounts:contacts") if viewer.holds(Permission.CONTACT_VIEW) else "",
        "dots": icon("ellipsis-vertical"),  # drawn once for all rows
        "chevron": icon("chevron-right"),
        "empty": EmptyState(
            title=_("No department yet"),
            sentence=_("Departments limit which rows people and tokens get. Without any, everybody gets all rows."),
            actions=(create_action(),),
        ),
    }
    return render(request, "accounts/departments.html", context)


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@require_safe
def department_actions(request: HttpRequest, public_id: str) -> HttpResponse:
    menu = department_menu(department_of(request, public_id), viewer_of(request))
    return render_actions_page(request, menu=menu, back_url=reverse("accounts:departments"))


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@require_http_methods(["GET", "POST"])
def create_department(request: HttpRequest) -> HttpResponse:
    """``parent`` in the address names the department that it is to be part of."""
    organisation = viewer_of(request).organisation
    asked = request.POST if request.method == "POST" else None
    form = DepartmentForm(asked, organisation=organisation, parent=request.GET.get("parent", ""))
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_department(
                organisation=organisation, name=form.cleaned_data["name"], parent=form.place, by=actor_of(request)
            )
        except Refused as refusal:
            form.refuse(refusal)
        else:
            tell_of_likeness(request, made.name, names_beside(made))
            return done(request, _("The department %(name)s is created.") % {"name": made.name})
    return show(request, "create_department", form=form, status=422 if asked else 200, deed=_("Create Department"))


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@require_http_methods(["GET", "POST"])
def rename_department(request: HttpRequest, public_id: str) -> HttpResponse:
    department = department_of(request, public_id)
    asked = request.POST if request.method == "POST" else None
    form = RenameForm(asked, department=department)
    more: dict[str, Any] = {"department": department, "form": form, "deed": _("Save")}
    if asked is None or not form.is_valid():
        return show(request, "rename_department", status=422 if asked else 200, **more)
    name, version = form.cleaned_data["name"], form.typed_version
    try:
        renamed = actions.rename_department(department=department, name=name, version=version, by=actor_of(request))
    except Conflict as conflict:
        return show(request, "rename_department", status=409, conflict=conflict, differs=form.meet(), **more)
    except Refused as refusal:
        form.refuse(refusal)
        return show(request, "rename_department", status=422, **more)
    tell_of_likeness(request, renamed.name, names_beside(renamed))
    words = {"before": department.name, "after": renamed.name}
    return done(request, _("%(before)s is now named %(after)s.") % words)


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def move_department(request: HttpRequest, public_id: str) -> HttpResponse:
    """Three steps: where to, what that changes (``confirmed`` is absent), and the deed."""
    department = department_of(request, public_id)
    asked = request.POST if request.method == "POST" else None
    form = MoveForm(asked, department=department)
    more: dict[str, Any] = {"department": department, "form": form, "deed": _("Continue")}
    if asked is None or not form.is_valid():
        return show(request, "move_department", status=422 if asked else 200, **more)
    if refusal := against_moving(Ground.of(department.organisation_id), department, form.place):
        form.refuse(refusal)
        return show(request, "move_department", status=422, **more)
    if "confirmed" not in request.POST:
        effect = effect_of_moving(department, form.place, viewer_of(request))
        more |= {"effect": effect, "danger": effect.takes_something, "deed": _("Move Department")}
        return show(request, "move_department_confirm", place=form.place, **more)
    try:
        moved = actions.move_department(
            department=department, parent=form.place, version=form.typed_version, by=actor_of(request)
        )
    except Conflict as conflict:
        return show(request, "move_department", status=409, conflict=conflict, differs=form.meet(), **more)
    except Refused as refusal:
        form.refuse(refusal)
        return show(request, "move_department", status=422, **more)
    path = Department.objects.paths(moved.organisation_id)[moved.pk]
    return done(
        request, _("%(name)s is moved: it is now %(path)s. It acts at once.") % {"name": moved.name, "path": path}
    )


def effect_of_moving(department: Department, place: Department | None, viewer: Login) -> PlaceEffect:
    """Concerned are those assigned to a department above the old place or above the new one."""
    before = Ground.of(department.organisation_id)
    after = before.with_parent(department.pk, place.pk if place else None)
    above = {*before.above(department.parent_id), *before.above(place.pk if place else None)}
    return place_effect(viewer, before, after, assigned=Q(department_id__in=above))


@needs_everywhere(Permission.USER_TYPE_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def delete_department(request: HttpRequest, public_id: str) -> HttpResponse:
    department = department_of(request, public_id)
    reason, status = message(against_deleting_department(department)), 200
    if request.method == "POST":
        try:
            actions.delete_department(department=department, by=actor_of(request))
        except Refused as refusal:
            reason, status = refusal.message, 409
        else:
            return done(request, _("The department %(name)s is deleted.") % {"name": department.name})
    return show(
        request,
        "delete_department",
        status=status,
        department=department,
        reason=reason,
        children=department.children.order_by("name")[:SHOWN_HOLDERS],
        holders=holders_of(department, viewer_of(request)),
        limited=tokens_limited_to(department.organisation_id, f":{department.pk}|"),
        deed=_("Delete Department"),
        danger=True,
    )


def holders_of(department: Department, viewer: Login) -> Any:
    """The first of the logins that are assigned to it and that the viewer may see."""
    seen = Login.objects.visible_to(viewer).filter(assignments__department=department).distinct()
    return seen.select_related("contact").order_by("user_name")[:SHOWN_HOLDERS]


def department_of(request: HttpRequest, public_id: str) -> Department:
    mine = Department.objects.filter(organisation=viewer_of(request).organisation)
    return get_object_or_404(mine.select_related("organisation", "parent"), public_id=public_id)


def show(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    context["back_url"] = reverse("accounts:departments")
    if "department" in context:
        department = context["department"]
        context["path"] = Department.objects.paths(department.organisation_id)[department.pk]
    return render(request, f"accounts/places/{template}.html", context, status=status)


def names_beside(department: Department) -> QuerySet[Department, str]:
    others = Department.objects.filter(organisation=department.organisation_id).exclude(pk=department.pk)
    return others.values_list("name", flat=True)


def done(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.success(request, sentence)
    return HttpResponseRedirect(reverse("accounts:departments"), status=303)

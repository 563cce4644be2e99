"""Manage > Contacts & Logins > Import: a file in, and the list of those before it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import needs, viewer_of
from accounts.actions.imports import begin_import
from accounts.actor import actor_of
from accounts.exceptions import Conflict
from accounts.forms.imports import TOO_LARGE, FileForm
from accounts.import_grids import ImportFilters, ImportTable
from accounts.imports.columns import COLUMNS
from accounts.imports.files import MOST_BYTES
from accounts.models import ContactImport
from accounts.permissions import Permission
from audit.grids.heads import Crumb, EmptyState, HeadAction, PageHead
from audit.grids.views import render_grid

FORM_BYTES = 16 * 1024  # what a form is larger than the file in it
THROWN_AWAY = 64 * MOST_BYTES


def within_size(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answers a body that is too large before anything of it is kept, so before its form token is looked at."""

    @csrf_exempt
    def sized(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
        if length <= MOST_BYTES + FORM_BYTES:
            return csrf_protect(view)(request, *args, **kwargs)
        # A browser shows the answer only when all that it sends is taken.
        for _part in range(0, min(length, THROWN_AWAY), 1024 * 1024):
            request.read(1024 * 1024)
        return too_large(request)

    return sized


def too_large(request: HttpRequest) -> HttpResponse:
    words = str(TOO_LARGE) % {"most": MOST_BYTES // (1024 * 1024)}
    return render(request, "accounts/imports/too_large.html", {"words": words}, status=413)


@needs(Permission.CONTACT_MANAGE)
@require_http_methods(["GET", "POST"])
@within_size
def import_contacts(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return upload_page(request, FileForm())
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return upload_page(request, form, status=422)
    try:
        begun = begin_import(
            organisation=viewer_of(request).organisation,
            file_name=form.cleaned_data["file"].name,
            content=form.content,
            by=actor_of(request),
        )
    except Conflict as conflict:
        form.add_error(None, conflict.message)
        return upload_page(request, form, status=409)
    return HttpResponseRedirect(reverse("accounts:show_import", args=[begun.public_id]), status=303)


def upload_page(request: HttpRequest, form: FileForm, *, status: int = 200) -> HttpResponse:
    head = PageHead(
        title=_("Import"),
        sentence=_("Create and change contacts and logins from a file. First you see what every row would do."),
        crumbs=(Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")), Crumb(label=_("Import"))),
        actions=(
            HeadAction(label=_("Earlier imports"), href=reverse("accounts:imports"), kind="link", icon="history"),
        ),
    )
    waiting = ContactImport.objects.visible_to(viewer_of(request)).filter(ended_at=None).order_by("-created_at")
    context = {"head": head, "form": form, "columns": COLUMNS, "waiting": waiting[:5]}
    return render(request, "accounts/imports/upload.html", context, status=status)


@needs(Permission.CONTACT_MANAGE)
@require_safe
def imports(request: HttpRequest) -> HttpResponseBase:
    begin = HeadAction(label=_("Import"), href=reverse("accounts:import"), icon="file-up", kind="primary")
    return render_grid(
        request,
        table_class=ImportTable,
        filterset_class=ImportFilters,
        queryset=ContactImport.objects.visible_to(viewer_of(request)),
        head=PageHead(
            title=_("Earlier imports"),
            sentence=_("Who imported what, and what came of it. What a file said of people is not kept."),
            crumbs=(
                Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
                Crumb(label=_("Import"), href=reverse("accounts:import")),
                Crumb(label=_("Earlier imports")),
            ),
            actions=(begin,),
        ),
        empty=EmptyState(
            title=_("Nothing was imported yet"),
            sentence=_("A file can create and change many contacts and logins at once."),
            actions=(begin,),
        ),
        export_name="imports",
    )

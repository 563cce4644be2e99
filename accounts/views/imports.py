"""Manage > Contacts & Logins > Import: a file in, its dry run, and applying or discarding it."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import needs, viewer_of
from accounts.actions.exports import note_contact_export
from accounts.actions.imports import apply_import, begin_import, discard_import
from accounts.actor import actor_of
from accounts.exceptions import Conflict, Refused
from accounts.forms.imports import TOO_LARGE, ApplyForm, FileForm
from accounts.import_grids import RESULT_TAGS, ImportFilters, ImportTable, RowFilters, RowTable, counts_words
from accounts.imports.columns import COLUMNS
from accounts.imports.files import MOST_BYTES
from accounts.models import ContactImport, ImportState, Login, RowResult
from accounts.permissions import Permission
from audit.grids.export import FORMATS
from audit.grids.heads import Crumb, EmptyState, HeadAction, PageHead
from audit.grids.moments import number_text
from audit.grids.views import render_grid

FORM_BYTES = 16 * 1024  # what a form is larger than the file in it
THROWN_AWAY = 64 * MOST_BYTES
MOST_NAMED = 20


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


@needs(Permission.CONTACT_MANAGE)
@require_safe
def show_import(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """How far it is; the dry run; or what came of it."""
    one = visible_import(request, public_id)
    if one.is_at_work:
        return render(request, "accounts/imports/at_work.html", {"head": head_of(one), **progress_of(one)})
    if one.state == ImportState.CHECKED:
        return dry_run(request, one)
    context = {"head": head_of(one), "one": one, "counts": counts_words(one.counts)}
    return render(request, "accounts/imports/over.html", context)


@needs(Permission.CONTACT_MANAGE)
@require_safe
def import_progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """The progress alone, for the script that asks again and again; at the end it loads the page anew."""
    one = visible_import(request, public_id)
    response = render(request, "accounts/imports/_progress.html", progress_of(one))
    if not one.is_at_work:
        response["HX-Refresh"] = "true"
    return response


def dry_run(request: HttpRequest, one: ContactImport) -> HttpResponseBase:
    if request.GET.get("export") in FORMATS:
        filters = {"import": one.public_id}
        note_contact_export(wanted=request.GET["export"], filters=filters, contact=None, by=actor_of(request))
    return render_grid(
        request,
        template_name="accounts/imports/checked.html",
        table_class=RowTable,
        filterset_class=RowFilters,
        queryset=one.rows.all(),
        head=head_of(one, actions=deciding(one)),
        export_name="import-dry-run",
        extra_context={"one": one, "totals": totals(one)},
    )


def deciding(one: ContactImport) -> tuple[HeadAction, ...]:
    discard = HeadAction(label=_("Discard"), href=reverse("accounts:discard_import", args=[one.public_id]), dialog=True)
    if one.refused or not one.changes:
        again = HeadAction(
            label=_("Choose another file"), href=reverse("accounts:import"), icon="file-up", kind="primary"
        )
        return (discard, again)
    href = reverse("accounts:apply_import", args=[one.public_id])
    return (discard, HeadAction(label=apply_words(one), href=href, icon="check", kind="primary", dialog=True))


def apply_words(one: ContactImport) -> str:
    words = ngettext("Apply %(number)s change", "Apply %(number)s changes", one.changes)
    return words % {"number": number_text(one.changes)}


def totals(one: ContactImport) -> list[dict[str, Any]]:
    """How many rows of each result, each with the address that lists them."""
    counted = [(result, one.counts.get(result, 0)) for result in RowResult]
    return [
        {"tag": RESULT_TAGS[result], "label": result.label, "count": count, "href": f"?result={result.value}"}
        for result, count in counted
        if count
    ]


@needs(Permission.CONTACT_MANAGE)
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, public_id: str) -> HttpResponse:
    one = visible_import(request, public_id)
    if request.method != "POST":
        return apply_page(request, one, ApplyForm())
    form = ApplyForm(request.POST)
    form.is_valid()  # a box is ticked or not
    try:
        apply_import(contact_import=one, sends_activation=form.cleaned_data["sends_activation"], by=actor_of(request))
    except Refused as refusal:
        return apply_page(request, one, form, refusal=refusal)
    return HttpResponseRedirect(address_of(one), status=303)


def apply_page(
    request: HttpRequest, one: ContactImport, form: ApplyForm, *, refusal: Refused | None = None
) -> HttpResponse:
    deleted = one.rows.filter(result=RowResult.DELETE).order_by("line").values_list("name", "user_name")
    context = {
        "one": one,
        "form": form,
        "reason": refusal.message if refusal else against_applying(one),
        "totals": totals(one),
        "deleted": [user_name or name for name, user_name in deleted[:MOST_NAMED]],
        "further": max(0, one.counts.get(RowResult.DELETE, 0) - MOST_NAMED),
        "creates": one.counts.get(RowResult.CREATE, 0),
        "deed": apply_words(one),
        "danger": bool(one.counts.get(RowResult.DELETE)),
        "back_url": address_of(one),
    }
    status = 200 if refusal is None else 409 if isinstance(refusal, Conflict) else 422
    return render(request, "accounts/imports/apply.html", context, status=status)


def against_applying(one: ContactImport) -> str:
    """Why the page offers no button; the action decides."""
    if one.state != ImportState.CHECKED:
        return _("This import is not waiting to be applied any more.")
    if one.refused:
        return _("Rows are refused. Mend the file and import it again: nothing is applied in part.")
    return "" if one.changes else _("There is nothing to apply: everything is as the file says.")


@needs(Permission.CONTACT_MANAGE)
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    one = visible_import(request, public_id)
    context = {"one": one, "back_url": address_of(one), "deed": _("Discard"), "danger": True, "reason": ""}
    if request.method != "POST":
        return render(request, "accounts/imports/discard.html", context)
    try:
        discard_import(contact_import=one, by=actor_of(request))
    except Conflict as conflict:
        return render(request, "accounts/imports/discard.html", {**context, "reason": conflict.message}, status=409)
    messages.success(request, _("The import of %(file)s is discarded. Nobody was changed.") % {"file": one.file_name})
    return HttpResponseRedirect(reverse("accounts:import"), status=303)


def visible_import(request: HttpRequest, public_id: str) -> ContactImport:
    viewer: Login = viewer_of(request)
    one: ContactImport = get_object_or_404(ContactImport.objects.visible_to(viewer), public_id=public_id)
    return one


def address_of(one: ContactImport) -> str:
    return reverse("accounts:show_import", args=[one.public_id])


def head_of(one: ContactImport, actions: tuple[HeadAction, ...] = ()) -> PageHead:
    return PageHead(
        title=one.file_name,
        sentence=one.form,
        crumbs=(
            Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
            Crumb(label=_("Import"), href=reverse("accounts:import")),
            Crumb(label=one.file_name),
        ),
        actions=actions,
    )


def progress_of(one: ContactImport) -> dict[str, Any]:
    """The steps: which are done, which is at work, how far."""
    order = [ImportState.READING, ImportState.CHECKING, ImportState.WRITING]
    labels = {
        ImportState.READING: _("Reading the file"),
        ImportState.CHECKING: _("Checking every row"),
        ImportState.WRITING: _("Writing"),
    }
    wanted = [ImportState.WRITING] if one.state == ImportState.WRITING else order[:2]
    here = wanted.index(ImportState(one.state)) if one.state in wanted else len(wanted)
    steps = [
        {"label": labels[state], "is_done": number < here, "is_current": number == here}
        for number, state in enumerate(wanted)
    ]
    return {"one": one, "steps": steps, "text": progress_text(one), "waits": one.lease_until is None}


def progress_text(one: ContactImport) -> str:
    numbers = {"done": number_text(one.done), "total": number_text(one.total)}
    if one.state == ImportState.READING:
        return ngettext("%(done)s row read", "%(done)s rows read", one.done) % numbers
    if one.state == ImportState.WRITING and one.done >= one.total:
        return _("All rows are ready: they are being written, all together.")
    return _("%(done)s of %(total)s rows") % numbers

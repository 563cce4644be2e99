"""The page of one import: how far it is, its dry run, what came of it."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.access import needs, viewer_of
from accounts.actions.exports import note_contact_export
from accounts.actor import actor_of
from accounts.import_grids import RESULT_TAGS, RowFilters, RowTable, counts_words
from accounts.models import ContactImport, ImportState, Login, RowResult
from accounts.permissions import Permission
from audit.grids.export import FORMATS
from audit.grids.heads import Crumb, HeadAction, PageHead
from audit.grids.moments import number_text
from audit.grids.views import render_grid


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

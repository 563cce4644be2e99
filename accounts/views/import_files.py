"""The files to import from: the template, and everybody who is there, for editing."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import needs, viewer_of
from accounts.actions.exports import note_contact_export
from accounts.actor import actor_of
from accounts.imports import sheets
from accounts.models import Contact
from accounts.permissions import Permission


@needs(Permission.CONTACT_MANAGE)
@require_safe
def template(request: HttpRequest, form: str) -> HttpResponseBase:
    """The columns with one example row."""
    return file_response(request, sheets.example(), "contacts-and-logins-template", form)


@needs(Permission.CONTACT_MANAGE)
@require_safe
def export_for_editing(request: HttpRequest) -> HttpResponseBase:
    """Everybody whom the person may see, with the import's columns. ``export`` names the format."""
    viewer, form = viewer_of(request), request.GET.get("export", "")
    if form not in sheets.FORMS:
        return HttpResponseRedirect(reverse("accounts:import"))
    note_contact_export(wanted=form, filters={"for": "editing"}, contact=None, by=actor_of(request))
    rows = sheets.people(Contact.objects.with_logins(viewer), viewer.organisation_id)
    return file_response(request, rows, "contacts-and-logins-for-editing", form)


def file_response(request: HttpRequest, rows: Any, name: str, form: str) -> HttpResponseBase:
    file_name = f"{name}-{timezone.localdate().isoformat()}.{form}"
    if form == "xlsx":
        organisation = viewer_of(request).organisation
        types = organisation.user_types.order_by("name").values_list("name", flat=True)
        book = sheets.xlsx_file(rows, sheets.choices_of(organisation.pk, types))
        return FileResponse(book, as_attachment=True, filename=file_name)
    response = StreamingHttpResponse(sheets.csv_file(rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return response

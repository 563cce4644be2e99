"""Entries with their proofs, as files: the export of a log, and the receipt of one entry."""

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import actor_of
from audit.actor import Reference
from audit.models import Entry
from audit.proof_export import proof_zip, receipt
from audit.querysets import EntryQuerySet
from audit.seals.tree import NotProved
from tokens.actions.reading import record_proof_export

WANTED = "proofs"


def proofs_response(
    request: HttpRequest, rows: EntryQuerySet, *, name: str, subject: Reference, filters: dict[str, list[str]]
) -> HttpResponseBase:
    """The ZIP of those of the rows that a checkpoint covers; on record before its first entry goes out."""
    try:
        stream = proof_zip(rows)
    except NotProved:
        messages.warning(request, _("Nothing is sealed yet, so nothing is proved. Try again in a few seconds."))
        return HttpResponseRedirect(request.path)
    record_proof_export(by=actor_of(request), subject=subject, filters=filters)
    response = StreamingHttpResponse(stream, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate().isoformat()}-proofs.zip"'
    return response


def receipt_response(rows: EntryQuerySet, entry_id: int, *, back_url: str) -> HttpResponse:
    """The receipt of one of the rows; while it waits for its seal, the page that shows it so."""
    found: Entry = get_object_or_404(rows, pk=entry_id)
    try:
        document = receipt(found.pk)
    except NotProved:
        return HttpResponseRedirect(back_url)
    response = HttpResponse(orjson.dumps(document), content_type="application/json")
    number = document["entry"]["sequence"]
    response["Content-Disposition"] = f'attachment; filename="receipt-{number}.json"'
    return response

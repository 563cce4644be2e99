"""Administrator > Ledger: how far it is sealed, its newest checkpoint, and what anybody needs to verify it."""

from typing import Any

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import needs_everywhere, viewer_of
from accounts.permissions import Permission
from audit.grids.heads import EmptyState, PageHead
from audit.grids.paging import capped_count, count_text
from audit.grids.views import render_grid
from audit.models import Checkpoint, Head, PendingSeal
from audit.proof_export import newest_checkpoint
from audit.seals.tree import NotProved
from tokens.seals import seal_state, sealers
from tokens.signing_keys import signer
from tokens.tables.of_ledger import CheckpointTable
from tokens.views.verifying import verification_facts

PROGRAM = "verify_export.py"


@needs_everywhere(Permission.LOG_VIEW)
@require_safe
def ledger(request: HttpRequest) -> HttpResponseBase:
    return render_grid(
        request,
        template_name="tokens/ledger.html",
        table_class=CheckpointTable,
        queryset=Checkpoint.objects.all(),
        keyset=True,
        key="pk",
        head=PageHead(
            title=_("Ledger"),
            sentence=_(
                "Everything that happens is written here and sealed: nothing of it can be changed or deleted unseen. "
                "The signed checkpoints below let anybody prove it, without trusting the console."
            ),
        ),
        empty=EmptyState(
            title=_("No checkpoint yet"),
            sentence=_("The background worker signs the first one as soon as something has happened and it runs."),
        ),
        export_name="checkpoints",
        extra_context={**ledger_facts(), **verification_facts(viewer_of(request))},
    )


def ledger_facts() -> dict[str, Any]:
    """What stands above the checkpoints."""
    waiting = capped_count(PendingSeal.objects.all())
    return {
        "state": seal_state(),
        "has_sealer": sealers().exists(),
        "waiting": waiting,
        "waiting_text": count_text(waiting),
        "ledger": Head.objects.first(),
        "newest": Checkpoint.objects.order_by("-id").first(),
        "program": PROGRAM,
        "signing_key": signer(),
    }


@needs_everywhere(Permission.LOG_VIEW)
@require_safe
def checkpoint_file(request: HttpRequest) -> HttpResponse:
    """The newest checkpoint as a file, to be kept elsewhere; while there is none, the page, which says why."""
    try:
        newest = newest_checkpoint()
    except NotProved:
        return HttpResponseRedirect(reverse("tokens:ledger"))
    response = HttpResponse(newest.note, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="checkpoint-{newest.size}.txt"'
    return response


@needs_everywhere(Permission.LOG_VIEW)
@require_safe
def program_file(request: HttpRequest) -> FileResponse:
    """The program that verifies an export or a receipt off-line."""
    program = settings.BASE_DIR / "docs" / PROGRAM
    return FileResponse(program.open("rb"), as_attachment=True, filename=PROGRAM, content_type="text/x-python")

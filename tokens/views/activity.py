"""Activity: everything that happened in the organisation, and each entry's own page."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import needs, viewer_of
from accounts.permissions import Permission
from audit.grids.heads import Crumb, EmptyState, PageHead
from audit.models import Leaf
from tokens.activity import ActivityFilters, ActivityTable
from tokens.explaining import Explained
from tokens.views.logs import entries_in_reach, render_entries

NEIGHBOURS = 20


@needs(Permission.LOG_VIEW)
@require_safe
def activity(request: HttpRequest) -> HttpResponseBase:
    viewer = viewer_of(request)
    return render_entries(
        request,
        template_name="tokens/activity.html",
        subject=viewer.organisation.reference,
        rows=entries_in_reach(viewer),
        table_class=ActivityTable.of(viewer),
        filterset_class=ActivityFilters,
        head=PageHead(
            title=_("Activity"),
            sentence=_("Everything that happened here: who did what, when and from where, newest first."),
        ),
        empty=EmptyState(title=_("Nothing has happened yet"), sentence=_("Every change and every call will be here.")),
        export_name="activity",
    )


@needs(Permission.LOG_VIEW)
@require_safe
def entry(request: HttpRequest, entry_id: int) -> HttpResponse:
    """One entry: who, what and why, before and after, and what else the same request did."""
    viewer = viewer_of(request)
    in_reach = entries_in_reach(viewer)
    found = get_object_or_404(in_reach, pk=entry_id)
    others = in_reach.of_request(found.request_id).exclude(pk=found.pk).order_by("pk")[:NEIGHBOURS]
    explained = Explained(found, viewer)
    context = {
        "head": PageHead(
            title=explained.title,
            sentence=explained.reason if explained.has_failed else "",
            crumbs=(
                Crumb(label=_("Activity"), href=reverse("tokens:activity")),
                Crumb(label=_("Entry %(number)s") % {"number": found.pk}),
            ),
        ),
        "told": explained,
        "number": Leaf.objects.filter(entry_id=found.pk).values_list("sequence", flat=True).first(),
        "others": [Explained(other, viewer) for other in others],
    }
    return render(request, "tokens/entry.html", context)

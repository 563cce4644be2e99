"""Search: the box of the header, and "why did my call fail?" by its request id."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import may_hold_own_tokens, signed_in, viewer_of
from accounts.permissions import Permission
from audit.grids.filters import LONGEST_TEXT
from audit.grids.heads import PageHead
from tokens.search import Found, entries_of, find
from tokens.views.logs import entries_in_reach


@signed_in
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST_TEXT]
    sees_log = viewer.holds(Permission.LOG_VIEW)
    in_reach = entries_in_reach(viewer) if sees_log else entries_of(viewer)
    context = {
        "head": PageHead(
            title=_("Search"),
            sentence=_("A token, a person, a report, or the request id of a call that failed."),
        ),
        "text": text,
        "found": find(viewer, text, in_reach) if text else Found(),
        "sees_log": sees_log,
        "holds_tokens": may_hold_own_tokens(viewer),
    }
    return render(request, "tokens/search.html", context)

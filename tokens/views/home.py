"""Home: how one's own tokens stand, or who can give the right to have any."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import may_create_own_tokens, may_hold_own_tokens, signed_in, viewer_of
from accounts.models import Login
from accounts.permissions import Permission
from audit.grids.heads import PageHead
from audit.grids.moments import weekday_text
from tokens.desk import Desk
from tokens.statuses import Status
from tokens.tables import status_tag

SHOWN = 5


@signed_in
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    viewer = viewer_of(request)
    today = weekday_text(timezone.localtime())
    context = {
        "head": PageHead(
            title=_("Home"),
            sentence=_("%(day)s, times in %(zone)s") % {"day": today, "zone": timezone.get_current_timezone_name()},
        ),
        "holds_tokens": may_hold_own_tokens(viewer),
        "may_create": may_create_own_tokens(viewer),
        "sees_contacts": viewer.holds(Permission.CONTACT_VIEW),
        "sees_logs": viewer.holds(Permission.LOG_VIEW),
        **(own_tokens(viewer) if may_hold_own_tokens(viewer) else whom_to_ask(viewer)),
    }
    return render(request, "tokens/home.html", context)


def own_tokens(viewer: Login) -> dict[str, Any]:
    """How many tokens there are in each state, and which end next."""
    tokens = list(Desk(owner=viewer, viewer=viewer, own=True).tokens.order_by("expires_at", "id"))
    counts = dict.fromkeys((Status.ACTIVE, Status.INACTIVE, Status.NOT_GENERATED, Status.EXPIRED), 0)
    for token in tokens:
        counts[token.status] += 1
    now = timezone.now()
    return {
        "counts": [{"status": status, "count": count} for status, count in counts.items()],
        "next": [
            {"token": token, "tag": status_tag(token)}
            for token in tokens
            if token.expires_at is not None and token.expires_at > now
        ][:SHOWN],
        "has_tokens": bool(tokens),
    }


def whom_to_ask(viewer: Login) -> dict[str, Any]:
    administrators = Login.objects.can_grant_roles(viewer.organisation_id).order_by("contact__first_name", "pk")
    return {"administrators": list(administrators)}

"""Administrator > Ledger > Verify: asking for it, how far it is, and what it found."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import needs_everywhere, viewer_of
from accounts.actor import actor_of
from accounts.exceptions import Conflict
from accounts.models import Login
from accounts.permissions import Permission
from audit.models import Verification
from audit.removals import REMOVED
from audit.verification import Finding
from tokens.actions.verifying import ask_verification
from tokens.seals import seal_state

ENTRIES_A_SECOND = 12_000
"""How fast it is at least, on two cores, with its rests."""


@needs_everywhere(Permission.LOG_VIEW)
@require_http_methods(["GET", "POST"])
def verify(request: HttpRequest) -> HttpResponse:
    conflict: Conflict | None = None
    if request.method == "POST":
        try:
            ask_verification(by=actor_of(request))
        except Conflict as refusal:
            conflict = refusal
        else:
            messages.success(
                request, _("The ledger is being verified. The result will be here and in the activity log.")
            )
            return HttpResponseRedirect(reverse("tokens:ledger"), status=303)
    size = seal_state().size
    context = {
        "deed": _("Verify"),
        "reason": conflict.message if conflict else "",
        "size": size,
        "minutes": 1 + size // (60 * ENTRIES_A_SECOND),
        "back_url": reverse("tokens:ledger"),
    }
    return render(request, "tokens/ledger_verify.html", context, status=409 if conflict else 200)


@needs_everywhere(Permission.LOG_VIEW)
@require_safe
def verification(request: HttpRequest) -> HttpResponse:
    """The last one alone, for the script that asks again and again; at its end it loads the page anew."""
    context = verification_facts(viewer_of(request))
    response = render(request, "tokens/ledger_verification.html", context)
    one = context["verification"]
    if one is None or not one.is_open:
        response["HX-Refresh"] = "true"
    return response


def verification_facts(viewer: Login) -> dict[str, Any]:
    """The last verification: how far it is, or in words what it found. Who asked is told within the organisation."""
    one = Verification.objects.order_by("-pk").first()
    if one is None:
        return {"verification": None}
    is_of_ours = one.organisation_id == viewer.organisation_id
    return {
        "verification": one,
        "asked_by": one.by_label or REMOVED if is_of_ours else _("Another organisation"),
        "found": finding_of(one.finding).words if one.finding else "",
        "more_findings": max(0, one.findings - 1),
        "warned": [finding_of(warning).words for warning in one.warnings],
    }


def finding_of(kept: dict[str, Any]) -> Finding:
    return Finding(kept["code"], kept["sequence"], kept["more"])

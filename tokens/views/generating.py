"""Generate Token: the question, the one page that shows the JWT, Save and Cancel."""

from collections.abc import Iterable

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import actor_of
from accounts.exceptions import Conflict, Refused, message
from accounts.pairs import Pair
from audit.models import Entry
from audit.tools import tool_of
from tokens import actions
from tokens.actions import Shown
from tokens.desk import Desk
from tokens.exceptions import Revoked
from tokens.expiry import DatePassed, end_of
from tokens.forms.tokens import FIELD_OF_REFUSAL
from tokens.mail import address_of
from tokens.models import AccessToken
from tokens.reach import effective_pairs, places
from tokens.reports.registry import reports_for
from tokens.rules import against_generating, against_making, zone_of
from tokens.statuses import Status
from tokens.words import length_text

# Neither the browser nor anything between keeps this answer, and no proxy packs it: packed, its length would tell of
# the JWT. Referrer-Policy stays same-origin: under no-referrer a browser sends "Origin: null" with the form, and Save
# and Cancel would be refused as forged.
ONCE = {"Cache-Control": "no-store, no-transform", "Pragma": "no-cache"}


def show_generate(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.tokens, public_id=public_id)
    refusal = against_making(desk.viewer, desk.owner) or against_generating(token, desk.owner)
    if request.method != "POST":
        return render_question(request, desk, token, refusal=refusal)
    try:
        if refusal:
            raise refusal
        shown = actions.generate(token=token, by=actor_of(request))
    except Refused as refused:
        return render_question(request, desk, token, refusal=refused, status=422)
    return render_jwt(request, desk, token, shown)


def render_question(
    request: HttpRequest, desk: Desk, token: AccessToken, *, refusal: Refused | None, status: int = 200
) -> HttpResponse:
    """What the next JWT will be and what stops with Save; or why there can be none now."""
    pairs = effective_pairs(desk.owner, token.pairs)
    context = {
        "desk": desk,
        "token": token,
        "reason": message(refusal),
        "way_out": way_out(desk, token, refusal),
        "expires_at": None if refusal else next_end(token, desk),
        **facts(desk, token, pairs),
        "back_url": desk.back_url(token),
        "deed": _("Generate Token"),
    }
    return render(request, "tokens/generate.html", context, status=status)


def way_out(desk: Desk, token: AccessToken, refusal: Refused | None) -> dict[str, str] | None:
    """Where the person goes from a refusal: on to another JWT, or to the setting that is in the way."""
    if isinstance(refusal, Conflict) and not isinstance(refusal, Revoked):
        return {"url": desk.url(token, "generate"), "label": _("Generate Token")}
    if refusal and refusal.code in FIELD_OF_REFUSAL:
        return {"url": desk.url(token, "edit"), "label": _("Edit Token")}
    return None


def render_jwt(request: HttpRequest, desk: Desk, token: AccessToken, shown: Shown) -> HttpResponse:
    """The only answer that ever holds the JWT."""
    context = {
        "desk": desk,
        "token": token,
        "shown": shown,
        "expires_at": shown.expires_at,
        "length": len(shown.jwt),
        **facts(desk, token, shown.pairs),
        "reports": list(reports_for(token.owner.organisation_id)),
        "host": settings.PUBLIC_URL,
        "save_url": desk.url(token, "save"),
        "cancel_url": desk.url(token, "cancel"),
        "back_url": desk.back_url(token),
        "deed": _("Done – I have saved the token") if desk.grid == "access" else _("Save"),
    }
    response = render(request, "tokens/jwt.html", context)
    for name, value in ONCE.items():
        response[name] = value
    return response


def save_jwt(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.tokens, public_id=public_id)
    try:
        actions.save(token=token, dialog=request.POST.get("dialog", ""), by=actor_of(request))
    except Refused as refusal:
        status = 409 if isinstance(refusal, Conflict) else 422
        return render_question(request, desk, token, refusal=refusal, status=status)
    done = _("The JWT of %(name)s works from now on.") % {"name": token.name}
    told = _("A mail tells it to %(address)s.") % {"address": address_of(desk.owner)}
    messages.success(request, f"{done} {told}" if address_of(desk.owner) else done)
    return HttpResponseRedirect(desk.back_url(token), status=303)


def cancel_jwt(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.tokens, public_id=public_id)
    try:
        discarded = actions.discard(token=token, dialog=request.POST.get("dialog", ""), by=actor_of(request))
    except Refused as refusal:
        return render_question(request, desk, token, refusal=refusal, status=409)
    if discarded:
        messages.info(request, _("Nothing was changed: the JWT that was shown is void."))
    return HttpResponseRedirect(desk.back_url(token), status=303)


def next_end(token: AccessToken, desk: Desk) -> object:
    try:
        zone, seconds = zone_of(desk.owner), token.expiry_seconds
        return end_of(token.expiry_choice, token.expiry_date, now=timezone.now(), zone=zone, seconds=seconds)
    except DatePassed:
        return None


def facts(desk: Desk, token: AccessToken, pairs: Iterable[Pair]) -> dict[str, object]:
    """How long, which rows, and what the JWT in use is doing."""
    return {
        "length_text": length_text(token),
        "rows": places(pairs, desk.owner.organisation_id),
        "has_jwt": token.status in {Status.INACTIVE, Status.ACTIVE},
        "tool": last_tool(token),
    }


def last_tool(token: AccessToken) -> str:
    """The tool of the last call that was admitted, where there was one."""
    if token.last_used_at is None:
        return ""
    call = Entry.objects.last_call_of(token.public_id)
    return tool_of(call.user_agent or "") if call else ""

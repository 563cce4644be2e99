"""The list of a login's tokens and the menu of each."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.actor import actor_of
from accounts.exceptions import message
from audit.grids.export import FORMATS
from audit.grids.heads import Crumb, EmptyState, HeadAction, PageHead, Step
from audit.grids.views import render_actions_page, render_grid
from tokens import actions
from tokens.desk import Desk
from tokens.filters import TokenFilters
from tokens.menus import token_menu
from tokens.rules import ENDS_SOON_DAYS, against_making, ends_soon, is_in_use
from tokens.tables import TokenOfLoginTable, TokenTable
from tokens.words import distance_to

NOTES = 3


def show_tokens(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    if request.GET.get("export") in FORMATS:
        filters = {name: str(value) for name, value in request.GET.items() if name != "export"}
        wanted = request.GET["export"]
        actions.note_token_export(owner=desk.owner, wanted=wanted, filters=filters, by=actor_of(request))
    reason = message(against_making(desk.viewer, desk.owner))
    return render_grid(
        request,
        template_name="tokens/tokens.html",
        table_class=TokenTable if desk.own else TokenOfLoginTable,
        filterset_class=TokenFilters,
        queryset=desk.tokens.with_status(),
        head=head_of(desk, may_create=not reason),
        empty=empty_state(desk, may_create=not reason),
        export_name="api-access-tokens",
        extra_context={"desk": desk, "reason": reason, "ending": ending(desk)},
    )


def show_actions(request: HttpRequest, desk: Desk, public_id: str) -> HttpResponse:
    token = get_object_or_404(desk.standing_tokens, public_id=public_id)
    return render_actions_page(request, menu=token_menu(token, desk), back_url=desk.list_url)


def create_action(desk: Desk) -> HeadAction:
    return HeadAction(label=_("Create New"), href=desk.create_url, icon="plus", kind="primary", dialog=True)


def head_of(desk: Desk, *, may_create: bool) -> PageHead:
    create = (create_action(desk),) if may_create else ()
    if desk.own:
        logs = HeadAction(label=_("All Token Logs"), href=reverse("tokens:my_logs"), kind="link")
        return PageHead(
            title=_("My API Access Tokens"),
            sentence=_("What your tools send instead of your password. A changed password does not touch them."),
            actions=(logs, *create),
        )
    contact = desk.owner.contact
    return PageHead(
        title=_("API Access Tokens of %(name)s") % {"name": desk.owner.label},
        sentence=_("The tokens of the login %(user_name)s.") % {"user_name": desk.owner.user_name},
        crumbs=(
            Crumb(label=_("Contacts & Logins"), href=reverse("accounts:contacts")),
            Crumb(label=contact.name, href=reverse("accounts:logins", args=[contact.public_id])),
            Crumb(label=_("API Access Tokens")),
        ),
        actions=create,
    )


def empty_state(desk: Desk, *, may_create: bool) -> EmptyState:
    footnote = _(
        "For a job that runs without you, ask your System Administrator for a service login: it stays when people move."
    )
    return EmptyState(
        title=_("No token yet"),
        sentence=_("Make one for each tool or script, so that you can see what each does and stop it alone."),
        actions=(create_action(desk),) if may_create else (),
        steps=(
            Step(title=_("Create New"), sentence=_("Name it after the tool, choose Expires On and Scopes.")),
            Step(title=_("Generate Token"), sentence=_("The JWT is shown once. Copy it all.")),
            Step(title=_("Save"), sentence=_("It works from that moment. The owner gets a mail.")),
            Step(title=_("Connect"), sentence=_("Paste it into Excel, Power BI, Postman or a script.")),
        ),
        footnote=footnote if desk.own else "",
    )


def ending(desk: Desk) -> list[dict[str, Any]]:
    """Tokens in use that end within 7 days: what would break first."""
    near = desk.tokens.ending_before(timezone.now() + timedelta(days=ENDS_SOON_DAYS)).order_by("expires_at", "id")
    return [
        {"token": token, "url": desk.url(token, "generate"), "distance": distance_to(token.expires_at)}
        for token in near
        if token.expires_at and ends_soon(token) and is_in_use(token)
    ][:NOTES]

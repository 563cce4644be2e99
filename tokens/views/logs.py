"""The token logs: of one token, of all one's own, of the organisation."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import needs, needs_admin_role, needs_personal_role, viewer_of
from accounts.actor import actor_of
from accounts.permissions import Permission
from audit.actor import Reference
from audit.grids.export import FORMATS
from audit.grids.filters import GridFilterSet
from audit.grids.heads import Crumb, EmptyState, PageHead
from audit.grids.tables import GridTable
from audit.grids.views import render_grid
from audit.models import Entry
from audit.querysets import EntryQuerySet
from tokens.actions.reading import record_log_export
from tokens.desk import token_url
from tokens.logs import (
    MyLogFilters,
    MyLogTable,
    OrganisationLogFilters,
    OrganisationLogTable,
    TokenLogFilters,
    TokenLogTable,
)
from tokens.models import AccessToken

WITHOUT_OWNER = ("owner",)


@needs_personal_role
@require_safe
def logs(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The log of one's own token, a revoked one's too."""
    token = get_object_or_404(AccessToken.objects.of_owner(viewer_of(request)), public_id=public_id)
    return log_of_token(request, token, Crumb(label=_("My API Access Tokens"), href=reverse("tokens:mine")), own=True)


@needs_admin_role
@require_safe
def logs_of_login(request: HttpRequest, login_id: str, public_id: str) -> HttpResponseBase:
    """The log of a token of any login of the organisation."""
    tokens = AccessToken.objects.of_organisation(viewer_of(request).organisation_id).select_related("owner__contact")
    token = get_object_or_404(tokens, owner__public_id=login_id, public_id=public_id)
    label = _("API Access Tokens of %(name)s") % {"name": token.owner.label}
    home = Crumb(label=label, href=reverse("tokens:of_login", args=[login_id]))
    return log_of_token(request, token, home, own=False)


@needs_personal_role
@require_safe
def my_logs(request: HttpRequest) -> HttpResponseBase:
    """The log of all tokens that the viewer ever had."""
    viewer = viewer_of(request)
    return render_log(
        request,
        subject=viewer.reference,
        rows=Entry.objects.of_organisation(viewer.organisation_id).of_tokens(AccessToken.objects.of_owner(viewer)),
        table_class=MyLogTable,
        filterset_class=MyLogFilters,
        exclude=WITHOUT_OWNER,
        title=_("All Token Logs"),
        crumbs=(Crumb(label=_("My API Access Tokens"), href=reverse("tokens:mine")), Crumb(label=_("All Token Logs"))),
        export_name="my-token-logs",
    )


@needs(Permission.LOG_VIEW)
@require_safe
def all_logs(request: HttpRequest) -> HttpResponseBase:
    """The log of the organisation's tokens: all, or those of owners in the departments where ``log:view`` holds."""
    viewer = viewer_of(request)
    rows = Entry.objects.of_organisation(viewer.organisation_id)
    reach = viewer.reach(Permission.LOG_VIEW)
    if reach is not None:
        rows = rows.of_tokens(AccessToken.objects.of_departments(reach))
    return render_log(
        request,
        subject=viewer.organisation.reference,
        rows=rows,
        table_class=OrganisationLogTable,
        filterset_class=OrganisationLogFilters,
        title=_("All Token Logs"),
        export_name="all-token-logs",
    )


def log_of_token(request: HttpRequest, token: AccessToken, home: Crumb, *, own: bool) -> HttpResponseBase:
    itself = Crumb(label=token.name, href=token_url(token, "token", own=own))
    return render_log(
        request,
        subject=token.reference,
        rows=Entry.objects.of_organisation(viewer_of(request).organisation_id).of_token(token.public_id),
        table_class=TokenLogTable,
        filterset_class=TokenLogFilters,
        exclude=WITHOUT_OWNER,
        title=_("Token Logs of %(name)s") % {"name": token.name},
        crumbs=(home, itself, Crumb(label=_("Token Logs"))),
        export_name="token-logs",
    )


def render_log(
    request: HttpRequest,
    *,
    subject: Reference,
    rows: EntryQuerySet,
    table_class: type[GridTable],
    filterset_class: type[GridFilterSet],
    title: str,
    export_name: str,
    crumbs: tuple[Crumb, ...] = (),
    exclude: tuple[str, ...] = (),
) -> HttpResponseBase:
    """A page of a log; an export of it is on record before its first row goes out."""
    wanted = request.GET.get("export", "")
    if wanted in FORMATS:
        record_log_export(by=actor_of(request), subject=subject, form=wanted, filters=filters_of(request))
    sentence = _("Every change and every use of a token, newest first. Nothing here can be changed or deleted unseen.")
    return render_grid(
        request,
        template_name="tokens/logs.html",
        table_class=table_class,
        filterset_class=filterset_class,
        queryset=rows.token_log(),
        head=PageHead(title=title, sentence=sentence, crumbs=crumbs),
        empty=EmptyState(title=_("Nothing has happened yet"), sentence=_("The first token made here starts the log.")),
        export_name=export_name,
        keyset=True,
        exclude=exclude,
    )


def filters_of(request: HttpRequest) -> dict[str, Any]:
    return {name: values for name, values in request.GET.lists() if name != "export"}

"""The token logs: of one token, of all one's own, of the organisation."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import needs, needs_admin_role, needs_personal_role, viewer_of
from accounts.actor import actor_of
from accounts.models import Login
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
    LogOfLoginTable,
    MyLogFilters,
    MyLogTable,
    OrganisationLogFilters,
    OrganisationLogTable,
    TokenLogFilters,
    TokenLogTable,
)
from tokens.models import AccessToken
from tokens.views.proving import WANTED, proofs_response, receipt_response

WITHOUT_OWNER = ("owner",)


def entries_in_reach(viewer: Login) -> EntryQuerySet:
    """The entries of the organisation: all, or those about people of the departments where ``log:view`` holds."""
    entries: EntryQuerySet = Entry.objects.of_organisation(viewer.organisation_id)
    reach = viewer.reach(Permission.LOG_VIEW)
    if reach is None:
        return entries
    return entries.about(Login.objects.of_organisation(viewer.organisation_id).assigned_in(reach))


@needs_personal_role
@require_safe
def logs(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The log of one's own token, a revoked one's too, or of a mobile session of one's own."""
    home = Crumb(label=_("My API Access Tokens"), href=reverse("tokens:mine"))
    return log_of_token(request, viewer_of(request), public_id, home, own=True)


@needs_admin_role
@require_safe
def logs_of_login(request: HttpRequest, login_id: str, public_id: str) -> HttpResponseBase:
    """The log of a token of any login of the organisation."""
    logins = Login.objects.of_organisation(viewer_of(request).organisation_id).select_related("contact")
    owner = get_object_or_404(logins, public_id=login_id)
    label = _("API Access Tokens of %(name)s") % {"name": owner.label}
    home = Crumb(label=label, href=reverse("tokens:of_login", args=[login_id]))
    return log_of_token(request, owner, public_id, home, own=False)


@needs_personal_role
@require_safe
def my_logs(request: HttpRequest) -> HttpResponseBase:
    """The log of all tokens that the viewer ever had, and of the viewer's mobile sessions."""
    viewer = viewer_of(request)
    return render_log(
        request,
        subject=viewer.reference,
        rows=Entry.objects.of_organisation(viewer.organisation_id).of_owner(viewer.public_id),
        table_class=MyLogTable,
        filterset_class=MyLogFilters,
        exclude=WITHOUT_OWNER,
        title=_("My Token Logs"),
        crumbs=(Crumb(label=_("My API Access Tokens"), href=reverse("tokens:mine")), Crumb(label=_("My Token Logs"))),
        export_name="my-token-logs",
    )


@needs_personal_role
@require_safe
def own_receipt(request: HttpRequest, entry_id: int) -> HttpResponse:
    """The receipt of an entry about a token of one's own, or a mobile session."""
    viewer = viewer_of(request)
    rows = Entry.objects.of_organisation(viewer.organisation_id).of_owner(viewer.public_id).token_log()
    return receipt_response(rows, entry_id, back_url=reverse("tokens:my_logs"))


@needs(Permission.LOG_VIEW)
@require_safe
def receipt(request: HttpRequest, entry_id: int) -> HttpResponse:
    """The receipt of an entry that the viewer sees in the activity log."""
    rows = entries_in_reach(viewer_of(request))
    return receipt_response(rows, entry_id, back_url=reverse("tokens:entry", args=[entry_id]))


@needs(Permission.LOG_VIEW)
@require_safe
def all_logs(request: HttpRequest) -> HttpResponseBase:
    """The log of the organisation's tokens: all, or those of owners in the departments where ``log:view`` holds."""
    viewer = viewer_of(request)
    return render_log(
        request,
        subject=viewer.organisation.reference,
        rows=entries_in_reach(viewer),
        table_class=OrganisationLogTable,
        filterset_class=OrganisationLogFilters,
        title=_("All Token Logs"),
        export_name="all-token-logs",
    )


def log_of_token(request: HttpRequest, owner: Login, public_id: str, home: Crumb, *, own: bool) -> HttpResponseBase:
    """Also of one that is forgotten since: the ledger still knows whose it was, and its name."""
    rows = Entry.objects.of_organisation(owner.organisation_id).of_token(public_id)
    token = AccessToken.objects.of_owner(owner).select_related("owner").filter(public_id=public_id).first()
    itself: tuple[Crumb, ...] = ()
    if token is None:
        last = rows.of_owner(owner.public_id).order_by("-pk").first()
        if last is None:
            raise Http404
        name, subject = last.token_name, Reference("token", public_id, last.token_name)
    else:
        name, subject = token.name, token.reference
        itself = (Crumb(label=name, href=token_url(token, "token", own=own)),)
    return render_log(
        request,
        subject=subject,
        rows=rows,
        table_class=TokenLogTable if own else LogOfLoginTable,
        filterset_class=TokenLogFilters,
        exclude=WITHOUT_OWNER,
        title=_("Token Logs of %(name)s") % {"name": name},
        crumbs=(home, *itself, Crumb(label=_("Token Logs"))),
        export_name="token-logs",
    )


def render_log(
    request: HttpRequest, *, rows: EntryQuerySet, title: str, crumbs: tuple[Crumb, ...] = (), **options: Any
) -> HttpResponseBase:
    """A page of a token log."""
    sentence = _("Every change and every use of a token, newest first. Nothing here can be changed or deleted unseen.")
    return render_entries(
        request,
        template_name="tokens/logs.html",
        rows=rows.token_log(),
        head=PageHead(title=title, sentence=sentence, crumbs=crumbs),
        empty=EmptyState(title=_("Nothing has happened yet"), sentence=_("The first token made here starts the log.")),
        **options,
    )


def render_entries(
    request: HttpRequest,
    *,
    subject: Reference,
    rows: EntryQuerySet,
    table_class: type[GridTable],
    filterset_class: type[GridFilterSet],
    **options: Any,
) -> HttpResponseBase:
    """A page of entries; an export of it is on record before its first row goes out."""
    wanted = request.GET.get("export", "")
    if wanted == WANTED:
        filtered = filterset_class(request.GET, queryset=rows, request=request).qs
        name = options["export_name"]
        return proofs_response(request, filtered, name=name, subject=subject, filters=filters_of(request))
    if wanted in FORMATS:
        record_log_export(by=actor_of(request), subject=subject, form=wanted, filters=filters_of(request))
    return render_grid(
        request,
        table_class=table_class,
        filterset_class=filterset_class,
        queryset=rows,
        keyset=True,
        extra_context={"has_proofs": True},
        **options,
    )


def filters_of(request: HttpRequest) -> dict[str, Any]:
    return {name: values for name, values in request.GET.lists() if name != "export"}

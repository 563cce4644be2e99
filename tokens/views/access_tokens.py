"""Configuration > Access Tokens: the organisation's tokens by their ids, also those that programs got themselves."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import confirmed_lately, needs_admin_role, viewer_of
from audit.grids.bulk import BulkAction
from audit.grids.heads import EmptyState, HeadAction, PageHead
from audit.grids.views import render_grid
from tokens.filters import AccessTokenFilters
from tokens.tables import AccessTokenTable
from tokens.views.all_tokens import note_export, revoke_rows, tokens_of


@needs_admin_role
@require_safe
def access_tokens(request: HttpRequest) -> HttpResponseBase:
    viewer = viewer_of(request)
    generate = HeadAction(
        label=_("Generate New Token"), href=reverse("tokens:generate_new"), icon="plus", kind="primary", dialog=True
    )
    note_export(request, "access-tokens")
    return render_grid(
        request,
        table_class=AccessTokenTable,
        filterset_class=AccessTokenFilters,
        queryset=tokens_of(viewer, request.GET),
        head=PageHead(
            title=_("Access Tokens"),
            sentence=_("What programs of %(organisation)s call the API with. The value is shown once, when it is made.")
            % {"organisation": viewer.organisation.name},
            actions=(HeadAction(label=_("Documentation"), href=reverse("docs"), kind="link"), generate),
        ),
        empty=EmptyState(
            title=_("No token yet"),
            sentence=_("Generate one for each program that calls the API, with an expiry date and few roles."),
            actions=(generate,),
        ),
        export_name="access-tokens",
        bulk=(BulkAction(_("Revoke…"), reverse("tokens:revoke_access_tokens"), "ban", danger=True),),
    )


@needs_admin_role
@confirmed_lately
@require_POST
def revoke_selected(request: HttpRequest) -> HttpResponse:
    return revoke_rows(request, AccessTokenFilters, reverse("tokens:access_tokens"))

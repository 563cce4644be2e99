"""Login Activity: the page of who signed in and who was refused."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import needs, viewer_of
from accounts.actions.exports import note_login_activity_export
from accounts.actor import actor_of
from accounts.login_activity import LoginActivityFilters, LoginActivityTable
from accounts.models import Login
from accounts.permissions import Permission
from accounts.session_ends import with_endings
from audit.grids.export import FORMATS
from audit.grids.heads import EmptyState, PageHead
from audit.grids.views import render_grid
from audit.models import Entry


@needs(Permission.LOG_VIEW)
@require_safe
def login_activity(request: HttpRequest) -> HttpResponseBase:
    """Of the organisation, or of the people in the departments where ``log:view`` holds."""
    viewer = viewer_of(request)
    rows = Entry.objects.of_organisation(viewer.organisation_id).comings()
    reach = viewer.reach(Permission.LOG_VIEW)
    if reach is not None:
        rows = rows.about(Login.objects.of_organisation(viewer.organisation_id).assigned_in(reach))
    if request.GET.get("export") in FORMATS:
        filters = {name: values for name, values in request.GET.lists() if name != "export"}
        note_login_activity_export(
            organisation=viewer.organisation, wanted=request.GET["export"], filters=filters, by=actor_of(request)
        )
    return render_grid(
        request,
        template_name="accounts/login_activity.html",
        table_class=LoginActivityTable,
        filterset_class=LoginActivityFilters,
        queryset=with_endings(rows),
        head=PageHead(
            title=_("Login Activity"),
            sentence=_("Who signed in, from where and for how long; and who was refused, and why."),
        ),
        empty=EmptyState(title=_("Nobody has signed in yet"), sentence=_("The first sign-in starts this log.")),
        export_name="login-activity",
        keyset=True,
    )

"""Which columns of a grid its reader sees."""

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from accounts.access import signed_in, viewer_of
from accounts.actions.preferences import choose_columns
from accounts.actor import actor_of
from accounts.forms.columns import ColumnsForm


@signed_in
@require_POST
def columns(request: HttpRequest) -> HttpResponse:
    """Keep the choice and lead back to the grid."""
    form = ColumnsForm(request.POST)
    if not form.is_valid():
        raise BadRequest("not the columns of a grid")
    choose_columns(
        login=viewer_of(request),
        grid=form.cleaned_data["grid"],
        hidden=form.cleaned_data["hidden"],
        by=actor_of(request),
    )
    back = request.POST.get("next", "")
    ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    return HttpResponseRedirect(back if ours else "/", status=303)

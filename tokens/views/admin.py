"""API Access Tokens of any login of the organisation, for those with the Admin role."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import confirmed_lately, needs_admin_role, viewer_of
from accounts.models import Login
from tokens.desk import BACK, GRIDS, ITS_PAGE, Desk
from tokens.views import changing, generating, listing, showing


def desk_of(request: HttpRequest, login_id: str, grid: str = "") -> Desk:
    """``grid``: the grid to go back to, where it is not the address that names it."""
    viewer = viewer_of(request)
    logins = Login.objects.of_organisation(viewer.organisation_id).select_related("organisation", "contact")
    owner = get_object_or_404(logins, public_id=login_id)
    back = grid or request.GET.get(BACK, "")
    return Desk(owner=owner, viewer=viewer, own=False, at_token=back == ITS_PAGE, grid=back if back in GRIDS else "")


@needs_admin_role
@require_safe
def tokens(request: HttpRequest, login_id: str) -> HttpResponseBase:
    return listing.show_tokens(request, desk_of(request, login_id))


@needs_admin_role
@require_safe
def token(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return showing.show_token(request, desk_of(request, login_id), public_id)


@needs_admin_role
@require_safe
def sessions(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return showing.show_sessions(request, desk_of(request, login_id), public_id)


@needs_admin_role
@require_safe
def actions(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return listing.show_actions(request, desk_of(request, login_id), public_id)


@needs_admin_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest, login_id: str) -> HttpResponse:
    return changing.show_create(request, desk_of(request, login_id))


@needs_admin_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return changing.show_edit(request, desk_of(request, login_id), public_id)


@needs_admin_role
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return changing.show_revoke(request, desk_of(request, login_id), public_id)


@needs_admin_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def generate(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return generating.show_generate(request, desk_of(request, login_id), public_id)


@needs_admin_role
@require_POST
def save(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return generating.save_jwt(request, desk_of(request, login_id), public_id)


@needs_admin_role
@require_POST
def cancel(request: HttpRequest, login_id: str, public_id: str) -> HttpResponse:
    return generating.cancel_jwt(request, desk_of(request, login_id), public_id)

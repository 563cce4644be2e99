"""My API Access Tokens: one's own tokens, for everyone with the Personal role."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import confirmed_lately, needs_own_creation, needs_personal_role, viewer_of
from tokens.desk import BACK, ITS_PAGE, PERSONAL, Desk
from tokens.views import changing, generating, listing, showing


def own_desk(request: HttpRequest) -> Desk:
    viewer = viewer_of(request)
    back = request.GET.get(BACK, "")
    grid = PERSONAL if back == PERSONAL else ""
    return Desk(owner=viewer, viewer=viewer, own=True, at_token=back == ITS_PAGE, grid=grid)


@needs_personal_role
@require_safe
def tokens(request: HttpRequest) -> HttpResponseBase:
    return listing.show_tokens(request, own_desk(request))


@needs_personal_role
@require_safe
def token(request: HttpRequest, public_id: str) -> HttpResponse:
    return showing.show_token(request, own_desk(request), public_id)


@needs_personal_role
@require_safe
def sessions(request: HttpRequest, public_id: str) -> HttpResponse:
    return showing.show_sessions(request, own_desk(request), public_id)


@needs_personal_role
@require_safe
def actions(request: HttpRequest, public_id: str) -> HttpResponse:
    return listing.show_actions(request, own_desk(request), public_id)


@needs_own_creation
@require_http_methods(["GET", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    return changing.show_create(request, own_desk(request))


@needs_personal_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    return changing.show_edit(request, own_desk(request), public_id)


@needs_personal_role
@require_http_methods(["GET", "POST"])
def revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    return changing.show_revoke(request, own_desk(request), public_id)


@needs_own_creation
@confirmed_lately
@require_http_methods(["GET", "POST"])
def generate(request: HttpRequest, public_id: str) -> HttpResponse:
    return generating.show_generate(request, own_desk(request), public_id)


@needs_own_creation
@require_POST
def save(request: HttpRequest, public_id: str) -> HttpResponse:
    return generating.save_jwt(request, own_desk(request), public_id)


@needs_own_creation
@require_POST
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    return generating.cancel_jwt(request, own_desk(request), public_id)

"""Create API Token: administrators choose whose it is, and what it gets; for some, with its JWT in the same dialog."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import confirmed_lately, needs_admin_role, viewer_of
from accounts.actor import actor_of
from accounts.exceptions import Refused, message
from tokens import actions
from tokens.desk import BACK, Desk
from tokens.forms.owners import OwnerForm, TokenForOwnerForm
from tokens.models import AccessToken
from tokens.rules import against_another, against_making
from tokens.views.admin import desk_of
from tokens.views.changing import with_next_step
from tokens.views.generating import render_jwt

ACCESS = "access"


@needs_admin_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def choose_owner(request: HttpRequest) -> HttpResponse:
    """Whose token it will be. Finding is no change, so it is answered with the same page."""
    data = request.POST if request.method == "POST" else None
    form = OwnerForm(data, organisation_id=viewer_of(request).organisation_id)
    grid = ACCESS if request.GET.get(BACK) == ACCESS else "all"
    if request.method == "POST" and form.is_valid() and (owner := form.chosen()):
        name = "tokens:generate_new_for" if grid == ACCESS else "tokens:create_for"
        return HttpResponseRedirect(reverse(name, args=[owner.public_id]), status=303)
    context = {
        "form": form,
        "offered": form.offered,
        "back_url": reverse("tokens:access_tokens" if grid == ACCESS else "tokens:all"),
    }
    return render(request, "tokens/choose_owner.html", context, status=200 if data is None else 422)


@needs_admin_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def create_for(request: HttpRequest, login_id: str) -> HttpResponse:
    """Administrator > Tokens: the record first; Generate Token is the second step, offered at once."""
    desk = desk_of(request, login_id, grid="all")
    made = created(request, desk)
    if isinstance(made, HttpResponse):
        return made
    if request.POST.get("then") == "generate":
        return HttpResponseRedirect(desk.url(made, "generate"), status=303)
    words = {"name": made.name, "user": desk.owner.label}
    text = _("%(name)s is created for %(user)s. Choose Generate Token to get its JWT.") % words
    messages.success(request, with_next_step(text, desk, made))
    return HttpResponseRedirect(desk.list_url, status=303)


@needs_admin_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def generate_new(request: HttpRequest, login_id: str = "") -> HttpResponse:
    """Configuration > Access Tokens: record and JWT in one dialog, for oneself unless another login was chosen."""
    desk = desk_of(request, login_id or viewer_of(request).public_id, grid=ACCESS)
    made = created(request, desk)
    if isinstance(made, HttpResponse):
        return made
    try:
        shown = actions.generate(token=made, by=actor_of(request))
    except Refused:
        return HttpResponseRedirect(desk.url(made, "generate"), status=303)
    return render_jwt(request, desk, made, shown)


def created(request: HttpRequest, desk: Desk) -> AccessToken | HttpResponse:
    """The new token; or the page that asks for it, or says what is wrong."""
    asked = request.method == "POST"
    reason = message(against_making(desk.viewer, desk.owner) or against_another(desk.owner))
    address = request.META.get("REMOTE_ADDR", "")
    form = TokenForOwnerForm(request.POST if asked else None, owner=desk.owner, address=address)
    if not asked or reason or not form.is_valid():
        return render_form(request, desk, form, reason=reason, status=422 if asked else 200)
    try:
        return actions.create(owner=desk.owner, by=actor_of(request), **form.settings)
    except Refused as refusal:
        form.refuse(refusal)
        return render_form(request, desk, form, status=422)


def render_form(
    request: HttpRequest, desk: Desk, form: TokenForOwnerForm, *, reason: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "desk": desk,
        "form": form,
        "reason": reason,
        "at_once": desk.grid == ACCESS,
        "choose_url": f"{reverse('tokens:create_any')}?{BACK}={desk.grid}",
        "back_url": desk.list_url,
    }
    return render(request, "tokens/create_for.html", context, status=status)

"""Administrator > Tokens, Mobile Users Logged In: who is signed in on which device, and disconnecting them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import confirmed_lately, needs_admin_role, viewer_of
from accounts.actor import actor_of
from accounts.exceptions import Conflict
from accounts.models import Login
from audit.grids.bulk import BulkAction
from audit.grids.confirming import Confirmation, render_confirmation
from audit.grids.heads import EmptyState, HeadAction, PageHead
from audit.grids.menus import Entry, Menu
from audit.grids.moments import number_text
from audit.grids.selection import Selection
from audit.grids.views import render_actions_page, render_grid
from tokens.actions.mobile import disconnect, disconnect_all
from tokens.filters import MobileSessionFilters
from tokens.models import MobileSession
from tokens.querysets import MobileSessionQuerySet
from tokens.reach import PairWords
from tokens.tables import MobileSessionTable
from tokens.views.all_tokens import note_export, tabs


def sessions_of(viewer: Login) -> MobileSessionQuerySet:
    """The open mobile sessions of the viewer's organisation."""
    return MobileSession.objects.of_organisation(viewer.organisation_id).open().for_grid()


@needs_admin_role
@require_safe
def mobile_users(request: HttpRequest) -> HttpResponseBase:
    viewer = viewer_of(request)
    note_export(request, "mobile-users")
    return render_grid(
        request,
        table_class=MobileSessionTable,
        filterset_class=MobileSessionFilters,
        queryset=sessions_of(viewer),
        head=PageHead(
            title=_("Tokens"),
            sentence=_(
                "Who is signed in on a mobile device. Each ends 30 days after sign-in, or when you disconnect it."
            ),
            actions=(HeadAction(label=_("All Token Logs"), href=reverse("tokens:all_logs"), kind="link"),),
            tabs=tabs(viewer, current="tokens:mobile_users"),
        ),
        empty=EmptyState(
            title=_("Nobody is signed in on a mobile device"),
            sentence=_("Whoever signs in from a mobile app is listed here until the session ends."),
            actions=(HeadAction(label=_("How an app signs in"), href=reverse("docs"), kind="secondary"),),
        ),
        export_name="mobile-users",
        bulk=(BulkAction(_("Disconnect users…"), reverse("tokens:disconnect_selected"), "log-out", danger=True),),
    )


@needs_admin_role
@require_safe
def actions(request: HttpRequest, session_id: str) -> HttpResponse:
    session = get_object_or_404(sessions_of(viewer_of(request)), public_id=session_id)
    itself = reverse("tokens:mobile_user", args=[session.public_id])
    contact = reverse("accounts:logins", args=[session.login.contact.public_id])
    log = f"{reverse('tokens:all_logs')}?token={session.public_id}"
    menu = Menu(
        session.login.label,
        [
            [
                Entry(_("Open"), itself, "smartphone", method="dialog"),
                Entry(_("Login"), contact, "log-in"),
                Entry(_("Token Logs"), log, "scroll-text"),
            ],
            [Entry(_("Disconnect user…"), itself, "log-out", danger=True, method="dialog")],
        ],
    )
    return render_actions_page(request, menu=menu, back_url=reverse("tokens:mobile_users"))


@needs_admin_role
@confirmed_lately
@require_http_methods(["GET", "POST"])
def mobile_user(request: HttpRequest, session_id: str) -> HttpResponse:
    """Everything about one session, and the button that ends it."""
    session = get_object_or_404(sessions_of(viewer_of(request)), public_id=session_id)
    if request.method != "POST":
        return render_session(request, session)
    try:
        disconnect(session=session, by=actor_of(request))
    except Conflict as refusal:
        return render_session(request, session, reason=refusal.message, status=409)
    words = {"name": session.login.label, "device": session.device}
    messages.success(request, _("%(name)s is disconnected: %(device)s is refused from now on.") % words)
    return HttpResponseRedirect(reverse("tokens:mobile_users"), status=303)


def render_session(
    request: HttpRequest, session: MobileSession, *, reason: str = "", status: int = 200
) -> HttpResponse:
    words = PairWords.of(session.login.organisation_id)
    context = {
        "session": session,
        "reach": words.texts(session.pairs),
        "reason": reason,
        "back_url": reverse("tokens:mobile_users"),
        "deed": _("Disconnect user"),
        "danger": True,
    }
    return render(request, "tokens/mobile_user.html", context, status=status)


@needs_admin_role
@confirmed_lately
@require_POST
def disconnect_selected(request: HttpRequest) -> HttpResponse:
    sessions = sessions_of(viewer_of(request))
    selection = Selection.of(request, queryset=sessions, filterset_class=MobileSessionFilters)
    count = selection.count
    confirmation = Confirmation(
        request=request,
        selection=selection,
        title=ngettext("Disconnect %(count)s mobile user", "Disconnect %(count)s mobile users", count)
        % {"count": number_text(count)},
        small=_("Mobile Users Logged In"),
        deed=_("Disconnect"),
        back_url=reverse("tokens:mobile_users"),
        sentence=_("The next call of each of these devices is refused. To go on, the person signs in again there."),
        name=lambda session: f"{session.login.label} · {session.device}",
        danger=True,
    )
    if not confirmation.is_given:
        return render_confirmation(confirmation)
    ended = disconnect_all(sessions=selection.rows, by=actor_of(request))
    done = ngettext("%(count)s mobile user is disconnected.", "%(count)s mobile users are disconnected.", ended)
    messages.success(request, done % {"count": number_text(ended)})
    return HttpResponseRedirect(reverse("tokens:mobile_users"), status=303)

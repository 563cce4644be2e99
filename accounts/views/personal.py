"""One's own settings and sessions: what the Personal page changes besides tokens."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import sessions
from accounts.access import confirmed_lately, signed_in, viewer_of
from accounts.actions import personal
from accounts.actions import sessions as session_actions
from accounts.actor import actor_of
from accounts.exceptions import Conflict
from accounts.forms.personal import AppearanceForm, PreferencesForm
from accounts.zones import zone_named

page = require_http_methods(["GET", "POST"])


@signed_in
@page
def edit_preferences(request: HttpRequest) -> HttpResponse:
    login = viewer_of(request)
    form = PreferencesForm(request.POST if request.method == "POST" else None, login=login)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "back_url": reverse("personal"), "deed": _("Save")}
        return render(request, "accounts/preferences.html", context, status=422 if request.method == "POST" else 200)
    personal.set_preferences(login=login, by=actor_of(request), **form.cleaned_data)
    # The answer speaks the new language already.
    translation.activate(login.language)
    timezone.activate(zone_named(login.time_zone))
    messages.success(request, _("Your settings are saved. They act from this page on."))
    answer = HttpResponseRedirect(reverse("personal"), status=303)
    answer["Content-Language"] = login.language
    return answer


@signed_in
@require_POST
def choose_appearance(request: HttpRequest) -> HttpResponse:
    """Sent by the header's switch without a page to show; by the buttons of a page, which it then leads back to."""
    form = AppearanceForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    personal.set_appearance(login=viewer_of(request), appearance=form.cleaned_data["appearance"])
    next_page = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(next_page, allowed_hosts=None) or not next_page.startswith("/"):
        next_page = reverse("personal")
    return HttpResponseRedirect(next_page, status=303)


@signed_in
@confirmed_lately
@page
def end_session(request: HttpRequest, public_id: str) -> HttpResponse:
    """Sign out of another session of one's own; of this one by Log Out."""
    login = viewer_of(request)
    row = get_object_or_404(sessions.live(login), **{f"data__{sessions.PUBLIC_ID}": public_id})
    session = sessions.in_words(row, request.session.session_key)
    if session.is_here:
        return HttpResponseRedirect(reverse("account_logout"), status=303)
    if request.method != "POST":
        context = {"session": session, "back_url": reverse("personal"), "deed": _("Sign out there"), "danger": True}
        return render(request, "accounts/end_session.html", context)
    try:
        session_actions.end(login=login, session=public_id, by=actor_of(request))
    except Conflict as conflict:
        messages.info(request, conflict.message)
    else:
        messages.success(request, _("%(tool)s is signed out.") % {"tool": session.tool})
    return HttpResponseRedirect(reverse("personal"), status=303)

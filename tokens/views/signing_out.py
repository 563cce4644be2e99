"""Signing out everybody of an organisation at once, in browsers and mobile apps."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts import sessions
from accounts.access import confirmed_lately, needs_everywhere, viewer_of
from accounts.actions.shutting_out import sign_out_everywhere
from accounts.actor import actor_of
from accounts.forms.deletion import DeletionForm
from accounts.models import Login
from accounts.permissions import Permission
from accounts.sessions import How
from audit.grids.moments import number_text
from tokens.models import MobileSession


@needs_everywhere(Permission.ORGANISATION_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def sign_everybody_out(request: HttpRequest) -> HttpResponse:
    """The organisation's name has to be typed. Whoever does it stays signed in, in this browser alone."""
    mine, here = viewer_of(request).organisation, request.session.session_key or ""
    form = DeletionForm(request.POST if request.method == "POST" else None, words=mine.name)
    if request.method == "POST" and form.is_valid():
        everybody = Login.objects.filter(organisation=mine)
        count = sign_out_everywhere(
            logins=everybody, organisation_id=mine.pk, how=How.ADMINISTRATOR, keep=here, by=actor_of(request)
        )
        told = ngettext("%(count)s session has ended.", "%(count)s sessions have ended.", count)
        messages.success(request, told % {"count": number_text(count)})
        return HttpResponseRedirect(reverse("tokens:organisation"), status=303)
    context = {
        "form": form,
        "organisation": mine,
        "browsers": sessions.live_in(mine.pk).exclude(session_key=here).count(),
        "apps": MobileSession.objects.of_organisation(mine.pk).open().count(),
        "deed": _("Sign everybody out"),
        "danger": True,
        "back_url": reverse("tokens:organisation"),
    }
    return render(request, "tokens/sign_everybody_out.html", context, status=422 if form.is_bound else 200)

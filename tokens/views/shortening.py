"""Administrator > Tokens: letting many tokens end sooner, at a day that is chosen for all of them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.access import confirmed_lately, needs_admin_role
from accounts.actor import actor_of
from accounts.exceptions import Refused
from audit.grids.confirming import Confirmation, render_confirmation
from audit.grids.moments import long_day_text, number_text
from audit.grids.selection import Selection
from tokens import actions
from tokens.filters import OrganisationTokenFilters
from tokens.forms.tokens import LastDayForm
from tokens.views.all_tokens import selection_of


@needs_admin_role
@confirmed_lately
@require_POST
def shorten_selected(request: HttpRequest) -> HttpResponse:
    selection = selection_of(request, OrganisationTokenFilters)
    form = LastDayForm(request.POST if request.POST.get("confirmed") else None)
    confirmation = confirmation_of(request, selection, form)
    if not confirmation.is_given or not form.is_valid():
        return render_confirmation(confirmation)
    day = form.cleaned_data["last_day"]
    try:
        count = actions.shorten_all(tokens=selection.rows, last_day=day, by=actor_of(request))
    except Refused as refusal:
        form.add_error("last_day", refusal.message)
        return render_confirmation(confirmation)
    words = ngettext(
        "%(count)s token is shortened: it ends with %(date)s.",
        "%(count)s tokens are shortened: they end with %(date)s.",
        count,
    )
    messages.success(request, words % {"count": number_text(count), "date": long_day_text(day)})
    if stayed := selection.count - count:
        told = ngettext(
            "%(count)s token ends before that, and stays as it was.",
            "%(count)s tokens end before that, and stay as they were.",
            stayed,
        )
        messages.info(request, told % {"count": number_text(stayed)})
    return HttpResponseRedirect(confirmation.back, status=303)


def confirmation_of(request: HttpRequest, selection: Selection, form: LastDayForm) -> Confirmation:
    count = selection.count
    return Confirmation(
        request=request,
        selection=selection,
        title=ngettext("Shorten %(count)s token", "Shorten %(count)s tokens", count) % {"count": number_text(count)},
        small=_("Tokens"),
        deed=_("Shorten Expiry"),
        back_url=reverse("tokens:all"),
        sentence=_(
            "Those that last longer end with the day that you choose, and so does their next JWT. Those that end "
            "before it stay as they are. To let one last longer again, edit it and generate a new JWT."
        ),
        name=lambda token: f"{token.name} · {token.owner.label}",
        form=form,
    )

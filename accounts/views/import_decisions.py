"""Applying or discarding an import whose dry run was read."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import confirmed_lately, needs
from accounts.actions.imports import apply_import, discard_import
from accounts.actor import actor_of
from accounts.exceptions import Conflict, Refused
from accounts.forms.imports import ApplyForm
from accounts.models import ContactImport, ImportState, RowResult
from accounts.permissions import Permission
from accounts.views.one_import import address_of, apply_words, totals, visible_import

MOST_NAMED = 20


@needs(Permission.CONTACT_MANAGE)
@confirmed_lately
@require_http_methods(["GET", "POST"])
def apply(request: HttpRequest, public_id: str) -> HttpResponse:
    one = visible_import(request, public_id)
    if request.method != "POST":
        return apply_page(request, one, ApplyForm())
    form = ApplyForm(request.POST)
    form.is_valid()  # a box is ticked or not
    try:
        apply_import(contact_import=one, sends_activation=form.cleaned_data["sends_activation"], by=actor_of(request))
    except Refused as refusal:
        return apply_page(request, one, form, refusal=refusal)
    return HttpResponseRedirect(address_of(one), status=303)


def apply_page(
    request: HttpRequest, one: ContactImport, form: ApplyForm, *, refusal: Refused | None = None
) -> HttpResponse:
    deleted = one.rows.filter(result=RowResult.DELETE).order_by("line").values_list("name", "user_name")
    context = {
        "one": one,
        "form": form,
        "reason": refusal.message if refusal else against_applying(one),
        "totals": totals(one),
        "deleted": [user_name or name for name, user_name in deleted[:MOST_NAMED]],
        "further": max(0, one.counts.get(RowResult.DELETE, 0) - MOST_NAMED),
        "creates": one.counts.get(RowResult.CREATE, 0),
        "deed": apply_words(one),
        "danger": bool(one.counts.get(RowResult.DELETE)),
        "back_url": address_of(one),
    }
    status = 200 if refusal is None else 409 if isinstance(refusal, Conflict) else 422
    return render(request, "accounts/imports/apply.html", context, status=status)


def against_applying(one: ContactImport) -> str:
    """Why the page offers no button; the action decides."""
    if one.state != ImportState.CHECKED:
        return _("This import is not waiting to be applied any more.")
    if one.refused:
        return _("Rows are refused. Mend the file and import it again: nothing is applied in part.")
    return "" if one.changes else _("There is nothing to apply: everything is as the file says.")


@needs(Permission.CONTACT_MANAGE)
@require_http_methods(["GET", "POST"])
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    one = visible_import(request, public_id)
    context = {"one": one, "back_url": address_of(one), "deed": _("Discard"), "danger": True, "reason": ""}
    if request.method != "POST":
        return render(request, "accounts/imports/discard.html", context)
    try:
        discard_import(contact_import=one, by=actor_of(request))
    except Conflict as conflict:
        return render(request, "accounts/imports/discard.html", {**context, "reason": conflict.message}, status=409)
    messages.success(request, _("The import of %(file)s is discarded. Nobody was changed.") % {"file": one.file_name})
    return HttpResponseRedirect(reverse("accounts:import"), status=303)

"""The page of a person who lacks a right: what is missing, and who can give it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from accounts.models import Login
from accounts.permissions import Permission

MISSING = {
    "personal_role": _("the Personal role for API tokens"),
    "own_creation": _("the right to create own access tokens"),
    "admin_role": _("the Admin role for API tokens"),
}


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a ``NotAllowed``: 403, with the System Administrators of the person's own organisation."""
    missing = str(getattr(exception, "missing", ""))
    context = {
        "missing": missing,
        "missing_words": missing_words(missing),
        "administrators": SimpleLazyObject(lambda: administrators(request)),
        "request_id": getattr(request, "request_id", ""),
    }
    return render(request, "errors/403.html", context, status=403)


def missing_words(missing: str) -> str:
    """The right in words; empty for one that has no name."""
    labels = dict(zip(Permission.values, Permission.labels, strict=True))
    return str(MISSING.get(missing) or labels.get(missing) or "")


def administrators(request: HttpRequest) -> list[Login]:
    """Whom to ask; nobody for a person who is not signed in."""
    login = getattr(request, "user", None)
    if not isinstance(login, Login):
        return []
    return list(Login.objects.can_grant_roles(login.organisation_id).order_by("contact__first_name", "pk"))

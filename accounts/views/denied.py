"""The page of a person who lacks a right: what is missing, and who can give it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.models import Login


def denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a ``NotAllowed``: 403, with the System Administrators of the person's own organisation."""
    context = {
        "missing": getattr(exception, "missing", ""),
        "administrators": administrators(request),
        "request_id": getattr(request, "request_id", ""),
    }
    return render(request, "errors/403.html", context, status=403)


def administrators(request: HttpRequest) -> list[Login]:
    """Whom to ask; nobody for a person who is not signed in."""
    login = getattr(request, "user", None)
    if not isinstance(login, Login):
        return []
    return list(Login.objects.can_grant_roles(login.organisation_id).order_by("contact__first_name", "pk"))

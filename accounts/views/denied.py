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
    # In the console's frame, so that a person who is signed in finds the way on.
    template = "accounts/denied.html" if isinstance(request.user, Login) else "errors/403.html"
    return render(request, template, context, status=403)


def administrators(request: HttpRequest) -> list[Login]:
    """Whom to ask; nobody for a person who is not signed in."""
    login = getattr(request, "user", None)
    if not isinstance(login, Login):
        return []
    return list(Login.objects.can_grant_roles(login.organisation_id).order_by("contact__first_name", "pk"))

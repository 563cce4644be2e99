"""Every address of the console and the API, by the app that answers it."""

from django.urls import include, path

urlpatterns = [
    path("", include("accounts.urls")),
    path("", include("tokens.urls")),
]

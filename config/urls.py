"""Every address of the console and the API, by the app that answers it."""

from django.urls import include, path

from config import health, metrics
from tokens.views.home import home
from tokens.views.personal import personal

# First what programs call: every pattern before the right one is tried on every call.
urlpatterns = [
    path("", include("tokens.api.urls")),
    path("", home, name="home"),
    path("personal", personal, name="personal"),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("metrics", metrics.metrics),
    path("", include("accounts.urls.sign_in")),
    path("", include("accounts.urls")),
    path("", include("tokens.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

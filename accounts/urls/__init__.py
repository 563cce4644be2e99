"""The console's addresses of the accounts app: people, their logins, and what is changed of them."""

from django.urls import path

from accounts.urls.imports import urlpatterns as imports
from accounts.urls.people import urlpatterns as people
from accounts.urls.personal import urlpatterns as personal
from accounts.urls.places import urlpatterns as places
from accounts.views import grids, login_activity

app_name = "accounts"
urlpatterns = [
    path("columns", grids.columns, name="grid_columns"),
    path("login-activity", login_activity.login_activity, name="login_activity"),
    *imports,
    *people,
    *personal,
    *places,
]

"""The console's addresses of the tokens app."""

from django.urls import URLPattern

app_name = "tokens"
urlpatterns: list[URLPattern] = []

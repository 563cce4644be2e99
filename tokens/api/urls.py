"""The addresses that programs call. No trailing slash, no redirect."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []

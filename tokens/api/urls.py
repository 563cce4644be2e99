"""The addresses that programs call. No trailing slash, no redirect."""

from django.urls import URLPattern, path

from tokens.api.data import ReportRows
from tokens.api.jwks import jwks
from tokens.api.meta import Meta, MetaReport, MetaReports

urlpatterns: list[URLPattern] = [
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("v1/access-tokens/.well-known/jwks.json", jwks, name="access_tokens_jwks"),
    path("api/meta", Meta.as_view(), name="meta"),
    path("api/meta/reports", MetaReports.as_view(), name="meta_reports"),
    path("api/meta/reports/<str:name>", MetaReport.as_view(), name="meta_report"),
    path("api/data/<str:name>", ReportRows.as_view(), name="report_rows"),
]

"""The addresses that programs call. No trailing slash, no redirect."""

from django.urls import URLPattern, path

from tokens.api.data import ReportRows
from tokens.api.jwks import jwks
from tokens.api.meta import Meta, MetaReport, MetaReports
from tokens.api.oauth.metadata import access_tokens_issuer, authorization_server, protected_resource

urlpatterns: list[URLPattern] = [
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("v1/access-tokens/.well-known/jwks.json", jwks, name="access_tokens_jwks"),
    path(".well-known/oauth-authorization-server", authorization_server, name="oauth_authorization_server"),
    path(".well-known/oauth-protected-resource", protected_resource, name="oauth_protected_resource"),
    path(".well-known/oauth-protected-resource/api", protected_resource, name="oauth_protected_resource_api"),
    path("v1/access-tokens/.well-known/openid-configuration", access_tokens_issuer, name="access_tokens_issuer"),
    path("api/meta", Meta.as_view(), name="meta"),
    path("api/meta/reports", MetaReports.as_view(), name="meta_reports"),
    path("api/meta/reports/<str:name>", MetaReport.as_view(), name="meta_report"),
    path("api/data/<str:name>", ReportRows.as_view(), name="report_rows"),
]

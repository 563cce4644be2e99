"""The addresses that programs call. No trailing slash, no redirect."""

from django.urls import URLPattern, path

from tokens.api.data import ReportRows
from tokens.api.docs import DocsPage
from tokens.api.document import Schema
from tokens.api.epilot import AccessTokens, OneAccessToken
from tokens.api.jwks import jwks
from tokens.api.leaked import Leaked
from tokens.api.ledger import checkpoint, checkpoint_of, consistency, key
from tokens.api.management import ManagementAddress
from tokens.api.meta import Meta, MetaReport, MetaReports
from tokens.api.mobile import MobileLogin, MobileLogout, MobileRefresh
from tokens.api.oauth.introspection import Introspect
from tokens.api.oauth.metadata import access_tokens_issuer, authorization_server, protected_resource
from tokens.api.oauth.revocation import Revoke
from tokens.api.oauth.token import ApinizerToken, OauthToken
from tokens.api.whoami import WhoAmI

# What is called most comes first: patterns are tried one by one.
urlpatterns: list[URLPattern] = [
    path("api/data/<str:name>", ReportRows.as_view(), name="report_rows"),
    path("api/meta", Meta.as_view(), name="meta"),
    path("api/meta/reports", MetaReports.as_view(), name="meta_reports"),
    path("api/meta/reports/<str:name>", MetaReport.as_view(), name="meta_report"),
    path(".well-known/jwks.json", jwks, name="jwks"),
    path("v1/access-tokens/.well-known/jwks.json", jwks, name="access_tokens_jwks"),
    path(".well-known/oauth-authorization-server", authorization_server, name="oauth_authorization_server"),
    path(".well-known/oauth-protected-resource", protected_resource, name="oauth_protected_resource"),
    path(".well-known/oauth-protected-resource/api", protected_resource, name="oauth_protected_resource_api"),
    path("v1/access-tokens/.well-known/openid-configuration", access_tokens_issuer, name="access_tokens_issuer"),
    path("api/whoami", WhoAmI.as_view(), name="whoami"),
    path("v1/access-tokens", AccessTokens.as_view(), name="access_tokens"),
    path("v1/access-tokens/<str:public_id>", OneAccessToken.as_view(), name="access_token"),
    path("api/tokens/leaked", Leaked.as_view(), name="report_leak"),
    path("api/ledger/checkpoint", checkpoint, name="ledger_checkpoint"),
    path("api/ledger/checkpoints/<int:size>", checkpoint_of, name="ledger_checkpoint_of"),
    path("api/ledger/consistency/<int:old>/<int:new>", consistency, name="ledger_consistency"),
    path("api/ledger/key", key, name="ledger_key"),
    path("api/mobile/login", MobileLogin.as_view(), name="mobile_login"),
    path("api/mobile/refresh", MobileRefresh.as_view(), name="mobile_refresh"),
    path("api/mobile/logout", MobileLogout.as_view(), name="mobile_logout"),
    path("api/schema", Schema.as_view(), name="schema"),
    path("api/docs", DocsPage.as_view(), name="docs"),
    path("apiops/auth/token", ApinizerToken.as_view(), name="apiops_auth_token"),
    path("apiops/<path:rest>", ManagementAddress.as_view(), name="apiops_rest"),
    path("oauth/token", OauthToken.as_view(), name="oauth_token"),
    path("oauth/introspect", Introspect.as_view(), name="oauth_introspect"),
    path("oauth/revoke", Revoke.as_view(), name="oauth_revoke"),
]

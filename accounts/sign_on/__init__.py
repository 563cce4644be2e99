"""Single sign-on by OpenID Connect Core 1.0: authorization code flow with PKCE, and every check of the ID token."""

"""The addresses of the OAuth standards: tokens for programs, introspection, revocation, metadata."""

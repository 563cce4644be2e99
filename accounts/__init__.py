"""Organisations, departments, user types, contacts, logins, assignments and token roles."""

"""Deeds on many rows of Contacts & Logins at once."""

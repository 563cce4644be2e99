"""Importing contacts and logins from a file: reading it, and finding out what it would change. Nothing here writes."""

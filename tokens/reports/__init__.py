"""The tables that the API serves: one file each, listed by dotted path in ``settings.REPORTS``."""

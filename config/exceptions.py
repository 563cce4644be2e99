"""What stops a start."""

from django.core.exceptions import ImproperlyConfigured


class Refused(ImproperlyConfigured):
    """The environment asks for something unsafe or impossible; the message is the one line to show."""

"""Stands in for Django's command of this name."""

from config.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = instead = "A password is changed in the console, on record: Change password, or Forgot password?"

"""Stands in for Django's command of this name."""

from config.management.refused import RefusedCommand


class Command(RefusedCommand):
    help = instead = "There is no superuser. An organisation begins with create_organisation."

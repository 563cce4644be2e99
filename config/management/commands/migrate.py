"""``migrate``: Django's own, by the owner of the tables where ``DATABASE_OWNER_URL`` names one, without a deadline."""

import copy
from typing import Any

from django.conf import settings
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from config import guards


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        usual = copy.deepcopy(connection.settings_dict)
        connection.close()
        connection.settings_dict.update(settings.DATABASE_OWNER or {})
        connection.settings_dict["OPTIONS"]["deadline"] = None
        try:
            super().handle(*args, **options)
            if settings.DATABASE_OWNER:
                guards.grant(connection, usual["USER"])
        finally:
            connection.close()
            connection.settings_dict.update(usual)

"""Writes the OpenAPI file of the API, which is kept with the code and served as it is."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tokens.api.document import FILE


class Command(BaseCommand):
    help = "Write tokens/api/openapi.json anew from the addresses and their descriptions."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            from tokens.api.schema import building  # noqa: PLC0415  # its library is installed for tests and checks alone
        except ModuleNotFoundError as error:
            raise CommandError(f"{error}. The file is written where the checks run: make setup, then again.") from None
        try:
            content = building.written()
        except building.NotDescribed as error:
            raise CommandError(str(error)) from None
        FILE.write_bytes(content)
        self.stdout.write(f"{FILE}: {len(content):,} bytes")

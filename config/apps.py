"""Names the app that holds the project's own commands."""

from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "config"

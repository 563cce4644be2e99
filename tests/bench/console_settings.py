"""The console's own settings, with one address more: the tiny one that all who are measured answer."""

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.bench.console_urls"

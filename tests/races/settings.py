"""The settings of a served console that lacks a protection (``broken.py``)."""

from tests.settings import *  # noqa: F403
from tests.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.races.broken.Broken"]

"""The settings of a small project that lists the same table by a DRF serializer."""

import os
from typing import Any

import environ

SECRET_KEY = "a secret of the peer, which signs nothing"
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
INSTALLED_APPS = ["rest_framework"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.reports_peer"
WSGI_APPLICATION = "tests.bench.reports_peer_wsgi.application"
found: dict[str, Any] = environ.Env.db_url_config(os.environ["REPORTS_DATABASE_URL"])
DATABASES = {"default": {**found, "CONN_MAX_AGE": None}}
USE_TZ, USE_I18N = True, False
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
}

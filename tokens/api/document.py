"""The OpenAPI file, and the address that serves it as it is: built beforehand, never for a request."""

from functools import cache
from pathlib import Path
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.request import Request

from tokens.api.conditional import conditional
from tokens.api.views_base import PublicApiView

FILE = Path(__file__).resolve().parent / "openapi.json"
CONTENT_TYPE = "application/vnd.oai.openapi+json"
MAX_AGE_SECONDS = 300


@cache
def content() -> bytes:
    return FILE.read_bytes()


@cache
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = orjson.loads(content())
    return parsed


class Schema(PublicApiView):
    """The description of the API for programs."""

    def get(self, request: Request) -> HttpResponse:
        return conditional(request, content(), content_type=CONTENT_TYPE, max_age=MAX_AGE_SECONDS, shared=True)

"""The public keys that JWTs of this console verify with (RFC 7517)."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import public
from tokens.api.conditional import conditional
from tokens.keys import ring

CONTENT_TYPE = "application/jwk-set+json"
MAX_AGE_SECONDS = 300


@public
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    content = orjson.dumps(ring().jwks)
    return conditional(request, content, content_type=CONTENT_TYPE, max_age=MAX_AGE_SECONDS, shared=True)

"""The public keys that JWTs of this console verify with (RFC 7517)."""

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import public
from tokens.keys import ring

MAX_AGE_SECONDS = 300


@public
@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    return HttpResponse(
        orjson.dumps(ring().jwks),
        content_type="application/jwk-set+json",
        headers={"Cache-Control": f"public, max-age={MAX_AGE_SECONDS}"},
    )

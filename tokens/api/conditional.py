"""Documents that a program may ask for again: an ETag for each form, 304 for what it has, gzip where it asks."""

from __future__ import annotations

import hashlib
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from rest_framework.request import Request

from tokens.admission import Admitted
from tokens.api.compression import GZIP, WORTH_PACKING, gzip_bytes, wants_gzip

VARY_SHARED = "Accept-Encoding"
VARY_PRIVATE = "Authorization, Auth-Token, Auth-Tenant-Id, Accept-Encoding"  # all that may carry a token


def conditional(
    request: HttpRequest | Request,
    body: bytes,
    *,
    content_type: str,
    max_age: int | None = None,
    shared: bool,
) -> HttpResponse:
    """The document, or 304 when the request names its ETag (RFC 9110, 13.1.2), or 412 for If-Match with another.

    A ``shared`` document is the same for everyone and may be kept ``max_age`` seconds by anything in between. Any other
    belongs to the token of the admitted call: only the caller may keep it, who asks each time (and is admitted and
    recorded each time); its ETag is made from the token's id too, so that one token's answer never stands for
    another's. No document with a JWT in it goes through here: compressed, its length would tell about the JWT.
    """
    caller = "" if shared else caller_of(request)
    mark = hashlib.sha256(f"{caller}\n{content_type}\n".encode() + body).hexdigest()[:32]
    headers = {
        "Cache-Control": _cache_control(max_age, shared=shared),
        "Vary": VARY_SHARED if shared else VARY_PRIVATE,
        "ETag": f'"{mark}"',
    }
    if len(body) >= WORTH_PACKING and wants_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        body = gzip_bytes(body)
        headers |= {"ETag": f'"{mark}-{GZIP}"', "Content-Encoding": GZIP}
    whole = HttpResponse(body, content_type=content_type, headers=headers)
    return get_conditional_response(request, headers["ETag"], response=whole) or whole


def caller_of(request: HttpRequest | Request) -> str:
    """The id of the token that was given; of the login, where a password was."""
    admitted = cast("Admitted", cast("Request", request).auth)
    return admitted.token_id or admitted.owner_public_id


def _cache_control(max_age: int | None, *, shared: bool) -> str:
    if not shared:
        return "private, no-cache"
    return "public, no-cache" if max_age is None else f"public, max-age={max_age}"

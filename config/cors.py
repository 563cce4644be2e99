"""Lets pages of the listed origins read the API's answers (CORS); installed only where ``CORS_ORIGINS`` lists any."""

from urllib.parse import SplitResult

from corsheaders.middleware import ACCESS_CONTROL_ALLOW_ORIGIN, CorsMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase


class ApiCors(CorsMiddleware):
    """Origins as they are written, on the API's addresses, without cookies; what to allow is in the settings."""

    def check_preflight(self, request: HttpRequest) -> HttpResponseBase | None:
        """A browser's question before a call: no token is due, and nothing is said to origins that are not listed."""
        preflight = super().check_preflight(request)
        if preflight is None or not is_listed(request.headers.get("Origin", "")):
            return None
        answer = HttpResponse(status=204)
        del answer.headers["Content-Type"]
        return answer

    def add_response_headers(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Of the answers, too, that a listed origin may read no other header says that it may not."""
        response = super().add_response_headers(request, response)
        if response.has_header(ACCESS_CONTROL_ALLOW_ORIGIN):
            response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        return response

    def origin_found_in_white_lists(self, origin: str, url: SplitResult) -> bool:
        """The whole header, not its host alone: an origin has no path, so what has one is none."""
        return is_listed(origin)


def is_listed(origin: str) -> bool:
    return origin in settings.CORS_ALLOWED_ORIGINS

"""The page of the API's documentation: for people, made from the OpenAPI file, and kept as it was made."""

from functools import cache

from csp.utils import build_policy
from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from rest_framework.request import Request

from tokens.api import document
from tokens.api.conditional import conditional
from tokens.api.docs_parts import Docs
from tokens.api.docs_snippets import connection_test, first_of_each_tool, for_reports
from tokens.api.views_base import PublicApiView

CONTENT_TYPE = "text/html; charset=utf-8"
EXAMPLE_REPORT = "ContactsAndLogins"


class DocsPage(PublicApiView):
    """The one address of the API that answers HTML. It knows nobody: no session, no cookie, the same for all."""

    def get(self, request: Request) -> HttpResponse:
        body = page(settings.PUBLIC_URL)
        answer = conditional(request, body, content_type=CONTENT_TYPE, max_age=document.MAX_AGE_SECONDS, shared=True)
        answer["Content-Security-Policy"] = build_policy()  # the console's own: it loads our style and script
        return answer


@cache
def page(host: str) -> bytes:
    """The page for a console whose address is ``host``."""
    snippets = for_reports(host, EXAMPLE_REPORT)
    context = {
        "docs": Docs(document.document()),
        "host": host,
        "report": EXAMPLE_REPORT,
        "test": connection_test(host),
        "snippets": snippets,
        "tools": first_of_each_tool(snippets),
    }
    return render_to_string("api/docs.html", context).encode()

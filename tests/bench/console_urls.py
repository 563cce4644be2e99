"""The console's addresses, and last of all, where finding it takes longest, the tiny one."""

from django.http import HttpResponse
from django.urls import path
from rest_framework.request import Request

from config import urls
from tests.bench.tiny import ADDRESS, CONTENT
from tokens.api.views_base import ApiView, answer
from tokens.scopes import Scope


class Tiny(ApiView):
    """An address of the API like any other."""

    required_scope = Scope.REPORT

    def get(self, request: Request) -> HttpResponse:
        return answer(CONTENT)


urlpatterns = [*urls.urlpatterns, path(ADDRESS, Tiny.as_view())]

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

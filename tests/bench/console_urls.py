"""The console's addresses, and right after those of its reports, which it stands for, the tiny one."""

from django.http import HttpResponse
from django.urls import include, path
from rest_framework.request import Request

from config import urls
from tests.bench.tiny import ADDRESS, CONTENT
from tokens.api import urls as api
from tokens.api.views_base import ApiView, answer
from tokens.scopes import Scope


class Tiny(ApiView):
    """An address of the API like any other."""

    required_scope = Scope.REPORT

    def get(self, request: Request) -> HttpResponse:
        return answer(CONTENT)


REPORTS = 4  # so many addresses of the API are about reports, and come first
of_programs = [*api.urlpatterns[:REPORTS], path(ADDRESS, Tiny.as_view()), *api.urlpatterns[REPORTS:]]
urlpatterns = [path("", include(of_programs)), *urls.urlpatterns[1:]]

handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500

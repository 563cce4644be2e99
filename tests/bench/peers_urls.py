"""The peers' addresses: the tiny answer behind each way of asking who calls."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from knox.auth import TokenAuthentication as KnoxAuthentication
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_api_key.permissions import HasAPIKey
from rest_framework_simplejwt.authentication import JWTAuthentication

from tests.bench.tiny import CONTENT


class Tiny(APIView):
    """Answers; who is let in is said where it is mounted."""

    def get(self, request: Request) -> Response:
        return Response(CONTENT)


def healthz(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


def behind(authentication: type) -> object:
    return Tiny.as_view(authentication_classes=[authentication], permission_classes=[IsAuthenticated])


urlpatterns = [
    path("healthz", healthz),
    path("api/none", Tiny.as_view(authentication_classes=[], permission_classes=[AllowAny])),
    path("api/token", behind(TokenAuthentication)),
    path("api/knox", behind(KnoxAuthentication)),
    path("api/simplejwt", behind(JWTAuthentication)),
    path("api/oauth", behind(OAuth2Authentication)),
    path("api/key", Tiny.as_view(authentication_classes=[], permission_classes=[HasAPIKey])),
]

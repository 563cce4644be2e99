"""The rest of Apinizer's management addresses: whether the token is good, and that nothing else is there."""

from typing import NoReturn

from django.utils.translation import gettext as _
from rest_framework.request import Request

from tokens.api.exceptions import Problem
from tokens.api.views_base import ApiView
from tokens.scopes import Scope


class ManagementAddress(ApiView):
    """What a gateway is managed with is no part of this console (docs/compatibility.md)."""

    required_scope = Scope(0)

    def get(self, request: Request, rest: str) -> NoReturn:
        raise Problem(404, _("No gateway is managed here. Reports begin at /api/meta."))

    post = put = patch = delete = get

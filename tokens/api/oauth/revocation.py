"""Revocation (RFC 7009): ends a token by its JWT, and says the same where there was nothing to end."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from tokens.actions.presented import revoke_presented
from tokens.api.exceptions import Problem
from tokens.api.oauth.callers import caller_of, fields_of
from tokens.api.views_base import PublicApiView, answer
from tokens.scopes import Scope


class Revoke(PublicApiView):
    """``/oauth/revoke``: one's own tokens, with the Admin role the organisation's; any token may end itself."""

    bearer_scope = Scope(0)
    changes: frozenset[str] = frozenset()

    def post(self, request: Request) -> HttpResponse:
        """Another's token and an unknown one are answered like one that was ended (RFC 7009, 2.2)."""
        fields = fields_of(request)
        caller = caller_of(request, fields, own_suffices=True)
        if caller.read_only and not caller.about_itself:
            detail = _("This access token may only read, and end itself.")
            raise Problem(403, detail, reason="read_only", headers=caller.headers)
        revoke_presented(jwt=fields["token"].encode(), owners=caller.reach, by=caller.actor)
        return answer({}, headers=caller.headers)

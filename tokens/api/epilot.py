"""Access tokens made, listed and revoked by programs, in epilot's shapes (docs/compatibility.md)."""

from __future__ import annotations

import re
from datetime import UTC
from typing import Any, NoReturn

from django.db.models import Q
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request

from accounts.exceptions import Refused
from accounts.models import Login
from accounts.pairs import decode
from tokens import actions
from tokens.api.actors import program_actor
from tokens.api.bodies import json_body
from tokens.api.epilot_wishes import OTHER_TYPES, TOKEN_TYPE, Wishes, shown, wishes_of
from tokens.api.exceptions import Problem
from tokens.api.moments import written
from tokens.api.reading import admitted_of
from tokens.api.views_base import ApiView, answer
from tokens.exceptions import Revoked
from tokens.models import AccessToken, name_key
from tokens.reach import effective_pairs
from tokens.rules import against_making_with, against_scopes
from tokens.scopes import DEFAULT, Scope

ORGANISATION_HEADER = "HTTP_X_EPILOT_ORG_ID"
TOKEN_ID = re.compile(r"api_[A-Za-z0-9]{21}")
STATUS_OF_REFUSAL = {"name": 400, "name_taken": 409, "expiry": 400, "pairs": 400, "too_many": 409}


class EpilotView(ApiView):
    """An address of this dialect. Only whoever may manage tokens by program gets here."""

    required_scope = Scope.TOKEN

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nobody here acts in another organisation than the token's: who names one is told, not misunderstood."""
        super().initial(request, *args, **kwargs)
        named = request.META.get(ORGANISATION_HEADER)
        if named is not None and named != str(admitted_of(request).organisation_id):
            detail = _("An access token acts in its own organisation alone. Leave the header x-epilot-org-id out.")
            raise Problem(403, detail, reason="wrong_tenant")


class AccessTokens(EpilotView):
    """The owner's tokens."""

    changes = frozenset({"POST"})

    def get(self, request: Request) -> HttpResponse:
        """Those that can work, and those that wait for their first JWT in the console; newest first."""
        wanted = wanted_types(request)
        owner = owner_of(request)
        tokens = AccessToken.objects.of_owner(owner).listed().order_by("-created_at", "-pk")
        living = tokens.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()))
        return answer([item(token, owner) for token in living] if TOKEN_TYPE in wanted else [])

    def post(self, request: Request) -> HttpResponse:
        """Make a token and its JWT; the JWT is in this answer and nowhere else."""
        body = json_body(request)
        owner = owner_of(request)
        maker = AccessToken.objects.get(pk=admitted_of(request).token_key)
        if refusal := against_making_with(maker, owner):
            raise refusal
        wishes = wishes_of(body, owner=owner, maker=maker)
        minted = mint(wishes, owner, maker, request)
        return answer({**item(minted.token, owner), "token": minted.jwt}, status=201)


class OneAccessToken(EpilotView):
    """One of the owner's tokens, of whatever kind: also the one that calls."""

    changes = frozenset({"DELETE"})

    def delete(self, request: Request, public_id: str) -> HttpResponse:
        """Revoke it. What is not one's own, is not there or was revoked before looks the same."""
        owner = owner_of(request)
        tokens = AccessToken.objects.of_owner(owner).filter(revoked_at=None)
        token = tokens.filter(public_id=public_id).first() if TOKEN_ID.fullmatch(public_id) else None
        if token is None:
            refuse_unknown()
        try:
            return answer(item(actions.revoke(token=token, by=program_actor(request, owner)), owner))
        except Revoked:
            refuse_unknown()


def refuse_unknown() -> NoReturn:
    raise Problem(404, _("You have no access token with this id that could be revoked."), reason="unknown_token")


def owner_of(request: Request) -> Login:
    owner: Login = Login.objects.select_related("organisation", "contact").get(pk=admitted_of(request).owner_id)
    return owner


def mint(wishes: Wishes, owner: Login, maker: AccessToken, request: Request) -> actions.Minted:
    """With Meta and Report as far as the organisation allows, never the scope that mints (docs/decisions/0013)."""
    organisation = owner.organisation
    scopes = int(DEFAULT) & organisation.token_scopes_allowed
    try:
        if not scopes and (refusal := against_scopes(organisation, int(DEFAULT))):
            raise refusal
        return actions.mint(
            owner=owner,
            name=wishes.name,
            seconds=wishes.seconds,
            scopes=scopes,
            pairs=wishes.pairs,
            read_only=wishes.read_only,
            made_with=maker,
            by=program_actor(request, owner),
        )
    except Refused as refusal:
        raise problem_of(refusal, owner, wishes) from None


def problem_of(refusal: Refused, owner: Login, wishes: Wishes) -> Problem:
    """A refusal with its way out: a name may be held by a token that has expired and is in no list."""
    detail = refusal.message
    if refusal.code == "name_taken":
        holder = AccessToken.objects.of_owner(owner).listed().filter(name_key=name_key(wishes.name)).first()
        if holder is not None:
            way_out = _("DELETE /v1/access-tokens/%(id)s revokes that one.") % {"id": holder.public_id}
            detail = f"{detail} {way_out}"
    return Problem(STATUS_OF_REFUSAL.get(refusal.code, 403), detail, reason=refusal.code)


def wanted_types(request: Request) -> set[str]:
    """``token_type=api`` or ``token_type[]=api&token_type[]=journey``. Raises ``Problem`` 400 for an unknown word."""
    given = request._request.GET
    wanted = [*given.getlist("token_type"), *given.getlist("token_type[]")]
    known = (TOKEN_TYPE, *OTHER_TYPES)
    if unknown := [word for word in wanted if word not in known]:
        detail = _("token_type: %(words)s is none of %(known)s.")
        raise Problem(400, detail % {"words": shown(unknown), "known": ", ".join(known)}, reason="invalid_request")
    return set(wanted) or {TOKEN_TYPE}


def item(token: AccessToken, owner: Login) -> dict[str, Any]:
    """A token as lists and answers show it: ``assignments`` are the roles that it has now."""
    restriction = token.restriction if token.generated_at is None else token.current_restriction
    reached = effective_pairs(owner, decode(restriction))
    roles = {assignment.user_type.role_id for assignment in owner.assignments_now if assignment.pair in reached}
    shown_item: dict[str, Any] = {
        "id": token.public_id,
        "created_at": written(token.created_at),
        "name": token.name,
        "token_type": TOKEN_TYPE,
        "assignments": sorted(roles),
        "read_only": token.read_only,
    }
    if token.expires_at is not None:
        shown_item["expires_at"] = written(token.expires_at)
    if token.last_used_at is not None:
        shown_item["last_used"] = token.last_used_at.astimezone(UTC).date().isoformat()
    return shown_item

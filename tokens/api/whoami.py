"""What a token is, whose, what it may do and when it ends: asked with the token itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from accounts.models import Department, Login, UserType
from accounts.permissions import VIEWING
from tokens.admission import Admitted
from tokens.api.moments import written
from tokens.api.reading import admitted_of
from tokens.api.views_base import ApiView, answer
from tokens.models import AccessToken, MobileSession
from tokens.reports.reader import department_paths
from tokens.scopes import Scope, names

MOBILE = "mobile"
SIGN_OUT = "mobile_logout"  # takes the JWTs of a mobile session by itself, also those that admit nothing
_BLANK = re.compile(r"<(?:\w+:)?(\w+)>")


class WhoAmI(ApiView):
    """For any valid token, whatever its scopes: to see what a tool was given, and why it gets what it gets."""

    required_scope = Scope(0)

    def get(self, request: Request) -> HttpResponse:
        admitted = admitted_of(request)
        owner = Login.objects.select_related("organisation", "contact").get(pk=admitted.owner_id)
        assignments = assignments_of(admitted)
        return answer(
            {
                **token_of(admitted),
                "scopes": names(admitted.scopes),
                "owner": {"id": owner.public_id, "user_name": owner.user_name, "name": owner.label},
                "organisation": {"tenant_id": owner.organisation_id, "name": owner.organisation.name},
                "assignments": assignments,
                "permissions": sorted({name for assignment in assignments for name in assignment["permissions"]}),
                "may_call": list(addresses_for(admitted)),
                "calls": calls_of(admitted),
            }
        )


def token_of(admitted: Admitted) -> dict[str, Any]:
    """The token, or the mobile session, and its end. ``seconds_left`` is null when there is none."""
    record: AccessToken | MobileSession
    ends_at: datetime | None
    if admitted.kind == MOBILE:
        record = MobileSession.objects.get(public_id=admitted.token_id)
        kind, ends_at = MOBILE, record.access_expires_at
    else:
        record = AccessToken.objects.get(pk=admitted.token_key)
        kind, ends_at = record.kind, record.expires_at
    left = None if ends_at is None else max(0, int((ends_at - timezone.now()).total_seconds()))
    return {
        "token": {
            "id": admitted.token_id,
            "name": admitted.token_name,
            "kind": kind,
            "read_only": admitted.read_only,
            "created_at": written(record.created_at),
        },
        "expires": {"at": written(ends_at), "never": ends_at is None, "seconds_left": left},
    }


def assignments_of(admitted: Admitted) -> list[dict[str, Any]]:
    """What the token and its owner have together now: user types, where each holds, and what it permits there.

    A department of null is the whole organisation; any other includes those below it.
    """
    types = UserType.objects.in_bulk({pair.user_type_id for pair in admitted.pairs})
    places = Department.objects.in_bulk({pair.department_id for pair in admitted.pairs if pair.department_id})
    paths = department_paths(admitted.organisation_id)
    found = []
    for pair in admitted.pairs:
        user_type, place = types.get(pair.user_type_id), places.get(pair.department_id)
        if user_type is None or (place is None and pair.department_id):
            continue  # deleted since the call was admitted
        permitted = VIEWING & user_type.granted if admitted.read_only else user_type.granted
        department = place and {"id": place.public_id, "name": paths[place.pk]}
        found.append(
            {
                "user_type": {"id": user_type.role_id, "name": user_type.name},
                "department": department,
                "permissions": sorted(permitted),
            }
        )
    return sorted(found, key=lambda one: (one["user_type"]["name"], (one["department"] or {"name": ""})["name"]))


def addresses_for(admitted: Admitted) -> Iterator[dict[str, Any]]:
    """Every address that takes this token, as the address map has them, with the methods that it may use there."""
    from tokens.api.urls import urlpatterns  # noqa: PLC0415  # the map names this module's view too

    for pattern in urlpatterns:
        if pattern.name == SIGN_OUT and admitted.kind == MOBILE:
            yield {"path": f"/{pattern.pattern}", "methods": ["POST"]}
        path, view = str(pattern.pattern), getattr(pattern.callback, "cls", None)
        needed: Scope | None = getattr(view, "required_scope", getattr(view, "bearer_scope", None))
        if view is None or needed is None or needed & ~admitted.scopes or "<path:" in path:  # that one answers 404
            continue
        barred = {"HEAD", *view.changes} if admitted.read_only else {"HEAD"}  # a GET brings HEAD along
        methods = [name for name in view().allowed_methods if name not in barred]
        if methods:
            yield {"path": "/" + _BLANK.sub(r"{\1}", path), "methods": methods}


def calls_of(admitted: Admitted) -> dict[str, int] | None:
    """The limit of calls a minute, and what is left of it after this one; null where none is set."""
    calls = admitted.calls
    if calls is None:
        return None
    return {"a_minute": calls.limit, "left": calls.left, "seconds_until_next_minute": calls.seconds}

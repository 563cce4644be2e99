"""An app on a phone, for tests: its calls, what it is told, and what may happen to its login."""

import json
from collections.abc import Callable
from typing import Any

from django.test import Client

from accounts.models import Login, Organisation
from audit.actor import Actor
from audit.models import Entry
from audit.verbs import Verb
from tests.factories import PASSWORD

AGENT = "Field/2.1 (iPhone)"
ACTOR = Actor(label="Olivia Novak", channel="console")


class App:
    """An app on a phone: it knows what it was last given."""

    def __init__(self, user_name: str = "olivia@demo.example", **headers: str) -> None:
        self.client = Client(raise_request_exception=False, HTTP_USER_AGENT=AGENT, **headers)
        self.user_name, self.access, self.refresh = user_name, "", ""

    def post(self, address: str, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, str | bytes) else json.dumps(body)
        response = self.client.post(f"/api/mobile/{address}", content, content_type="application/json", **headers)
        if response.status_code == 200 and "access" in response.json():
            self.access, self.refresh = response.json()["access"], response.json()["refresh"]
        return response

    def sign_in(self, **more: Any) -> Any:
        return self.post(
            "login", {"username": self.user_name, "password": PASSWORD, "device": "Olivia's phone", **more}
        )

    def renew(self, refresh: str | None = None) -> Any:
        return self.post("refresh", {"refresh": self.refresh if refresh is None else refresh})

    def sign_out(self, refresh: str | None = None) -> Any:
        return self.post("logout", {"refresh": self.refresh if refresh is None else refresh})

    def get(self, address: str = "/api/meta", access: str | None = None) -> Any:
        bearer = self.access if access is None else access
        return self.client.get(address, HTTP_AUTHORIZATION=f"Bearer {bearer}")

    def rows(self, report: str) -> Any:
        response = self.get(f"/api/data/{report}")
        assert response.status_code == 200, report
        return json.loads(b"".join(response))


def pair_ids(login: Login) -> list[dict[str, str | None]]:
    return [
        {"user_type": each.user_type.role_id, "department": each.department and each.department.public_id}
        for each in login.assignments_now
    ]


def problem(response: Any, status: int, reason: str = "") -> dict[str, Any]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body.get("reason", "") == reason
    if status == 401:
        assert response["WWW-Authenticate"].startswith("Bearer realm=")
    return body


def last(verb: Verb) -> Entry:
    return Entry.objects.filter(verb=verb).latest("id")


def change_login(**values: Any) -> Callable[[Login], Any]:
    return lambda login: Login.objects.filter(pk=login.pk).update(**values)


def make_view_only(login: Login) -> None:
    login.assignments.update(user_type=login.organisation.user_types.get(slug="view-only"))


def change_organisation(**values: Any) -> Callable[[Login], Any]:
    return lambda login: Organisation.objects.filter(pk=login.organisation_id).update(**values)

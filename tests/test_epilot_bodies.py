"""Bodies that make no access token: each told what is wrong in one sentence."""

from typing import Any

import pytest

from accounts.models import Login
from tests.epilot_calls import manager, post, refused, role  # noqa: F401  # manager is a fixture
from tokens.api.bodies import JSON_LIMIT
from tokens.models import AccessToken

pytestmark = pytest.mark.django_db(transaction=True)

# What is sent, and what the one sentence must tell of it.
BAD_BODIES: list[tuple[Any, list[str]]] = [
    ({}, ["name: is missing"]),
    ({"name": ""}, ["name: "]),
    ({"name": None}, ["name: "]),
    ({"name": ["a"]}, ["name: "]),
    ({"name": "x" * 101}, ["name: ", "100"]),
    ({"name": "a\x00b"}, ["name: ", "invisible"]),
    ({"name": "a\u202eb"}, ["name: ", "invisible"]),
    ({"name": "a", "read_only": "yes"}, ["read_only: "]),
    ({"name": "a", "read_only": None}, ["read_only: "]),
    ({"name": "a", "read_only": 1}, ["read_only: "]),
    ({"name": "a", "anonymize": True}, ["anonymize: ", "not supported"]),
    ({"name": "a", "anonymize": "no"}, ["anonymize: "]),
    ({"name": "a", "token_type": "API"}, ["token_type: "]),
    ({"name": "a", "token_type": None}, ["token_type: "]),
    ({"name": "a", "token_type": ["api"]}, ["token_type: "]),
    ({"name": "a", "token_type": {}}, ["token_type: "]),
    ({"name": "a", "scopes": ["api:token:manage"]}, ["there is no field scopes"]),
    ({"name": "a", "owner": "ada", "id": "1"}, ["there is no field owner, id"]),
    ({"name": "a", "Name": "b"}, ["there is no field Name"]),
    ({"name": "a", "": 1}, ["there is no field"]),
    ({"name": "a", "assignments": "1:general-user"}, ["assignments: "]),
    ({"name": "a", "assume_roles": {}}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": None}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": [1]}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": ["general-user"]}, ["assume_roles: ", "general-user"]),
    ({"name": "a", "assume_roles": ["\x00"]}, ["assume_roles: "]),
    ({"name": "a", "assume_roles": [], "assignments": ["x"]}, ["assignments / assume_roles: ", "different"]),
]


class TestBadBodies:
    def test_told_what_is_wrong(self, manager: tuple[AccessToken, str]) -> None:
        for body, told in BAD_BODIES:
            words = refused(post(manager[1], body), 400)
            assert [part for part in told if part not in words] == [], (body, words)
        assert AccessToken.objects.count() == 1

    def test_other_kinds_of_token_are_not_supported(self, manager: tuple[AccessToken, str]) -> None:
        for kind in ("journey", "portal", "portal_preview", "assume", "app"):
            told = refused(post(manager[1], {"name": "a", "token_type": kind}), 400)
            assert f"{kind} is not supported, only api is" in told

    def test_everything_at_once_in_one_sentence(self, manager: tuple[AccessToken, str], olivia: Login) -> None:
        told = refused(
            post(
                manager[1],
                {
                    "expires_in": 5, "assume_roles": [role(olivia, "owner")], "read_only": 0,
                    "token_type": "app", "anonymize": True, "journey_id": "1",
                },
            ),
            400,
        )  # fmt: skip
        for field in (
            "name: ",
            "expires_in: ",
            "assume_roles: ",
            "read_only: ",
            "token_type: ",
            "anonymize: ",
            "journey_id",
        ):
            assert field in told
        assert told.count(". ") == 0
        assert told.endswith(".")

    def test_an_answer_is_no_echo(self, manager: tuple[AccessToken, str]) -> None:
        flood = {f"{number}{'x' * 500}": 1 for number in range(100)}
        assert len(refused(post(manager[1], {"name": "a", **flood}), 400)) < 500

    def test_no_json_object(self, manager: tuple[AccessToken, str]) -> None:
        for given in (
            b"",
            b"{",
            b"[]",
            b'"a"',
            b"null",
            b"1",
            b"\xff{}",
            b'{"name": "\\ud800"}',
            b"NaN",
            b'{"name": "a", "read_only": true, "read_only": false}',
            b'{"name": "a", "x": {"y": 1, "y": 2}}',
        ):
            refused(post(manager[1], given, CONTENT_TYPE="application/json"), 400)

    def test_deep_json(self, manager: tuple[AccessToken, str]) -> None:
        for opening, closing in ((b"[", b"]"), (b'{"a":', b"}")):
            deep = opening * 8000 + b"1" + closing * 8000
            refused(post(manager[1], b'{"name":' + deep + b"}"), 400)

    def test_too_much(self, manager: tuple[AccessToken, str]) -> None:
        refused(post(manager[1], {"name": "a", "x": "y" * JSON_LIMIT}), 413)

    def test_another_content_type(self, manager: tuple[AccessToken, str]) -> None:
        for kind in ("application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""):
            refused(post(manager[1], {"name": "a"}, content_type=kind), 415)

    def test_the_false_of_a_flag_is_what_is_anyway(self, manager: tuple[AccessToken, str]) -> None:
        body = {"name": "a", "token_type": "api", "read_only": False, "anonymize": False, "assignments": []}
        assert post(manager[1], body).status_code == 201

"""The OpenAPI file: what the addresses are, what their examples say, and what is served."""

import ast
import gzip
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from drf_spectacular.validation import validate_schema

from config.addresses import is_for_programs
from tests.addresses import BLANK, all_addresses
from tokens.api import document
from tokens.api.dialects import OAUTH_CODES
from tokens.api.schema import building, catalogue
from tokens.api.schema.reasons import reasons
from tokens.verdicts import Verdict

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Node = dict[str, Any]


@pytest.fixture(scope="module")
def spec() -> Node:
    return json.loads(document.FILE.read_bytes())


def operations(spec: Node) -> Iterator[tuple[str, str, Node]]:
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def resolved(spec: Node, node: Node) -> Node:
    found: Any = spec
    if "$ref" not in node:
        return node
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def contents(spec: Node) -> Iterator[tuple[str, str, Node]]:
    """Every body of the file, by where it stands and its media type."""
    for _method, path, operation in operations(spec):
        bodies = [("request", operation["requestBody"])] if "requestBody" in operation else []
        for where, body in [*bodies, *operation["responses"].items()]:
            for kind, content in resolved(spec, body).get("content", {}).items():
                yield f"{path} {operation['operationId']} {where}", kind, content


# --- What the file says ----------------------------------------------------------------------------------------------


def test_the_file_is_what_build_schema_writes(tmp_path, monkeypatch):
    monkeypatch.setattr("config.management.commands.build_schema.FILE", tmp_path / "openapi.json")
    call_command("build_schema", stdout=StringIO())
    assert (tmp_path / "openapi.json").read_bytes() == document.FILE.read_bytes(), "run manage.py build_schema"


def test_the_file_is_openapi_3_1(spec):
    assert spec["openapi"] == "3.1.1"
    validate_schema(spec)


def test_every_address_for_programs_is_in_it(spec):
    wanted = {
        "/" + BLANK.sub(lambda blank: "{" + blank[0].strip("<>").rpartition(":")[2] + "}", address.route)
        for address in all_addresses()
        if is_for_programs("/" + address.route)
    }
    assert wanted - set(spec["paths"]) == set(catalogue.NOT_DESCRIBED)
    assert set(spec["paths"]) <= wanted


def test_every_method_of_an_address_is_in_it(spec):
    for address in all_addresses():
        path = "/" + BLANK.sub(lambda blank: "{" + blank[0].strip("<>").rpartition(":")[2] + "}", address.route)
        if path in spec["paths"] and address.is_api:
            known = {method.upper() for method in spec["paths"][path]}
            assert known == {*address.methods} - {"HEAD"}, path


def test_what_is_not_described_fails_the_build(monkeypatch):
    with pytest.raises(building.NotDescribed, match="/api/nothing"):
        building.described("GET", "/api/nothing")
    known = {**catalogue.OPERATIONS, ("GET", "/api/gone"): catalogue.OPERATIONS["GET", "/api/meta"]}
    monkeypatch.setattr(catalogue, "OPERATIONS", known)
    with pytest.raises(building.NotDescribed, match="/api/gone"):
        building.document()


def test_it_names_no_host(spec):
    assert spec["servers"] == [{"url": "/"}]
    assert settings.PUBLIC_URL not in document.FILE.read_text()


def test_every_operation_is_explained(spec):
    ids = [operation["operationId"] for _method, _path, operation in operations(spec)]
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in spec["tags"]}
    for _method, path, operation in operations(spec):
        assert len(operation["summary"]) > 8, path
        assert len(operation["description"]) > 20, path
        assert set(operation["tags"]) < tags
        assert set(operation["responses"]) & {"200", "201", "202"}, path
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], path


def test_a_protected_operation_names_its_scope_and_its_errors(spec):
    for address in all_addresses():
        path = "/" + BLANK.sub(lambda blank: "{" + blank[0].strip("<>").rpartition(":")[2] + "}", address.route)
        if not address.guard.startswith("scope:") or path not in spec["paths"]:
            continue
        for operation in spec["paths"][path].values():
            assert {"400", "401", "429", "500", "503"} <= set(operation["responses"]), path
            assert any("bearer" in requirement for requirement in operation["security"]), path
            scopes = {scope for wanted in operation["security"] for scope in wanted.get("oauth2", ())}
            assert len(scopes) == (address.guard != "scope:0"), path
            assert "403" in operation["responses"], path  # for the scope, or for where it came from


def test_every_error_has_an_example(spec):
    for place, kind, content in contents(spec):
        if place.rpartition(" ")[2] >= "4" and not place.endswith("request"):
            assert content["examples"], (place, kind)


def test_every_example_is_of_its_schema(spec):
    count = 0
    for place, kind, content in contents(spec):
        schema = {"$schema": DIALECT, **content["schema"], "components": spec["components"]}
        for name, example in content.get("examples", {}).items():
            errors = [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(example["value"])]
            assert errors == [], (place, kind, name)
            count += 1
    assert count > 200


def test_every_status_of_an_example_is_its_answers_own(spec):
    for place, _kind, content in contents(spec):
        status = place.rpartition(" ")[2]
        for example in content.get("examples", {}).values():
            value = example["value"]
            if (
                isinstance(value, dict)
                and isinstance(value.get("status"), int)
                and not isinstance(value["status"], bool)
            ):
                assert str(value["status"]) == status, place


# --- Reasons ---------------------------------------------------------------------------------------------------------


def reasons_in_the_code() -> set[str]:
    """Every literal ``reason=`` of the API's modules, and what the statement and the domain's refusals say."""
    found = {str(verdict.value) for verdict in Verdict} | {"bad_credentials", "too_many_attempts"}
    for file in (Path(settings.BASE_DIR) / "tokens" / "api").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.keyword) and node.arg == "reason" and isinstance(node.value, ast.Constant):
                found.add(node.value.value)
    return found - (OAUTH_CODES - {"invalid_request"}) - {""}


def test_every_reason_is_explained(spec):
    assert reasons_in_the_code() - set(reasons()) == set()
    assert set(reasons()) - reasons_in_the_code() == set(), "explained, but never given"
    assert set(spec["x-reasons"]) == set(reasons())


def test_answers_name_reasons_of_their_status(spec):
    named = set()
    for _method, path, operation in operations(spec):
        for status, answer in operation["responses"].items():
            for code in resolved(spec, answer).get("x-reasons", ()):
                assert int(status) in spec["x-reasons"][code]["statuses"], (path, code)
                named.add(code)
    assert set(reasons()) - named - {"read_only", "unknown_token"} == set()  # these two only where no reason is shown


# --- What is served --------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_file_is_served_as_it_is(client: Client):
    response = client.get("/api/schema")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/vnd.oai.openapi+json"
    assert response["Cache-Control"] == "public, max-age=300"
    assert response["Vary"] == "Accept-Encoding"
    assert "Set-Cookie" not in response
    assert response.content == document.FILE.read_bytes()


@pytest.mark.django_db
def test_the_file_is_conditional_and_compressed(client: Client):
    plain = client.get("/api/schema")
    again = client.get("/api/schema", HTTP_IF_NONE_MATCH=plain["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    packed = client.get("/api/schema", HTTP_ACCEPT_ENCODING="gzip")
    assert packed["Content-Encoding"] == "gzip"
    assert packed["ETag"] != plain["ETag"]
    assert gzip.decompress(packed.content) == plain.content
    assert len(packed.content) < len(plain.content) / 5


@pytest.mark.django_db
def test_only_reading(client: Client):
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        for address in ("/api/schema", "/api/docs"):
            response = client.generic(method, address)
            assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
            assert response["Content-Type"] == "application/problem+json"

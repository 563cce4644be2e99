"""Builds the OpenAPI document: the addresses and what guards them from the code, the words from the descriptions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ComponentRegistry
from drf_spectacular.settings import patched_settings

from tokens.api.credentials import Scheme
from tokens.api.schema import catalogue, components
from tokens.api.schema.reasons import reasons
from tokens.api.schema.shapes import Answer, Operation
from tokens.api.views_base import ApiView
from tokens.scopes import names

SECURITY_OF: Mapping[Scheme, tuple[str, ...]] = {
    Scheme.BEARER: ("bearer",),
    Scheme.BASIC: ("basic",),
    Scheme.AUTH_TOKEN: ("authToken", "authTenantId"),
}
BLANK = re.compile(r"<(?:\w+:)?(\w+)>")
Requirement = Mapping[str, list[str]]


class NotDescribed(Exception):
    """An address of the API without a description, or a description without an address."""


class Description(AutoSchema):
    """Writes an operation as it is described, with the scope and the credentials that its view asks for."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> dict[str, Any] | None:
        if path in catalogue.NOT_DESCRIBED:
            return None
        return described(method, path).written(security_of(self.view))


class Generator(SchemaGenerator):
    """Visits every address of the API: DRF's views as drf-spectacular finds them, and Django's plain ones."""

    def create_view(self, callback: Any, method: str, request: Any = None) -> Any:
        view = super().create_view(callback, method, request)
        self._set_schema_to_view(view, Description())
        return view

    def parse(self, input_request: Any, public: bool) -> dict[str, Any]:
        found = super().parse(input_request, public)
        for path in plain_paths(get_resolver().url_patterns):
            for method, known in catalogue.OPERATIONS:
                if known == path:
                    found.setdefault(path, {})[method.lower()] = described(method, path).written([])
        described_alone = {path for _method, path in catalogue.OPERATIONS} - set(found)
        if described_alone:
            raise NotDescribed(f"Described, but no address: {', '.join(sorted(described_alone))}")
        order = list(dict.fromkeys(path for _method, path in catalogue.OPERATIONS))
        return {path: found[path] for path in sorted(found, key=order.index)}


def described(method: str, path: str) -> Operation:
    try:
        return catalogue.OPERATIONS[method.upper(), path]
    except KeyError:
        raise NotDescribed(f"{method} {path} has no description in tokens/api/schema/") from None


def security_of(view: Any) -> list[Requirement]:
    """The ways to give an access token, any one of which will do; none where the address is public."""
    if not isinstance(view, ApiView):
        return []
    scopes = names(view.required_scope)
    requirements: list[Requirement] = []
    for scheme, parts in SECURITY_OF.items():
        if scheme in view.schemes:
            requirements.append({part: scopes if part == "bearer" else [] for part in parts})
    return [*requirements, {"oauth2": scopes}]


def plain_paths(patterns: list[Any], prefix: str = "/") -> list[str]:
    """The addresses that are described and that no view of DRF answers."""
    wanted = {path for _method, path in catalogue.OPERATIONS}
    found: list[str] = []
    for pattern in patterns:
        path = prefix + BLANK.sub(r"{\1}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            found += plain_paths(pattern.url_patterns, path)
        elif isinstance(pattern, URLPattern) and not hasattr(pattern.callback, "cls") and path in wanted:
            found.append(path)
    return found


def document() -> dict[str, Any]:
    """The document. Raises ``NotDescribed``."""
    with patched_settings(spectacular_settings()):
        built: dict[str, Any] = Generator().get_schema(request=None, public=True)
    return built


def spectacular_settings() -> dict[str, Any]:
    parts = {
        "schemas": {**components.SCHEMAS, **catalogue.SCHEMAS},
        "responses": shared_answers(),
        "headers": components.HEADERS,
        "securitySchemes": components.SECURITY,
    }
    written = {code: reason.written() for code, reason in reasons().items()}
    return {
        "OAS_VERSION": "3.1.1",
        "TITLE": catalogue.TITLE,
        "VERSION": catalogue.VERSION,
        "DESCRIPTION": catalogue.DESCRIPTION,
        "SERVERS": [{"url": "/"}],
        "TAGS": [{"name": name, "description": words} for name, words in catalogue.TAGS.items()],
        "APPEND_COMPONENTS": parts,
        "EXTENSIONS_ROOT": {"x-reasons": written},
        "POSTPROCESSING_HOOKS": [],
    }


def shared_answers() -> dict[str, Any]:
    """The answers that operations refer to by name. Raises ``ValueError`` when one name stands for two."""
    found: dict[str, Answer] = {}
    for operation in catalogue.OPERATIONS.values():
        for answer in operation.answers:
            if answer.shared and found.setdefault(answer.shared, answer) != answer:
                raise ValueError(f"{operation.id} calls another answer {answer.shared}")
    return {name: {**answer.written(), "x-status": answer.status} for name, answer in found.items()}


def written() -> bytes:
    """The document as the file holds it: one line a member, so that a change shows as what it is."""
    return (json.dumps(document(), ensure_ascii=False, indent=1) + "\n").encode()

"""The OpenAPI file as the documentation page shows it: parts, operations, fields, examples, reasons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.html import conditional_escape, format_html_join
from django.utils.safestring import SafeString, mark_safe

Node = Mapping[str, Any]
CODE = re.compile(r"`([^`]+)`")
METHOD_TAGS = {"GET": "blue", "POST": "green", "DELETE": "red", "PUT": "amber", "PATCH": "amber"}
DEEPEST = 6
# The ways to give credentials in the order of the page, by the words that people know them by.
WAYS = {
    "bearer": "Bearer",
    "basic": "Basic",
    "authToken": "auth-token",
    "authTenantId": "auth-tenant-id",
    "oauth2": "OAuth 2",
    "client": "User name and password",
}
TYPES = {
    "string": "text",
    "integer": "whole number",
    "boolean": "true or false",
    "array": "list",
    "object": "members",
    "null": "null",
}
FORMATS = {"date-time": "moment (ISO 8601)", "date": "day (ISO 8601)"}
PLACES = {"path": "in the path", "query": "in the query", "header": "header"}
AREAS = {
    "Report": "Report addresses",
    "Token": "Addresses that need an access token",
    "Epilot": "/v1/access-tokens",
    "OAuth": "/oauth",
    "Mobile": "/api/mobile",
    "Document": "Documents",
}


@dataclass(frozen=True)
class Field:
    """One member of a body, or one parameter."""

    name: str
    kind: str
    required: bool
    words: SafeString
    place: str = ""


@dataclass(frozen=True)
class Example:
    id: str
    name: str
    type: str
    text: str


@dataclass(frozen=True)
class Answer:
    """What one status means; ``reasons`` are those that the body can name. A shared one is shown in its own place."""

    status: str
    words: SafeString
    examples: list[Example]
    fields: list[Field]
    reasons: list[str]
    headers: list[str]
    shared: str = ""

    @property
    def tag(self) -> str:
        return "green" if self.status < "4" else "amber" if self.status < "5" else "red"


class Operation:
    """One method of one address."""

    def __init__(self, docs: Docs, path: str, method: str, node: Node) -> None:
        self.docs, self.path, self.node = docs, path, node
        self.method = method.upper()
        self.id: str = node["operationId"]
        self.summary: str = node["summary"]
        self.words = paragraphs(node["description"])
        self.method_tag = METHOD_TAGS[self.method]

    @property
    def ways(self) -> list[tuple[str, str]]:
        """The ways to give credentials, one of which will do, each with its anchor and its words."""
        security: list[Node] = self.node["security"]
        return [(name, words) for name, words in WAYS.items() if any(name in wanted for wanted in security)]

    @property
    def needs_credentials(self) -> bool:
        return bool(self.ways) and {} not in self.node["security"]

    @property
    def scopes(self) -> list[str]:
        return sorted({scope for wanted in self.node["security"] for scopes in wanted.values() for scope in scopes})

    @property
    def parameters(self) -> list[Field]:
        return [
            Field(
                name=parameter["name"],
                kind=kind_of(self.docs.resolved(parameter["schema"])),
                required=parameter.get("required", False),
                words=sentence(parameter["description"]),
                place=PLACES[parameter["in"]],
            )
            for parameter in self.node.get("parameters", ())
        ]

    @property
    def bodies(self) -> list[tuple[str, list[Field], list[Example]]]:
        content: Node = self.node.get("requestBody", {}).get("content", {})
        return [
            (kind, self.docs.fields(body["schema"]), self.docs.examples(f"{self.id}-body", kind, body))
            for kind, body in content.items()
        ]

    @property
    def answers(self) -> list[Answer]:
        return [self.docs.answer(self.id, status, node) for status, node in self.node["responses"].items()]


@dataclass(frozen=True)
class Part:
    """Operations that belong together."""

    anchor: str
    name: str
    words: SafeString
    operations: list[Operation]


class Docs:
    """The whole page."""

    def __init__(self, document: Node) -> None:
        self.document = document
        self.title: str = document["info"]["title"]
        self.words = paragraphs(document["info"]["description"])

    @cached_property
    def parts(self) -> list[Part]:
        operations = [
            Operation(self, path, method, node)
            for path, methods in self.document["paths"].items()
            for method, node in methods.items()
        ]
        return [
            Part(
                anchor=f"part-{anchor_of(tag['name'])}",
                name=tag["name"],
                words=sentence(tag["description"]),
                operations=[operation for operation in operations if operation.node["tags"] == [tag["name"]]],
            )
            for tag in self.document["tags"]
        ]

    @property
    def credentials(self) -> list[tuple[str, str, SafeString]]:
        ways: Node = self.document["components"]["securitySchemes"]
        return [(name, words, paragraphs(ways[name]["description"])) for name, words in WAYS.items()]

    @property
    def scopes(self) -> list[tuple[str, str]]:
        flow = self.document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
        return list(flow["scopes"].items())

    @property
    def reasons(self) -> list[tuple[str, list[int], str, SafeString]]:
        return [
            (code, reason["statuses"], reason["meaning"], sentence(reason["way_out"]))
            for code, reason in self.document["x-reasons"].items()
        ]

    @property
    def shared_answers(self) -> list[tuple[str, list[Answer]]]:
        """The answers that many operations have, by where they are given."""
        nodes: Node = self.document["components"]["responses"]
        answers = [self.answer(name, str(node["x-status"]), node, name) for name, node in nodes.items()]
        answers.sort(key=lambda answer: answer.status)
        return [
            (words, [answer for answer in answers if answer.shared.startswith(area)]) for area, words in AREAS.items()
        ]

    def answer(self, place: str, status: str, node: Node, shared: str = "") -> Answer:
        """An answer; of its examples the first of each type, for the page is long enough."""
        reference = node.get("$ref", "").rpartition("/")[2]
        node = self.resolved(node)
        content: Node = node.get("content", {})
        found = [self.examples(f"{place}-{status}", kind, body) for kind, body in content.items()]
        fields = next((some for body in content.values() if (some := self.fields(body["schema"]))), [])
        return Answer(
            status=status,
            words=sentence(node["description"]),
            examples=[example for some in found for example in (some if status < "3" else some[:1])],
            fields=fields if status < "3" else [],
            reasons=node.get("x-reasons", []),
            headers=[name for name in node["headers"] if name != "X-Request-ID"],
            shared=reference or shared,
        )

    def resolved(self, node: Node) -> Node:
        """What a reference names, or the node itself."""
        found: Node = self.document
        if "$ref" not in node:
            return node
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return found

    def examples(self, place: str, kind: str, body: Node) -> list[Example]:
        found = body.get("examples", {})
        short = anchor_of(kind.partition(";")[0])
        return [
            Example(f"{place}-{short}-{anchor_of(name)}", name, kind, shown(example["value"]))
            for name, example in found.items()
        ]

    def fields(self, schema: Node) -> list[Field]:
        return list(self._fields(schema, "", DEEPEST))

    def _fields(self, schema: Node, prefix: str, depth: int) -> Iterator[Field]:
        schema = self.resolved(schema)
        if schema.get("type") == "array":
            yield from self._fields(schema["items"], f"{prefix}[]", depth - 1) if depth else ()
            return
        for name, member in schema.get("properties", {}).items():
            member = self.resolved(member)  # noqa: PLW2901
            whole = f"{prefix}.{name}".lstrip(".")
            required = name in schema.get("required", ())
            yield Field(whole, kind_of(member), required, sentence(member.get("description", "")))
            if depth:
                yield from self._fields(member, whole, depth - 1)


def anchor_of(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def kind_of(schema: Node) -> str:
    """The type in words: "text", "one of …", "list of text", "whole number or text"."""
    if "oneOf" in schema:
        return " or ".join(kind_of(part) for part in schema["oneOf"])
    if "enum" in schema or "const" in schema:
        values = [json.dumps(value) for value in schema.get("enum", [schema.get("const")])]
        return values[0] if len(values) == 1 else f"one of {', '.join(values)}"
    if schema.get("format") in FORMATS:
        return FORMATS[schema["format"]]
    if schema.get("type") == "array" and schema["items"].get("type"):
        return f"list of {kind_of(schema['items'])}"
    kinds = schema.get("type", "anything")
    return " or ".join(TYPES.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))


def shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def sentence(words: str) -> SafeString:
    """Escaped, with what stands in backticks as code."""
    escaped = str(conditional_escape(words))
    return mark_safe(CODE.sub(r"<code>\1</code>", escaped))  # noqa: S308  # escaped in the line above


def paragraphs(words: str) -> SafeString:
    return format_html_join("\n", "<p>{}</p>", ((sentence(part),) for part in words.split("\n\n")))

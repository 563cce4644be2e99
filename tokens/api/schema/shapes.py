"""What a description is made of, and how each part is written in OpenAPI 3.1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Content:
    """A body of one media type. Every example is of that schema, which a test checks."""

    type: str
    schema: Schema
    examples: Mapping[str, Any] = field(default_factory=dict)

    def written(self) -> dict[str, Any]:
        examples = {name: {"value": value} for name, value in self.examples.items()}
        return {"schema": self.schema, **({"examples": examples} if examples else {})}


@dataclass(frozen=True)
class Answer:
    """What one status means here. ``headers`` are names of components, ``reasons`` the codes that the body can give.

    A ``shared`` answer is the same for several operations and is written once, as a component of that name.
    """

    status: int
    description: str
    contents: tuple[Content, ...] = ()
    headers: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    shared: str = ""

    def written(self) -> dict[str, Any]:
        parts: dict[str, Any] = {"description": self.description}
        headers = ("X-Request-ID", *self.headers)
        parts["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in headers}
        if self.contents:
            parts["content"] = {content.type: content.written() for content in self.contents}
        if self.reasons:
            parts["x-reasons"] = list(self.reasons)
        return parts

    def but(self, **changes: Any) -> Answer:
        return replace(self, **changes)


@dataclass(frozen=True)
class Operation:
    """One method of one address. ``security`` is what the view itself takes, unless it is told here."""

    id: str
    summary: str
    description: str
    tag: str
    answers: tuple[Answer, ...]
    parameters: tuple[Mapping[str, Any], ...] = ()
    bodies: tuple[Content, ...] = ()
    body_required: bool = True
    security: tuple[Mapping[str, list[str]], ...] | None = None

    def written(self, security: list[Mapping[str, list[str]]]) -> dict[str, Any]:
        parts: dict[str, Any] = {
            "operationId": self.id,
            "summary": self.summary,
            "description": self.description,
            "tags": [self.tag],
        }
        if self.parameters:
            parts["parameters"] = list(self.parameters)
        if self.bodies:
            content = {body.type: body.written() for body in self.bodies}
            parts["requestBody"] = {"required": self.body_required, "content": content}
        parts["security"] = security if self.security is None else list(self.security)
        answers = sorted(self.answers, key=lambda answer: answer.status)
        if len({answer.status for answer in answers}) < len(answers):
            raise ValueError(f"{self.id} describes a status twice")
        parts["responses"] = {str(answer.status): referred(answer) for answer in answers}
        return parts


def referred(answer: Answer) -> Mapping[str, Any]:
    return {"$ref": f"#/components/responses/{answer.shared}"} if answer.shared else answer.written()


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def in_path(name: str, description: str, schema: Schema, example: str) -> Mapping[str, Any]:
    parts = {"name": name, "in": "path", "required": True, "description": description}
    return {**parts, "schema": schema, "example": example}


def in_query(name: str, description: str, schema: Schema, **more: Any) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def in_header(name: str, description: str, schema: Schema, **more: Any) -> Mapping[str, Any]:
    return {"name": name, "in": "header", "description": description, "schema": schema, **more}


def listing(item: Schema) -> Schema:
    return {"type": "array", "items": item}


def thing(required: Mapping[str, Schema], optional: Mapping[str, Schema] | None = None, **more: Any) -> Schema:
    """An object of these members and no others, unless ``more`` says otherwise."""
    shape = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    return {**shape, "additionalProperties": False, **more}


def text(description: str = "", **more: Any) -> Schema:
    return {"type": "string", **({"description": description} if description else {}), **more}


def number(description: str = "", **more: Any) -> Schema:
    return {"type": "integer", **({"description": description} if description else {}), **more}


def moment(description: str) -> Schema:
    return text(description, format="date-time")

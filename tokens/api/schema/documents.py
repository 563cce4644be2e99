"""What is said of the documents that anybody may read: keys, this file, its page, and whether the console runs."""

from __future__ import annotations

from collections.abc import Mapping

from tokens.api.schema import errors
from tokens.api.schema.errors import JSON
from tokens.api.schema.reports import IF_NONE_MATCH
from tokens.api.schema.shapes import Answer, Content, Operation, Schema, listing, ref, text, thing

DOCUMENTS, RUNNING = "Documents", "Running"
KEY = {
    "kty": "EC",
    "crv": "P-256",
    "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
    "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    "kid": "t3Jv0Wb7xq4",
    "alg": "ES256",
    "use": "sig",
}
OPENAPI_TYPE = "application/vnd.oai.openapi+json"

SCHEMAS: Mapping[str, Schema] = {
    "Ready": thing(
        {
            "status": text(enum=["ok", "not ready"]),
            "pending_migrations": listing(text()),
            "missing_guards": listing(text()),
        },
        description="Whether the console can serve, and what is missing.",
    ),
}


def shared_document(answer: Answer) -> tuple[Answer, ...]:
    """A document that caches may keep: with its ETag."""
    return (
        answer.but(headers=(*answer.headers, "ETag")),
        Answer(304, "What you have is still true.", (), ("ETag",)),
        *errors.of_the_server("/api/schema", "Document"),
    )


def keys(operation: str, summary: str = "The public keys that JWTs verify with", more: str = "") -> Operation:
    content = Content("application/jwk-set+json", ref("Jwks"), {"ES256": {"keys": [KEY]}})
    return Operation(
        id=operation,
        summary=summary,
        description=(
            "All keys that a valid JWT may be signed with; its header names one by `kid`. A signature alone does not "
            f"make an access token valid: ask /oauth/introspect, or call. {more}".strip()
        ),
        tag=DOCUMENTS,
        parameters=(IF_NONE_MATCH,),
        answers=shared_document(Answer(200, "The keys.", (content,))),
    )


def read_schema() -> Operation:
    content = Content(OPENAPI_TYPE, {"type": "object", "additionalProperties": True})
    return Operation(
        id="readSchema",
        summary="This description as a file",
        description="OpenAPI 3.1. Postman, code generators and gateways read it from here.",
        tag=DOCUMENTS,
        parameters=(IF_NONE_MATCH,),
        answers=shared_document(Answer(200, "The file.", (content,))),
    )


def read_docs() -> Operation:
    return Operation(
        id="readDocs",
        summary="This description as a page",
        description="For people: the only address of the API that answers HTML.",
        tag=DOCUMENTS,
        parameters=(IF_NONE_MATCH,),
        answers=shared_document(Answer(200, "The page.", (Content("text/html", text()),))),
    )


def healthz() -> Operation:
    shape = thing({"status": text(enum=["ok"])})
    return Operation(
        id="healthz",
        summary="Whether the process runs",
        description="For load balancers: answers without asking the database, under any host name.",
        tag=RUNNING,
        answers=(Answer(200, "It runs.", (Content(JSON, shape, {"ok": {"status": "ok"}}),)),),
    )


def readyz() -> Operation:
    ready = {"status": "ok", "pending_migrations": [], "missing_guards": []}
    lacking = {"status": "not ready", "pending_migrations": ["tokens.0002_programs"], "missing_guards": []}
    away = errors.problem(503, "", path="/readyz", detail=errors.DATABASE_AWAY)
    return Operation(
        id="readyz",
        summary="Whether the console can serve",
        description="200 when the database answers, is migrated, and the ledger is guarded.",
        tag=RUNNING,
        answers=(
            Answer(200, "It can.", (Content(JSON, ref("Ready"), {"ok": ready}),)),
            away.but(
                description="It cannot: the body says what is missing, or that the database is away.",
                contents=(Content(JSON, ref("Ready"), {"not ready": lacking}), *away.contents),
                headers=(),
            ),
        ),
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("GET", "/.well-known/jwks.json"): keys("readKeys"),
    ("GET", "/v1/access-tokens/.well-known/jwks.json"): keys(
        "readAccessTokenKeys",
        "The same keys, where clients of /v1/access-tokens look",
        "The same as at /.well-known/jwks.json.",
    ),
    ("GET", "/api/schema"): read_schema(),
    ("GET", "/api/docs"): read_docs(),
    ("GET", "/healthz"): healthz(),
    ("GET", "/readyz"): readyz(),
}

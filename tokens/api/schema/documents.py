"""What is said of the documents that anybody may read: keys, this file, its page, and whether the console runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

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
HOST = "https://tokens.example.com"
SERVER_METADATA = {
    "issuer": HOST,
    "token_endpoint": f"{HOST}/oauth/token",
    "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "grant_types_supported": ["client_credentials"],
    "response_types_supported": [],
    "scopes_supported": ["api:meta:read", "api:report:read", "api:token:manage"],
    "introspection_endpoint": f"{HOST}/oauth/introspect",
    "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "Bearer"],
    "revocation_endpoint": f"{HOST}/oauth/revoke",
    "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
    "jwks_uri": f"{HOST}/.well-known/jwks.json",
    "protected_resources": [f"{HOST}/api"],
    "service_documentation": f"{HOST}/api/docs",
}
RESOURCE_METADATA = {
    "resource": f"{HOST}/api",
    "resource_name": "Reports API",
    "authorization_servers": [HOST],
    "scopes_supported": ["api:meta:read", "api:report:read", "api:token:manage"],
    "bearer_methods_supported": ["header"],
    "resource_documentation": f"{HOST}/api/docs",
}
ISSUER = {"issuer": HOST, "jwks_uri": f"{HOST}/v1/access-tokens/.well-known/jwks.json"}
OPENAPI_TYPE = "application/vnd.oai.openapi+json"


def typed(value: object) -> Schema:
    return text() if isinstance(value, str) else listing(text())


SCHEMAS: Mapping[str, Schema] = {
    "Ready": thing(
        {
            "status": text(enum=["ok", "not ready"]),
        },
        {
            "pending_migrations": listing(text()),
            "missing_guards": listing(text()),
            "warnings": listing(text("What is late or halted behind the requests, which are served all the same.")),
        },
        description="Whether the console can serve; what is missing or late, on its own machine or with METRICS_TOKEN.",
    ),
    "ServerMetadata": thing(
        {name: typed(value) for name, value in SERVER_METADATA.items() if name != "jwks_uri"},
        {"jwks_uri": text("Absent with HS512, whose key is nobody else's.")},
        description="Metadata of the authorization server (RFC 8414).",
        additionalProperties=True,
    ),
    "ResourceMetadata": thing(
        {name: typed(value) for name, value in RESOURCE_METADATA.items()},
        description="Metadata of the protected resource (RFC 9728).",
        additionalProperties=True,
    ),
    "Issuer": thing({"issuer": text("What JWTs name as `iss`.")}, {"jwks_uri": text("Where the keys are.")}),
}


def shared_document(answer: Answer) -> tuple[Answer, ...]:
    """A document that caches may keep: with its ETag."""
    return (
        answer.but(headers=(*answer.headers, "ETag")),
        Answer(304, "What you have is still true.", (), ("ETag",)),
        errors.changed("/api/schema", "Document"),
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


def metadata(operation: str, summary: str, description: str, schema: str, example: Mapping[str, object]) -> Operation:
    return Operation(
        id=operation,
        summary=summary,
        description=description,
        tag=DOCUMENTS,
        parameters=(IF_NONE_MATCH,),
        answers=shared_document(Answer(200, "The metadata.", (Content(JSON, ref(schema), {"": example}),))),
    )


SERVER = metadata(
    "readServerMetadata",
    "What OAuth clients find out by themselves",
    "Which endpoints there are and what they take, by RFC 8414.",
    "ServerMetadata",
    SERVER_METADATA,
)
RESOURCE = metadata(
    "readResourceMetadata",
    "Who gives tokens for this API",
    "By RFC 9728: the resource that JWTs name as `aud`, and the authorization server.",
    "ResourceMetadata",
    RESOURCE_METADATA,
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
    inside = {"status": "ok", "pending_migrations": [], "missing_guards": [], "warnings": []}
    lacking = {**inside, "status": "not ready", "pending_migrations": ["tokens.0002_programs"]}
    away = errors.problem(503, "", path="/readyz", detail=errors.DATABASE_AWAY)
    return Operation(
        id="readyz",
        summary="Whether the console can serve",
        description="200 when the database answers, is migrated, and the ledger is guarded. What is missing, and what "
        "is late behind the requests, is told on the console's own machine and to whoever has METRICS_TOKEN.",
        tag=RUNNING,
        answers=(
            Answer(200, "It can.", (Content(JSON, ref("Ready"), {"to anyone": {"status": "ok"}, "inside": inside}),)),
            away.but(
                description="It cannot: the body says what is missing, or that the database is away.",
                contents=(Content(JSON, ref("Ready"), {"not ready": lacking}), *away.contents),
                headers=(),
            ),
        ),
    )


def metrics() -> Operation:
    others = "The metrics are for this machine alone; METRICS_TOKEN opens them to others."
    give = "Give METRICS_TOKEN in the header Authorization: Bearer <token>."
    return Operation(
        id="metrics",
        summary="How the console is, for Prometheus",
        description="What waits and who was heard of last, read from the database (docs/operations.md). For the "
        "console's own machine, and with METRICS_TOKEN as bearer token for others.",
        tag=RUNNING,
        answers=(
            Answer(200, "Samples in the text form of Prometheus.", (Content("text/plain", text()),)),
            errors.problem(
                401, "The token is not METRICS_TOKEN.", path="/metrics", detail=give, headers=errors.CHALLENGE
            ),
            errors.problem(403, "From elsewhere, while there is no METRICS_TOKEN.", path="/metrics", detail=others),
            errors.problem(
                503, "The database is away.", path="/metrics", detail=errors.DATABASE_AWAY, headers=errors.RETRY
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
    ("GET", "/.well-known/oauth-authorization-server"): SERVER,
    ("GET", "/.well-known/oauth-protected-resource"): RESOURCE,
    ("GET", "/.well-known/oauth-protected-resource/api"): replace(
        RESOURCE, id="readApiMetadata", summary="The same, at the address that RFC 9728 makes of the resource"
    ),
    ("GET", "/v1/access-tokens/.well-known/openid-configuration"): metadata(
        "readIssuer",
        "Issuer and keys, where clients of /v1/access-tokens look",
        "Two members of OpenID discovery.",
        "Issuer",
        ISSUER,
    ),
    ("GET", "/api/schema"): read_schema(),
    ("GET", "/api/docs"): read_docs(),
    ("GET", "/healthz"): healthz(),
    ("GET", "/readyz"): readyz(),
    ("GET", "/metrics"): metrics(),
}

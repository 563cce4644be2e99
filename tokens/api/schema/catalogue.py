"""All descriptions in one place: of the API as a whole, of its parts, and of every operation."""

from __future__ import annotations

from collections.abc import Mapping

from tokens.api.schema import documents, epilot, ledger, mobile, reports, standards, token_endpoint, tokens
from tokens.api.schema.shapes import Operation, Schema

TITLE = "API Access Tokens"
VERSION = "0.1.0"
DESCRIPTION = """\
What programs can ask of this console: reports, the tokens that open them, and what a token is.

Every address answers JSON (a report also CSV and NDJSON), never redirects, sets no cookie and needs no slash at its \
end. An access token is made in the console, or at `/v1/access-tokens`; whatever is done to it there acts on the very \
next call. Every call that needs one is on record before it is answered.

An error is a problem by RFC 9457, with a `reason` for programs and a `detail` that says what to do. Under `/v1`, \
`/oauth` and `/apiops`, and on report addresses called with the headers `auth-token` and `auth-tenant-id`, errors have \
the shape that the clients of these addresses know. A wrong method is a 405 with Allow, an unknown address a 404, and \
too many calls without valid credentials from one address are a 429 for a while."""

TAGS: Mapping[str, str] = {
    reports.TAG: "Which reports there are, what can be asked of them, and their rows.",
    tokens.TAG: "About the access token that is presented.",
    epilot.TAG: "Made, listed and revoked by programs, with a token whose scope is `api:token:manage`.",
    token_endpoint.TAG: "For programs that keep a user name and a password, and no token.",
    standards.TAG: "For gateways and OAuth libraries.",
    mobile.TAG: "For apps on mobile devices, whose people sign in with their password.",
    documents.DOCUMENTS: "What anybody may read.",
    documents.RUNNING: "For whoever runs the console.",
}
MODULES = (reports, tokens, epilot, token_endpoint, standards, mobile, ledger, documents)

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    address: operation for module in MODULES for address, operation in module.OPERATIONS.items()
}
SCHEMAS: Mapping[str, Schema] = {name: schema for module in MODULES for name, schema in module.SCHEMAS.items()}
NOT_DESCRIBED: Mapping[str, str] = {"/apiops/{rest}": "says that nothing is there"}

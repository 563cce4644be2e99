"""All descriptions in one place: of the API as a whole, of its parts, and of every operation."""

from __future__ import annotations

from collections.abc import Mapping

from tokens.api.schema import documents, reports
from tokens.api.schema.shapes import Operation, Schema

TITLE = "API Access Tokens"
VERSION = "0.1.0"
DESCRIPTION = """\
What programs can ask of this console: reports, the tokens that open them, and what a token is.

Every address answers JSON (a report also CSV and NDJSON), never redirects, sets no cookie and needs no slash at its end. \
An access token is made in the console, or at /v1/access-tokens; whatever is done to it there acts on the very next call. \
Every call that needs one is on record before it is answered.

An error is a problem by RFC 9457, with a `reason` for programs and a `detail` that says what to do. Under /v1, /oauth and \
/apiops, and on report addresses called with the headers auth-token and auth-tenant-id, errors have the shape that the \
clients of these addresses know. Each wrong method is a 405 with Allow, each unknown address a 404. A call without a valid \
token is refused for a while (429) after too many of them from one address."""

TAGS: Mapping[str, str] = {
    reports.TAG: "Which reports there are, what can be asked of them, and their rows.",
    documents.DOCUMENTS: "What anybody may read.",
    documents.RUNNING: "For whoever runs the console.",
}

OPERATIONS: Mapping[tuple[str, str], Operation] = {**reports.OPERATIONS, **documents.OPERATIONS}
SCHEMAS: Mapping[str, Schema] = {**reports.SCHEMAS, **documents.SCHEMAS}

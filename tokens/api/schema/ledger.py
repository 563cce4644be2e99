"""What is said of the ledger's seals, which anybody may read."""

from __future__ import annotations

from collections.abc import Mapping

from tokens.api.schema import errors
from tokens.api.schema.documents import DOCUMENTS, shared_document
from tokens.api.schema.errors import JSON
from tokens.api.schema.reports import IF_NONE_MATCH
from tokens.api.schema.shapes import Answer, Content, Operation, Schema, in_path, listing, number, ref, text, thing

NAME = "tokens.example.com/ledger"
NOTE = (
    f"{NAME}\n1234\nVx0lp8NYFlmKD1f1CGBIuDDKqzVtwCpHyJT1LbZkxvU=\n\n\u2014 {NAME} "
    "QXRt8TPxgnjL5HZ5SoWpAaRJoCPnOzx7JgcE2ZCkMUYDBjCW9sp+fHEWMJkXdUXPZ+OqAqyFDFk2RLGe7yOZJR5Zfw4=\n"
)
KEY = f"{NAME}+41746df1+AQ0kTd83b7wRnFZ6+cZRjLFgTQWNBz9qXJZHj8pWvGQ1\n"
PROOF = {"old": 2, "new": 3, "proof": ["bjQLnP+zepicpUTmu3gKLHiQHT+zNzh2hRGjBhevoB0="]}
SIZE = number("So many entries, from the first one on.", minimum=0)

SCHEMAS: Mapping[str, Schema] = {
    "Consistency": thing(
        {"old": SIZE, "new": SIZE, "proof": listing(text("A hash, in base64."))},
        description="That the ledger of `old` entries is the beginning of that of `new` ones (RFC 6962, 2.1.2).",
    ),
}


def _read(operation: str, summary: str, description: str, content: Content, *sizes: str) -> Operation:
    nothing = errors.problem(
        404, "Nothing is sealed yet, or not so much.", path="/api/ledger/checkpoint", detail="Nothing is sealed yet."
    )
    return Operation(
        id=operation,
        summary=summary,
        description=description,
        tag=DOCUMENTS,
        parameters=(*(in_path(name, "A number of entries.", number(minimum=0), "2") for name in sizes), IF_NONE_MATCH),
        answers=(*shared_document(Answer(200, "It.", (content,))), nothing),
    )


OPERATIONS: Mapping[tuple[str, str], Operation] = {
    ("GET", "/api/ledger/checkpoint"): _read(
        "readCheckpoint",
        "The newest seal of the ledger",
        "A signed root over all entries that are sealed, in the form that C2SP calls tlog-checkpoint. Keep one "
        "elsewhere now and then: with it, nobody can rewrite what was before it unnoticed. A new one comes within "
        "seconds of an entry.",
        Content("text/plain", text(), {"": NOTE}),
    ),
    ("GET", "/api/ledger/checkpoints/{size}"): _read(
        "readCheckpointOfSize",
        "The seal of an earlier size",
        "The checkpoint that was signed over the first so many entries, where one was.",
        Content("text/plain", text(), {"": NOTE}),
        "size",
    ),
    ("GET", "/api/ledger/consistency/{old}/{new}"): _read(
        "readConsistency",
        "That one seal is the beginning of another",
        "The proof between the checkpoint that you hold and a later one, by RFC 6962, 2.1.2.",
        Content(JSON, ref("Consistency"), {"": PROOF}),
        "old",
        "new",
    ),
    ("GET", "/api/ledger/key"): _read(
        "readLedgerKey",
        "The key that seals are signed with",
        "One line in the form of C2SP's signed-note: name, mark and Ed25519 key. Note it down when the console is set "
        "up; what comes later is to be compared with it.",
        Content("text/plain", text(), {"": KEY}),
    ),
}

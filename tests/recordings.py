"""Recorded examples of a dialect: reads them from text, sends them over HTTP, and compares what comes back.

A file has examples, an example one or more exchanges, each as it goes over the wire::

    ### what the example shows
    GET /api/meta
    Authorization: Bearer <jwt good>

    HTTP/1.1 200
    Content-Type: application/json

    {"associates": [{"associate_Id": "<org>", "name": "<text>"}], "...": "..."}
    ledger: token.authenticate ok bearer

In a request ``<name>`` stands for a value of the scene, ``base64(...)`` and ``form(...)`` for an encoding. In an answer
``<name>`` stands for such a value or for a form (``FORMS``); ``<form as name>`` keeps what came for later exchanges.
A JSON answer has exactly these members, unless ``"..."`` is one of them; a list that ends in ``"..."`` has one or more
like its first. A header ``Name: -`` must be absent. The ``ledger:`` lines are all entries that the exchange left, in
their order, or ``nothing``. ``---`` begins the next exchange of an example; a line that begins ``# `` is a remark.
"""

import base64
import http.client
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlsplit

NAME = re.compile(r"<([^<>\n]+)>")
ENCODED = re.compile(r"(base64|form)\(([^()\n]*)\)")
ABSENT = "-"
MORE = "..."
FORMS: dict[str, str] = {
    "jwt": r"[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    "api id": r"api_[A-Za-z0-9]{21}",
    "login id": r"lgn_[A-Za-z0-9]{21}",
    "session id": r"mob_[A-Za-z0-9]{21}",
    "request id": r"[a-z2-7]{16}",
    "moment": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z",
    "date": r"\d{4}-\d\d-\d\d",
    "number": r"-?\d+",
    "text": r"\S(?:.*\S)?",
    "anything": r".*",
}
NUMBERS = {"number"}


@dataclass
class Exchange:
    method: str
    path: str
    headers: list[tuple[str, str]]
    body: str
    status: int
    answer_headers: list[tuple[str, str]]
    answer_body: str
    ledger: list[str]


@dataclass
class Example:
    title: str
    exchanges: list[Exchange] = field(default_factory=list)


@dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes


def examples(path: Path) -> list[Example]:
    found = []
    for part in re.split(r"^### ", path.read_text(), flags=re.MULTILINE)[1:]:
        title, _line, text = part.partition("\n")
        found.append(Example(title.strip(), [exchange(each) for each in re.split(r"^---\n", text, flags=re.MULTILINE)]))
    return found


def exchange(text: str) -> Exchange:
    lines = [line for line in text.strip("\n").split("\n") if not line.startswith("#")]
    at = next(number for number, line in enumerate(lines) if line.startswith("HTTP/1.1 "))
    (first, *headers), body = halves(lines[:at])
    ledger = [line.partition(":")[2].strip() for line in lines if line.startswith("ledger:")]
    if not ledger:
        raise ValueError(f"An example must say what it leaves in the ledger: {lines[0]}")
    (status, *answer_headers), answer_body = halves([line for line in lines[at:] if not line.startswith("ledger:")])
    method, _blank, path = first.partition(" ")
    return Exchange(
        method=method,
        path=path,
        headers=[pair(line) for line in headers],
        body=body,
        status=int(status.split()[1]),
        answer_headers=[pair(line) for line in answer_headers],
        answer_body=answer_body,
        ledger=[line for line in ledger if line != "nothing"],
    )


def halves(lines: list[str]) -> tuple[list[str], str]:
    head = "\n".join(lines).strip("\n")
    head, _blank, body = head.partition("\n\n")
    return head.split("\n"), body.strip("\n")


def pair(line: str) -> tuple[str, str]:
    name, _colon, value = line.partition(":")
    return name.strip(), value.strip()


class Scene:
    """The values that examples name, and what earlier exchanges of the same example kept."""

    def __init__(self, url: str, values: Mapping[str, Any]) -> None:
        self.place, self.values = urlsplit(url).netloc, dict(values)

    def filled(self, text: str) -> str:
        text = NAME.sub(lambda found: str(self.values[found[1]]), text)
        return ENCODED.sub(lambda found: encoded(found[1], found[2]), text)

    def send(self, wanted: Exchange) -> Answer:
        peer = http.client.HTTPConnection(self.place, timeout=20)
        body = self.filled(wanted.body).encode()
        peer.putrequest(wanted.method, self.filled(wanted.path), skip_accept_encoding=True)
        names = {name.lower() for name, _value in wanted.headers}
        for name, value in wanted.headers:
            peer.putheader(name, self.filled(value))
        if "content-length" not in names and (body or wanted.method in {"POST", "PUT", "PATCH"}):
            peer.putheader("Content-Length", str(len(body)))
        peer.endheaders(body or None)
        answer = peer.getresponse()
        content = answer.read()
        peer.close()
        return Answer(answer.status, answer.msg, content)

    def differences(self, wanted: Exchange, answer: Answer) -> Iterator[str]:
        if answer.status != wanted.status:
            yield f"status: {answer.status}, not {wanted.status}: {answer.body[:500]!r}"
            return
        self.values["request id"] = answer.headers.get("X-Request-ID", "")
        for name, value in wanted.answer_headers:
            yield from self.header_differs(name, value, answer)
        if wanted.answer_body.startswith(("{", "[", '"')):
            try:
                came = json.loads(answer.body)
            except ValueError:
                yield f"body: no JSON: {answer.body[:500]!r}"
                return
            yield from self.differs(json.loads(wanted.answer_body), came, "body")
        elif not self.matches(wanted.answer_body, answer.body.decode().replace("\r\n", "\n").rstrip("\n")):
            yield f"body: {answer.body[:500]!r}, not {wanted.answer_body!r}"

    def header_differs(self, name: str, value: str, answer: Answer) -> Iterator[str]:
        came = answer.headers.get_all(name)
        if value == ABSENT:
            if came is not None:
                yield f"{name}: {came}, not absent"
        elif came is None or len(came) != 1 or not self.matches(value, came[0]):
            yield f"{name}: {came}, not {value!r}"

    def differs(self, wanted: Any, came: Any, where: str) -> Iterator[str]:
        if isinstance(wanted, dict) and isinstance(came, dict):
            yield from self.members_differ(wanted, came, where)
        elif isinstance(wanted, list) and isinstance(came, list):
            yield from self.items_differ(wanted, came, where)
        elif not self.same(wanted, came):
            yield f"{where}: {came!r}, not {wanted!r}"

    def members_differ(self, wanted: dict[str, Any], came: dict[str, Any], where: str) -> Iterator[str]:
        members = {name: value for name, value in wanted.items() if name != MORE}
        for name in members.keys() - came.keys():
            yield f"{where}: lacks {name}"
        if MORE not in wanted and (unforeseen := came.keys() - members.keys()):
            yield f"{where}: has {sorted(unforeseen)} too"
        for name in members.keys() & came.keys():
            yield from self.differs(members[name], came[name], f"{where}.{name}")

    def items_differ(self, wanted: list[Any], came: list[Any], where: str) -> Iterator[str]:
        if wanted[-1:] == [MORE]:
            wanted = wanted[:1] * max(len(came), 1)
        if len(wanted) != len(came):
            yield f"{where}: {len(came)} items, not {len(wanted)}"
        for number, (one, other) in enumerate(zip(wanted, came, strict=False)):
            yield from self.differs(one, other, f"{where}[{number}]")

    def same(self, wanted: Any, came: Any) -> bool:
        whole = NAME.fullmatch(wanted) if isinstance(wanted, str) else None
        if whole is None:
            return (
                self.matches(wanted, came) if isinstance(wanted, str) else type(wanted) is type(came) and wanted == came
            )
        form = whole[1].partition(" as ")[0]
        if form in self.values:
            return type(self.values[form]) is type(came) and bool(self.values[form] == came)
        is_number = isinstance(came, int) and not isinstance(came, bool)
        if form != "anything" and is_number != (form in NUMBERS):
            return False
        return self.matches(wanted, str(came) if is_number or form == "anything" else came)

    def matches(self, wanted: str, came: Any) -> bool:
        """Whether a text is as wanted; what ``as`` names is kept."""
        if not isinstance(came, str):
            return False
        kept, pattern, at = [], "", 0
        for found in NAME.finditer(wanted):
            form, _as, name = found[1].partition(" as ")
            known = re.escape(str(self.values[form])) if form in self.values else FORMS[form]
            pattern += re.escape(wanted[at : found.start()]) + (f"({known})" if name else f"(?:{known})")
            kept += [name] if name else []
            at = found.end()
        matched = re.fullmatch(pattern + re.escape(wanted[at:]), came, re.DOTALL)
        if matched:
            self.values.update(zip(kept, matched.groups(), strict=False))
        return matched is not None


def encoded(how: str, text: str) -> str:
    return base64.b64encode(text.encode()).decode() if how == "base64" else quote_plus(text)

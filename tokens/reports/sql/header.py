"""Reads the header of a report's file: the comment lines at its beginning that name things."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from tokens.reports.parameters import Value
from tokens.reports.sql.findings import Finding, Wrong, one_of
from tokens.reports.sql.parameters import CHOICE, KINDS, Declared, Integer, choice_of
from tokens.reports.sql.query import NAME

ONCE = ("id", "title", "organisation", "department", "order")
REQUIRED = ("id", "title", "organisation")
OFTEN = ("parameter", "column")
TAKEN_NAMES = {"format", "Department_Id"}  # the one says how, the other is made from the department column
NUMBER_MAXIMUM = 2**31 - 1
TITLE_LENGTH = 100
_FIELD = re.compile(r"\s*--\s*([A-Za-z_]+)\s*:(.*)")
_ORDER = re.compile(r"(.+?)(?:\s+(asc|desc))?", re.IGNORECASE)
_VALUE = re.compile(r'\s*(?:"([^"]*)"|([^",=]*?))\s*(?:=\s*(?:"([^"]*)"|([^",=]*?))\s*)?(?:,|$)')


@dataclass(frozen=True, slots=True)
class Named:
    """A column of the query that the header names; ``more`` is its caption, or that it goes downwards."""

    name: str
    line: int
    more: str = ""


@dataclass(slots=True)
class Header:
    """What the header says. Where it is wrong there is a finding, and a value that nothing must use."""

    id: int = 0
    title: str = ""
    organisation_id: int = 0
    department: Named | None = None
    order: list[Named] = field(default_factory=list)
    parameters: list[Declared] = field(default_factory=list)
    columns: list[Named] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def read_header(text: str) -> Header:
    """The header of a whole file. Lines that name nothing ("-- anything else") are comments."""
    header, seen = Header(), set()
    for line, key, value in _fields(text):
        try:
            _refuse(key, value, line, again=key in seen)
            _take(header, key, value, line)
        except Wrong as wrong:
            header.findings.append(wrong.finding)
        seen.add(key)
    header.findings += [Finding(0, f"The header has no line “-- {key}: …”.") for key in REQUIRED if key not in seen]
    return header


def _fields(text: str) -> Iterator[tuple[int, str, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip() and not line.lstrip().startswith("--"):
            return
        if match := _FIELD.fullmatch(line):
            yield number, match[1].lower(), match[2].strip()


def _refuse(key: str, value: str, line: int, *, again: bool) -> None:
    if key not in ONCE + OFTEN:
        meant = one_of(ONCE + OFTEN, key)
        raise Wrong(line, f"A header has no “{key}:”. {meant} Leave the colon out to write a comment.")
    if key in ONCE and again:
        raise Wrong(line, f"{key} was given already.")
    if not value:
        raise Wrong(line, f"{key} has no value.")


def _take(header: Header, key: str, value: str, line: int) -> None:
    if key in {"id", "organisation"}:
        name = "organisation_id" if key == "organisation" else key
        setattr(header, name, _number(key, value, line))
    elif key == "title":
        header.title = _title(value, line)
    elif key == "department":
        header.department = Named(value, line)
    elif key == "order":
        header.order = [_order(part.strip(), line) for part in value.split(",")]
    elif key == "column":
        name, _equals, caption = (part.strip() for part in value.partition("="))
        header.columns.append(Named(name, line, caption or name))
    else:
        declared = _parameter(value, line)
        if declared.name in {other.name for other in header.parameters}:
            raise Wrong(line, f"The parameter {declared.name} was declared already.")
        header.parameters.append(declared)


def _number(key: str, value: str, line: int) -> int:
    if not value.isascii() or not value.isdecimal() or not 0 < int(value) <= NUMBER_MAXIMUM:
        raise Wrong(line, f"{key} must be a whole number above 0, such as 2001; it is “{value[:40]}”.")
    return int(value)


def _title(value: str, line: int) -> str:
    if len(value) > TITLE_LENGTH or not value.isprintable():
        raise Wrong(line, f"title must have at most {TITLE_LENGTH} characters that can be printed.")
    return value


def _order(part: str, line: int) -> Named:
    match = _ORDER.fullmatch(part)
    if match is None:
        raise Wrong(line, "order must list columns by comma, each with asc or desc if need be.")
    return Named(match[1], line, (match[2] or "asc").lower())


def _parameter(value: str, line: int) -> Declared:
    """``Name; type; default X; values A, B``"""
    name, *parts = (part.strip() for part in value.split(";"))
    if not NAME.fullmatch(name):
        raise Wrong(line, f"“{name[:40]}” is no name of a parameter: use plain letters, digits and _, at most 64.")
    if name in TAKEN_NAMES:
        raise Wrong(line, f"The name {name} is taken: choose another.")
    if not parts or parts[0].lower() not in {*KINDS, CHOICE}:
        meant = one_of([*KINDS, CHOICE], parts[0] if parts else "")
        raise Wrong(line, f"After {name} and a semicolon must stand its type. {meant}")
    options = _options(name, parts[1:], line)
    if parts[0].lower() == CHOICE:
        return _choice(name, options, line)
    if "values" in options:
        raise Wrong(line, f"Only a choice has values; {name} is of the type {parts[0]}.")
    kind = KINDS[parts[0].lower()]
    default = options.get("default", "")
    try:
        return Declared(kind.make(name, default=kind.read(default) if default else None), kind.cast, line)
    except ValueError:
        raise Wrong(line, f"The default of {name} is no {parts[0].lower()}: “{default[:40]}”.") from None


def _options(name: str, parts: list[str], line: int) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in parts:
        word, _blank, rest = part.partition(" ")
        if word.lower() not in {"default", "values"} or word.lower() in found:
            raise Wrong(
                line, f"{name} has “{part[:40]}”; after the type may stand “default X” and “values A, B”, once."
            )
        found[word.lower()] = rest.strip()
    return found


def _choice(name: str, options: dict[str, str], line: int) -> Declared:
    values = _values(name, options.get("values", ""), line)
    default = _literal(options.get("default", "").strip('"')) if options.get("default") else None
    known = [value.value for value in values]
    if len(set(map(str, known))) < len(known):
        raise Wrong(line, f"{name} has the same value twice.")
    if len({type(value) for value in known if value != ""}) > 1:
        raise Wrong(
            line, f'The values of {name} must be all numbers or all texts; write a number that is a text as "3".'
        )
    if default is not None and "" in known:
        raise Wrong(line, f'{name} has a value "" for all, which is its default; leave “default” out.')
    if default is not None and str(default) not in map(str, known):
        raise Wrong(line, f"The default of {name} is not among its values: “{default}”.")
    chosen = next((value for value in known if default is not None and str(value) == str(default)), None)
    return choice_of(name, values, chosen, line)


def _values(name: str, text: str, line: int) -> list[Value]:
    """``Electricity, "Gas, natural", All = "", Heat = 3``"""
    found, place = [], 0
    while place < len(text):
        match = _VALUE.match(text, place)
        if match is None or match.end() == place:
            raise Wrong(line, f"The values of {name} cannot be read from “{text[place : place + 40]}” on.")
        caption = match[1] if match[1] is not None else match[2]
        value: str | int = match[3] if match[3] is not None else _literal(match[4] or "")
        if match[3] is None and match[4] is None:
            value = match[1] if match[1] is not None else _literal(match[2])
        elif match[3] is None and not match[4]:
            raise Wrong(line, f'After “{caption} =” stands no value; write "" for all.')
        if not caption:
            raise Wrong(line, f'A value of {name} is empty; write “All = ""”.')
        found.append(Value(caption, value))
        place = match.end()
    if not found:
        raise Wrong(line, f"The choice {name} needs its values: “values Electricity, Gas”.")
    return found


def _literal(text: str) -> str | int:
    """Digits alone are a number; quotation marks make them a text."""
    try:
        return Integer.read(text)
    except ValueError:
        return text

"""Cuts the SQL of a report into pieces: what is a parameter, and what only looks like one."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from tokens.reports.sql.findings import Finding, Wrong


class Engine(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place where the value of a parameter belongs."""

    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Query:
    """One SELECT without its final semicolon. Comments are blank; every line stands where it stands in the file."""

    pieces: tuple[str | Parameter, ...]

    @property
    def parameters(self) -> dict[str, int]:
        """The parameters by name, with the line of their first use."""
        found: dict[str, int] = {}
        for piece in self.pieces:
            if isinstance(piece, Parameter):
                found.setdefault(piece.name, piece.line)
        return found

    def text(self, placeholder: Callable[[str], str]) -> str:
        return "".join([piece if isinstance(piece, str) else placeholder(piece.name) for piece in self.pieces])


NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

# What both engines have. Each alternative begins with a character that no other begins with, or stands before it, and
# none gives back what it took: a quotation that is never closed matches nothing.
_BOTH = r"""
    (?P<space>\s+)
  | (?P<comment>--[^\n]*)
  | (?P<block>/\*(?>(?!\*/|/\*)(?:.|\n))*+\*/)
  | (?P<quoted>'(?>[^']|'')*+' | "(?>[^"]|"")*+")
  | (?P<cast>::|:=)
  | (?P<parameter>:[^\W\d][\w$]*)
  | (?P<end>;)
  | (?P<open>\()
  | (?P<close>\))
  | (?P<unclosed>'|"|/\*)
"""
# SQLite's manual, "Tokens" (tokenize.c): two more kinds of quoted names, and four more of parameters.
_SQLITE = rf"""(?sx){_BOTH}
  | (?P<names>`(?>[^`]|``)*+` | \[[^\]]*\])
  | (?P<foreign>\?\d* | [$@\#:][\w$]+)
  | (?P<open_name>`|\[)
  | (?P<word>[\w$]+)
  | (?P<other>.)
"""
# PostgreSQL's manual, 4.1 Lexical Structure: strings with escapes, strings between dollars. ? and @ are operators.
_POSTGRESQL = rf"""(?sx)
    (?P<escaped>[eE]'(?>[^'\\]|\\.|'')*+')
  | (?P<open_escaped>[eE]')
  | (?P<dollars>\$(?P<tag>(?:[^\W\d]\w*)?)\$(?>(?!\$(?P=tag)\$).)*+\$(?P=tag)\$)
  | {_BOTH}
  | (?P<foreign>\$\d+)
  | (?P<open_dollars>\$(?:[^\W\d]\w*)?\$)
  | (?P<word>\w[\w$]*)
  | (?P<other>.)
"""
_TOKENS = {Engine.SQLITE: re.compile(_SQLITE), Engine.POSTGRESQL: re.compile(_POSTGRESQL)}
_GOES_ON = re.compile(r"(?:\s|--[^\n]*)*'")
_BEGINNINGS = {"select", "with"}


def read_query(text: str, engine: Engine) -> tuple[Query, list[Finding]]:
    """The query of a whole file, and what is wrong with it. Raises ``Wrong`` where nothing after can be read."""
    pieces: list[str | Parameter] = []
    reading = _Reading()
    for kind, token, line in _tokens(text, engine):
        if kind == "parameter":
            if not NAME.fullmatch(token[1:]):
                raise Wrong(line, f"{token} is no parameter: use plain letters, digits and _, at most 64.")
            pieces.append(Parameter(token[1:], line))
        elif kind in {"comment", "block"}:
            pieces.append(" " + "\n" * token.count("\n"))
        elif kind != "end":
            pieces.append(token)
        reading.take(kind, token, line)
    reading.finish(text.count("\n") + 1)
    return Query(tuple(pieces)), reading.findings


def _tokens(text: str, engine: Engine) -> Iterator[tuple[str, str, int]]:
    line, place = 1, 0
    while place < len(text):
        match = _TOKENS[engine].match(text, place)
        assert match is not None and match.lastgroup is not None  # noqa: S101, PT018  # "other" takes any character
        kind, word = match.lastgroup, match[0]
        if kind in {"unclosed", "open_name", "open_dollars", "open_escaped"}:
            hint = " A comment must hold no other." if word == "/*" else ""
            raise Wrong(line, f"What {word} begins here is never closed.{hint}")
        if kind == "foreign":
            raise Wrong(line, f"Write :Name for a parameter, and declare it in the header, instead of {word}.")
        if kind == "escaped" and _GOES_ON.match(text, match.end()):
            raise Wrong(line, "Write a string that begins with E' in one piece.")
        yield kind, word, line
        line += word.count("\n")
        place = match.end()


class _Reading:
    """What has been met so far: the beginning, the parentheses that are open, the end."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.depth = 0
        self.begun = self.ended = False

    def take(self, kind: str, token: str, line: int) -> None:
        if kind in {"space", "comment", "block"}:
            return
        if self.ended:
            raise Wrong(line, "There is more than one statement, or something after the final semicolon. Keep one.")
        if not self.begun:
            self.begun = True
            if token.lower() not in _BEGINNINGS:
                raise Wrong(line, f"The statement must begin with SELECT or WITH, not with {token[:20]}.")
        self.ended = kind == "end"
        self.depth += (kind == "open") - (kind == "close")
        if self.depth < 0:
            raise Wrong(line, "This parenthesis closes nothing.")
        if self.ended and self.depth:
            raise Wrong(line, "A parenthesis is never closed.")

    def finish(self, last_line: int) -> None:
        if not self.begun:
            self.findings.append(Finding(last_line, "There is no statement. Write one SELECT below the header."))
        elif not self.ended:
            message = (
                "End the statement with a semicolon: without it a file half written could not be told from a whole."
            )
            self.findings.append(Finding(last_line, message))

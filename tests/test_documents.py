"""Documents say what the code does: figures, events of the log, variables, and tests that are named."""

import ast
import importlib
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db.models.query_utils import DeferredAttribute

from config import secret_files
from tests.servers import ROOT

DOCS = ROOT / "docs"
LIMIT = re.compile(r"^\| ([\d,]+)(?: (KiB|MiB|s|min|h|d))? \|.*\| `([\w.]+)` \|$", re.MULTILINE)
UNITS = {"": 1, "KiB": 1024, "MiB": 1024**2, "s": 1, "min": 60, "h": 3600, "d": 86_400}
SOURCES = ("config", "audit", "accounts", "tokens")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def constant(path: str) -> float:
    """What stands in the code; a length of time in seconds, a field's default as its number."""
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name)
        break
    if isinstance(found, DeferredAttribute):
        found = found.field.get_default()
    if isinstance(found, timedelta):
        return found.total_seconds()
    return float(found) * (60 if path.endswith("_minutes") else 3600 if path.endswith("session_hours_limit") else 1)


@pytest.mark.parametrize(("number", "unit", "path"), LIMIT.findall((DOCS / "limits.md").read_text()))
def test_each_limit_is_that_of_the_code(number: str, unit: str, path: str) -> None:
    assert int(number.replace(",", "")) * UNITS[unit] == constant(path)


def test_every_row_of_the_limits_is_held() -> None:
    rows = [line for line in (DOCS / "limits.md").read_text().splitlines() if re.match(r"\| [\d]", line)]
    assert len(rows) == len(LIMIT.findall((DOCS / "limits.md").read_text())) > 30


# --- the operational log ----------------------------------------------------------------------------------------------


def events() -> Iterator[tuple[str, str]]:
    """Each event that the code logs, and where."""
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if is_logging(node):
                    yield str(node.args[0].value), f"{path.relative_to(ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


def is_logging(node: ast.AST) -> bool:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
        return False
    whose = ast.unparse(node.func.value)
    of_a_log = whose in {"log", "logger"} or "get_logger" in whose
    return of_a_log and bool(node.args) and isinstance(node.args[0], ast.Constant)


def test_every_event_of_the_log_is_described() -> None:
    described = (DOCS / "logging.md").read_text()
    found = dict(events())
    assert len(found) > 15
    assert {event: place for event, place in found.items() if f"`{event}`" not in described} == {}


# --- variables --------------------------------------------------------------------------------------------------------


def test_every_variable_of_the_environment_is_in_the_readme() -> None:
    source = "".join((ROOT / "config" / name).read_text() for name in ("environment.py", "secret_files.py"))
    asked = set(re.findall(r"""(?:env\.\w+|secret|_number|_switch)\((?:env, )?"([A-Z_]+)""", source))
    readme = (ROOT / "README.md").read_text()
    assert asked >= set(secret_files.SECRETS)
    assert {name for name in asked if f"`{name}`" not in readme} == set()


# --- links and tests --------------------------------------------------------------------------------------------------

NAMED_TEST = re.compile(r"`(tests/\w[\w/]*\.py)(?:::([\w:]+))?`")


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: str(path.relative_to(DOCS)))
def test_what_a_document_names_is_there(path: Path) -> None:
    text = path.read_text()
    links = re.findall(r"\]\(([^)#\s:]+)(?:#[^)]*)?\)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []
    missing = []
    for name, test in NAMED_TEST.findall(text):
        source = (ROOT / name).read_text() if (ROOT / name).exists() else ""
        if not source or any(not re.search(rf"(?:def|class) {part}\b", source) for part in test.split("::") if part):
            missing.append((name, test))
    assert missing == []

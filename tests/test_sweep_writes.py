"""Only actions write: a write anywhere else in the three apps is found here."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "audit", "tokens", "config")
WRITING_METHODS = {
    "save", "create", "bulk_create", "bulk_update", "update_or_create", "get_or_create", "delete", "aupdate", "acreate",
    "set_password",
}  # fmt: skip
QUERYSET_WRITES = {"update"}  # also a method of dict: counted only behind a manager or a queryset method
WRITING_SQL = ("INSERT INTO", "UPDATE ", "DELETE FROM", "TRUNCATE")
# Where a write may stand besides actions, and why.
ALLOWED = {
    "audit/triggers.py": "the guards themselves",
    "tokens/admission": "the admission statement and first and last use (DESIGN 5)",
    "accounts/limits.py": "the counters' upsert, which is no domain state",
    "tokens/demo/meters.py": "the demonstration's own data file, which is no state of the console",
    "accounts/mail.py": "the outbox row, inside the caller's action",
}
HARMLESS_OWNERS = {"actions", "hashlib", "hmac", "self.fields", "super()", "zipfile"}


def modules() -> list[Path]:
    found = [path for app in APPS for path in sorted((ROOT / app).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts and not allowed(path)]


def allowed(path: Path) -> bool:
    name = path.relative_to(ROOT).as_posix()
    return "/actions" in name or any(name.startswith(prefix) for prefix in ALLOWED)


def writes(source: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = ast.unparse(node.func.value)
            writes_rows = node.func.attr in WRITING_METHODS and owner not in HARMLESS_OWNERS
            writes_set = node.func.attr in QUERYSET_WRITES and ("objects" in owner or "filter(" in owner)
            if writes_rows or writes_set:
                yield node.lineno, ast.unparse(node.func)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value.strip().upper()
            if text.startswith(WRITING_SQL) and " " in text[7:]:
                yield node.lineno, node.value.strip()[:40]


def test_the_sweep_looks_at_modules() -> None:
    assert len(modules()) > 30


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_write_outside_actions(path: Path) -> None:
    assert list(writes(path.read_text())) == []


@pytest.mark.parametrize(
    "planted",
    [
        "login.save()",
        "Login.objects.filter(pk=1).update(enabled=False)",
        "Entry.objects.create(verb='x')",
        "cursor.execute('UPDATE accounts_login SET enabled = 1 WHERE id = 1')",
        "token.delete()",
    ],
)
def test_a_planted_write_is_found(planted: str) -> None:
    assert list(writes(planted))

"""sqlmap, at level 3 and risk 2, against one parameter after the other."""

import hashlib
import re
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from tests.attacks.console import ATTACKERS

Headers = Callable[[str], dict[str, str]]
"""Those of an attack on a path."""

SECONDS = 90
AT_ONCE = 2
FOUND = re.compile(r"^Parameter: (.+) \((?:GET|URI)\)", re.MULTILINE)
DONE = "do not appear to be injectable"


@dataclass(frozen=True)
class Tried:
    path: str
    parameter: str
    is_found: bool
    is_complete: bool
    said: str


def attack(url: str, target: tuple[str, str, str], headers: dict[str, str], folder: Path, seconds: int) -> Tried:
    """Every technique against one parameter; cut off when it takes too long."""
    path, parameter, value = target
    command = [
        str(ATTACKERS / "sqlmap"), "-u", f"{url}{path}?{urlencode({parameter: value})}", "-p", parameter,
        "--level", "3", "--risk", "2", "--dbms", "sqlite", "--batch", "--flush-session", "--disable-coloring",
        "--ignore-code", "400,401,403,404,406,422,429", "--drop-set-cookie", "--time-limit", str(seconds),
        "--output-dir", str(folder / f"{abs(hash(target))}"),
        "--headers", "\n".join(f"{name}: {held}" for name, held in headers.items()),
    ]  # fmt: skip
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    said = ran.stdout + ran.stderr
    return Tried(path, parameter, bool(FOUND.search(said)), DONE in said or bool(FOUND.search(said)), said)


def attack_all(
    url: str, targets: list[tuple[str, str, str]], headers: Headers, folder: Path, seconds: int, until: float
) -> list[Tried]:
    """So many as begin before the moment ``until``, in an order that mixes all lists."""
    mixed = sorted(targets, key=lambda target: hashlib.sha256(repr(target[:2]).encode()).digest())

    def one(target: tuple[str, str, str]) -> Tried | None:
        if time.monotonic() > until:
            return None
        return attack(url, target, headers(target[0]), folder, seconds)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [tried for tried in pool.map(one, mixed) if tried]

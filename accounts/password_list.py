"""Looks a password up in a file of known ones: a SHA-1 a line, in order, as Pwned Passwords has them."""

import hashlib
import mmap
import re
from pathlib import Path

LINE = re.compile(rb"[0-9A-F]{40}(?::\d+)?\r?\n?")


def is_listed(password: str, path: Path) -> bool:
    """Whether the file has the password. Reads some forty lines of it, however long it is."""
    wanted = hashlib.sha1(password.encode("utf-8", "replace"), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as lines:
        first, after = 0, len(lines)  # the line begins in between, if it is there
        while first < after:
            middle = (first + after) // 2
            begin = lines.rfind(b"\n", 0, middle) + 1
            found = lines[begin : begin + len(wanted)]
            if found == wanted:
                return True
            if found < wanted:
                end = lines.find(b"\n", begin)
                first = len(lines) if end < 0 else end + 1
            else:
                after = begin
    return False


def fault_of(path: Path) -> str:
    """What keeps the file from being such a list; nothing when all seems well with its first line."""
    try:
        with path.open("rb") as file:
            first = file.readline(100)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return "" if LINE.fullmatch(first) else "does not begin with a SHA-1 in 40 capital hexadecimal digits"

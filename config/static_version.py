"""The part of a style's or script's address that changes with it."""

import hashlib
from pathlib import Path


def version_of(own: Path, packages: Path) -> str:
    """The same for the same files: ours by their content, those of packages by what says which versions there are."""
    digest = hashlib.sha256(packages.read_bytes())
    for path in sorted(own.rglob("*.*")):
        digest.update(path.relative_to(own).as_posix().encode() + b"\0" + path.read_bytes())
    return f"v{digest.hexdigest()[:12]}"

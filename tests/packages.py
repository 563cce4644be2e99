"""What the console is made of: the locked packages with their licences, as a page (docs/packages.md) and as a list for
programs (var/sbom.json, CycloneDX 1.6). ``python -m tests.packages`` writes both; it asks nobody.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "requirements.txt"
PAGE = ROOT / "docs" / "packages.md"
LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<marker>[^\\]+?))?\s*\\?")
HASH = re.compile(r"\s+--hash=sha256:(?P<hash>[0-9a-f]{64})\s*\\?")

ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "LGPL-3.0-only", "MIT", "MIT-0", "MPL-2.0", "OFL-1.1",
    "PSF-2.0", "Zlib",
}  # fmt: skip
"""Licences of what runs. LGPL and MPL bind whoever changes the package itself, which nobody does here."""
SPDX = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD License": "BSD-3-Clause",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "PSFL": "PSF-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""What packages wrote before there were expressions, as the list of SPDX names it."""
READ_BY_HAND = {
    "colorama": "BSD-3-Clause",  # for Windows alone, so it is not installed here
    "django-tables2": "BSD-2-Clause",
    "fido2": "BSD-2-Clause AND Apache-2.0 AND MPL-2.0",
    "qrcode": "BSD-3-Clause AND MIT",
    "sqlparse": "BSD-3-Clause",
}
"""Where the package's own files say it better than its metadata."""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]

    @property
    def licence(self) -> str:
        """As an expression of SPDX; empty where nothing is known."""
        if self.name in READ_BY_HAND:
            return READ_BY_HAND[self.name]
        try:
            return licence_of(metadata(self.name))
        except PackageNotFoundError:
            return ""

    @property
    def is_allowed(self) -> bool:
        """Whether every part that binds us may; of alternatives one is enough."""
        every = self.licence.replace("(", " ").replace(")", " ").split(" AND ")
        return bool(self.licence) and all({part.strip() for part in one.split(" OR ")} & ALLOWED for one in every)


def licence_of(found: PackageMetadata) -> str:
    written = found.get("License-Expression") or found.get("License") or ""
    if written and len(written) < 60:
        return SPDX.get(written, written)
    named = [line.rpartition(" :: ")[2] for line in found.get_all("Classifier") or [] if line.startswith("License")]
    return " AND ".join(sorted({SPDX.get(name, name) for name in named if name != "OSI Approved"}))


def locked(path: Path = RUNTIME) -> Iterator[Package]:
    """Raises ``ValueError`` for a line that is no pinned package, no hash and no comment."""
    name = version = marker = ""
    hashes: list[str] = []
    for line in path.read_text().splitlines():
        if found := HASH.fullmatch(line):
            hashes.append(found["hash"])
        elif found := LINE.fullmatch(line):
            if name:
                yield Package(name, version, marker, tuple(hashes))
            name, version, marker, hashes = found["name"], found["version"], found["marker"] or "", []
        elif line.strip() and not line.lstrip().startswith("#"):
            raise ValueError(f"{path.name}: {line}")
    yield Package(name, version, marker, tuple(hashes))


def page() -> str:
    rows = "".join(f"| {one.name} | {one.version} | {one.licence} |\n" for one in locked())
    return f"""# Packages

What runs, from `requirements.txt`; written by `make sbom`, which writes `var/sbom.json` (CycloneDX 1.6) as well.
Every package is pinned with the hashes of its files and installed with `--require-hashes`. A licence that is not in the
list of `tests/packages.py` fails `tests/test_requirements.py`. What tests and checks need is in `requirements-*.txt`.

| Package | Version | Licence |
| --- | --- | --- |
{rows}"""


def bill() -> dict[str, object]:
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "token-console"}},
        "components": [
            {
                "type": "library",
                "name": one.name,
                "version": one.version,
                "purl": f"pkg:pypi/{one.name}@{one.version}",
                "licenses": [{"expression": one.licence}],
                "hashes": [{"alg": "SHA-256", "content": found} for found in one.hashes],
            }
            for one in locked()
        ],
    }


if __name__ == "__main__":
    PAGE.write_text(page())
    place = ROOT / "var" / "sbom.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(bill(), indent=1))
    print(f"{PAGE.relative_to(ROOT)} and {place.relative_to(ROOT)} hold {len(list(locked()))} packages.")

"""wapiti: crawls as a signed-in administrator, and tries scripts, headers, redirects and line breaks."""

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.attacks.console import ATTACKERS

MODULES = "xss,permanentxss,csp,http_headers,redirect,crlf"
# What would end the attacker's own session, or send it away to confirm who it is; its own rights are spared as well.
SPARED = ("/sign-out", "/password", "/confirm", "/personal/sessions/*", "/configuration/organisation/*")


def attack(
    url: str, folder: Path, *, seconds: int, cookie: str = "", starts: Sequence[str] = (), own: Sequence[str] = ()
) -> list[str]:
    """What it found, each as "kind: method path parameter". ``own`` are the pages about the attacker's own login."""
    report = folder / "wapiti.json"
    command = [
        str(ATTACKERS / "wapiti"), "-u", f"{url}/", "--scope", "domain", "-m", MODULES, "--flush-session",
        "--max-scan-time", str(seconds), "--max-attack-time", str(max(20, seconds // 4)), "--tasks", "4", "-d", "4",
        "--max-links-per-page", "60", "--max-files-per-dir", "40", "-f", "json", "-o", str(report), "-v", "1",
        "--no-bugreport", "--dns-endpoint", "localhost",
        "--store-session", str(folder / "session"), "--store-config", str(folder / "config"),
    ]  # fmt: skip
    command += ["-C", cookie] if cookie else []
    spared = [*SPARED, *(f"{page}*" for page in own)]
    command += [part for path in spared for part in ("-x", f"{url}{path}")]
    command += [part for start in starts for part in ("-s", f"{url}{start}")]
    ran = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=seconds * 4 + 120)
    (folder / "said.txt").write_text(ran.stdout + ran.stderr)
    found = json.loads(report.read_text())["vulnerabilities"]
    return [f"{kind}: {one['method']} {one['path']} {one['parameter']}" for kind, all_ in found.items() for one in all_]

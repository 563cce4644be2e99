"""The console as it is served, on a database of its own with the demonstration in it, and what it answered."""

import json
import os
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

from config import supervisor
from tests.servers import ROOT, python
from tests.serving import Served

COUNTED = "tests.attacks.counted:application"


class AttackedConsole(Served):
    def __init__(self, folder: Path) -> None:
        super().__init__(folder, DEMO="1", ATTACKED_NOTES=str(folder / "notes"))
        self.program = (*supervisor.web_command("127.0.0.1", self.port, workers=2)[1:-1], COUNTED)
        (folder / "notes").touch()
        self.unfinished = 0  # parameters that an attack left before its end

    def prepare(self) -> None:
        filled = subprocess.run(
            [python, "-m", "tests.attacks.seed"],
            cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=True,
        )  # fmt: skip
        found = json.loads(filled.stdout)
        self.cookie: str = found["cookie"]
        self.jwt = found["jwt"]
        self.own: list[str] = found["own"]
        self.targets: list[tuple[str, str, str]] = [(path, name, value) for path, name, value in found["targets"]]

    def start(self, *, wait: bool = True) -> None:
        """And make sure that the attackers come in: outside they would find nothing but doors."""
        super().start(wait=wait)
        assert self.lets_in()

    def lets_in(self) -> bool:
        """Whether the attacker is signed in, and may do what administrators may."""
        asked = urllib.request.Request(f"{self.url}/user-types", headers={"Cookie": self.cookie})
        try:
            with urllib.request.urlopen(asked, timeout=20) as answer:
                return str(answer.url).endswith("/user-types")
        except urllib.error.HTTPError:
            return False

    def headers(self, path: str) -> dict[str, str]:
        """By which the attackers come in."""
        if path.startswith("/api/"):
            return {"Authorization": f"Bearer {self.jwt}"}
        return {"Cookie": self.cookie, "HX-Request": "true"}

    @property
    def statuses(self) -> Counter[str]:
        return Counter(line[:3] for line in (self.folder / "notes").read_text().splitlines())

    @property
    def opened(self) -> set[str]:
        """The pages that showed themselves."""
        lines = (self.folder / "notes").read_text().splitlines()
        return {line for line in lines if line.startswith("200 GET") and "/static/" not in line}

    @property
    def faults(self) -> list[str]:
        """The answers that are ours to blame."""
        return [line for line in (self.folder / "notes").read_text().splitlines() if line[0] == "5"]


ATTACKERS = Path(os.environ.get("ATTACKERS", ROOT / ".venv-attacks" / "bin"))

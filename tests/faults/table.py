"""The figures of a run: printed, and kept in ``var/faults/``."""

import json
from datetime import UTC, datetime

from tests.servers import ROOT

FOLDER = ROOT / "var" / "faults"


def publish(name: str, figures: dict[str, object]) -> None:
    width = max(len(key) for key in figures)
    lines = [
        f"{key:<{width}}  {f'{value:.3f}' if isinstance(value, float) else value}" for key, value in figures.items()
    ]
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / f"{name}.txt").write_text("\n".join(lines) + "\n")
    entry = {"run": name, "at": datetime.now(UTC).isoformat(timespec="seconds"), **figures}
    with (FOLDER / "runs.jsonl").open("a") as file:
        file.write(json.dumps(entry, default=str) + "\n")
    print(f"\n{name}\n" + "\n".join(f"  {line}" for line in lines))

"""``python -m tests.bench [PART ...]``: each part in a process of its own, then the table of all that is known.

``--plots`` draws that anew instead, and ``--publish`` puts plots and tables into the documents.
"""

import subprocess
import sys
import time

from tests.bench.figures import FOLDER, Part, kept, table
from tests.bench.publish import publish, write_plots

MODULES = {part: f"tests.bench.{part}" for part in Part}
DRAWING = {"--plots": write_plots, "--publish": publish}


def main(wanted: list[str]) -> int:
    """0 when every part ran; what is short of its bound is told, not failed."""
    if drawn := DRAWING.get(" ".join(wanted)):
        for file in drawn():
            print(file)
        return 0
    failed = []
    for part in [Part(name) for name in wanted] or list(Part):
        began = time.monotonic()
        print(f"--- {part}", flush=True)
        done = subprocess.run([sys.executable, "-m", MODULES[part]], check=False)
        print(f"--- {part}: {time.monotonic() - began:.0f} s", flush=True)
        if done.returncode:
            failed.append(part)
    text = table(kept())
    (FOLDER / "table.md").write_text(text)
    print(text)
    for part in failed:
        print(f"{part} failed.", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

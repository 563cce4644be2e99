"""The measurements of growth and of the ledger run to their end with few of everything, and tell all their figures."""

import subprocess
import sys

import pytest
from django.db import connection

from tests.bench.figures import FIGURES, ROOT, Part
from tests.bench.ledger import forged


@pytest.mark.long
@pytest.mark.skipif(connection.vendor != "postgresql", reason="they bring their own databases: once is enough")
@pytest.mark.parametrize("part", [Part.GROWTH, Part.LEDGER])
def test_it_runs_and_tells_all_its_figures(part: Part) -> None:
    command = [sys.executable, "-m", f"tests.bench.{part}", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr[-4000:]
    told = {line.partition(":")[0] for line in done.stdout.splitlines()}
    assert {name for name, figure in FIGURES.items() if figure.part is part} <= told


def test_a_forged_jwt_is_another_one_with_the_same_claims() -> None:
    one, other = forged("Bearer a.b.c"), forged("Bearer a.b.c")
    assert one != other
    assert one.startswith("a.b.")
    assert one.count(".") == 2

"""What part ``grids`` runs on its ground, in the console's own process: build the ledger, or measure and print JSON."""

import json
import sys
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from tests.bench import grids_ledger, grids_questions, grids_visits  # noqa: E402
from tests.bench.grids_inserting import inserting  # noqa: E402

PAIRS_OF = ("administrator@demo.example",)  # the others' pairs differ by what they may see, which each filter shows
DEADLINE = 60.0


def build(size: dict[str, Any]) -> None:
    grids_ledger.build(contacts=size["contacts"], tokens=size["tokens"], entries=size["entries"])


def measure(size: dict[str, Any]) -> dict[str, Any]:
    known = grids_questions.Known()
    asked = [
        question
        for log in grids_questions.logs(known)
        for question in grids_questions.questions(log, known.newest)
        if question.kind != "pair" or log.viewer.user_name in PAIRS_OF
    ]
    single = grids_visits.measure((one for one in asked if one.kind != "pair"), rounds=size["rounds"])
    pairs = grids_visits.measure(
        (one for one in asked if one.kind == "pair"), rounds=size["rounds"], again=size["again"]
    )
    return {"pages": [cost.told() for cost in (*single, *pairs)], "inserting": inserting(size["entries"] // 50)}


if __name__ == "__main__":
    connection.ensure_connection()
    told = {"build": build, "measure": measure}[sys.argv[1]](json.loads(sys.argv[2]))
    print(json.dumps(told))

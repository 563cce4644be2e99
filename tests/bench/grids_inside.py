"""What part ``grids`` runs on its ground, in the console's own process: build the ledger, or measure and print JSON."""

import json
import sys
from typing import Any

import django

django.setup()

from django.db import connection  # noqa: E402

from tests.bench import grids_ledger, grids_questions, grids_visits  # noqa: E402
from tests.bench.grids_inserting import inserting  # noqa: E402

# Who is asked for less: what pairs and times cost them, each filter shows.
LESS = ("of_department@demo.example", "of_nobody@demo.example", "of_small@demo.example")


def build(size: dict[str, Any]) -> None:
    grids_ledger.build(contacts=size["contacts"], tokens=size["tokens"], entries=size["entries"])


def measure(size: dict[str, Any]) -> dict[str, Any]:
    known = grids_questions.Known()
    asked = [
        question
        for log in grids_questions.logs(known)
        for question in grids_questions.questions(log, known.newest)
        if question.kind in {"page", "filter"} or log.viewer.user_name not in LESS
    ]
    rounds, again = size["rounds"], size["again"]
    single = grids_visits.measure((one for one in asked if one.kind != "pair"), rounds=rounds, again=again)
    pairs = grids_visits.measure((one for one in asked if one.kind == "pair"), rounds=rounds, again=again)
    return {"pages": [cost.told() for cost in (*single, *pairs)], "inserting": inserting(size["entries"] // 50)}


if __name__ == "__main__":
    connection.ensure_connection()
    told = {"build": build, "measure": measure}[sys.argv[1]](json.loads(sys.argv[2]))
    print(json.dumps(told))

"""The console's application, which notes the status of every answer: what its attackers do not tell."""

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from config.wsgi import application as console

paces: Any = import_module("config.paces")  # neither before the application has set Django up
paging: Any = import_module("audit.grids.paging")

# An attack asks more often than a person may; refused for that, its exports would tell nothing.
paces.pace_of = lambda request, login: None
# What is asked of the database is the same for a few rows; writing and comparing rows is most of what an attack takes.
paging.NUMBERED_SIZE = paging.KEYED_SIZE = 5
NOTES = Path(os.environ["ATTACKED_NOTES"])


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
    answer = console(environ, start_response)
    with NOTES.open("a") as notes:  # one short line of each answer, written at once
        notes.write(f"{answer.status_code} {environ['REQUEST_METHOD']} {environ['PATH_INFO'][:200]!r}\n")
    return answer

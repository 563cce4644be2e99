"""Run as a program in place of ``manage.py serve``: the control without what ``config/web.py`` adds to granian."""

import sys

from django.core.management import execute_from_command_line

from config import listening, supervisor

ours = supervisor.web_command


def of_granian(*arguments: object) -> list[str]:
    return ["granian" if part == "config.web" else part for part in ours(*arguments)]  # type: ignore[arg-type]


if __name__ == "__main__":
    listening.listen_soon = lambda *_: None  # type: ignore[assignment,return-value]  # granian listens by itself
    supervisor.web_command = of_granian  # before the command is imported, which takes it from there
    execute_from_command_line(["manage.py", "serve", *sys.argv[1:]])

"""What is measured is the console as it comes: its settings, and nothing in its environment but where things are."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench import served
from tests.bench.figures import FIGURES, Figure, Measured, Part, Verdict, table
from tests.bench.ground import KEPT, Ground

ROOT = Path(__file__).resolve().parent.parent
WHERE = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "PORT", "DATA_DIR", "DATABASE_URL"}
"""What a ground may say: where things are, so that runs do not meet."""

SETTINGS = """
import django, importlib, json, sys
django.setup()  # for the names of languages
found = importlib.import_module(sys.argv[1])
print(json.dumps({name: repr(getattr(found, name)) for name in dir(found) if name.isupper()}))
"""


def settings_of(module: str, environment: dict[str, str]) -> dict[str, str]:
    command = [sys.executable, "-c", SETTINGS, module]
    done = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)


def differing(one: dict[str, str], other: dict[str, str]) -> set[str]:
    return {name for name in one | other if one.get(name) != other.get(name)}


@pytest.fixture
def sqlite_ground(monkeypatch):
    monkeypatch.setenv("WORKERS", "7")  # whatever the caller has set
    made = Ground("sqlite")
    yield made
    made.remove()


def test_nothing_reaches_the_console_but_where_things_are(sqlite_ground):
    assert set(sqlite_ground.environment) - set(KEPT) <= WHERE


def test_the_settings_are_the_consoles_with_its_defaults(sqlite_ground):
    """A plain start says PORT and DATA_DIR alone, and these only to stay apart from others here."""
    ground = sqlite_ground.environment
    plain = {name: ground[name] for name in (*KEPT, "PORT", "DATA_DIR") if name in ground}
    plain |= {"PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "config.settings"}
    by_default = settings_of("config.settings", plain)
    measured = settings_of("tests.bench.console_settings", ground)
    assert differing(by_default, measured) == {"ROOT_URLCONF"}
    assert f"workers={served.WORKERS}" in measured["ENVIRONMENT"]
    otherwise = settings_of("tests.bench.console_settings", {**ground, "WORKERS": "5", "JWT_ALGORITHM": "HS512"})
    assert differing(by_default, otherwise) == {"ROOT_URLCONF", "ENVIRONMENT", "JWT_ALGORITHM"}


def test_the_tiny_address_is_the_one_address_more():
    """It stands behind those of the reports, which it stands for: no call finds its view sooner."""
    from config.urls import urlpatterns
    from tests.bench import console_urls
    from tokens.api.urls import urlpatterns as of_programs

    assert urlpatterns[0].url_patterns == of_programs
    assert console_urls.urlpatterns[1:] == urlpatterns[1:]
    at = console_urls.of_programs
    assert [*at[: console_urls.REPORTS], *at[console_urls.REPORTS + 1 :]] == of_programs
    assert {str(pattern.pattern).split("/")[1] for pattern in at[: console_urls.REPORTS]} == {"meta", "data"}


def test_the_tiny_view_is_an_ordinary_one():
    from tests.bench.console_urls import Tiny
    from tokens.api.views_base import ApiView

    assert Tiny.__mro__[1] is ApiView
    assert {name for name in vars(Tiny) if not name.startswith("__")} == {"required_scope", "get", "methods"}
    assert Tiny.methods == ("GET", "HEAD")  # found out by the base


def test_a_figure_says_whether_it_holds():
    most, least = Figure(Part.CALLS, "", "×", 2, 1), Figure(Part.CALLS, "", "×", 2, 3, at_least=True)
    assert [most.verdict(value) for value in (0.9, 1.5, 2.1)] == [Verdict.GOAL, Verdict.PASS, Verdict.SHORT]
    assert [least.verdict(value) for value in (3.1, 2.5, 1.9)] == [Verdict.GOAL, Verdict.PASS, Verdict.SHORT]


def test_the_table_has_every_figure_measured_or_not():
    name = next(iter(FIGURES))
    lines = table({name: Measured(name, 99.0)}).splitlines()
    assert len(lines) == len(FIGURES) + 2
    assert Verdict.SHORT in lines[2]
    assert all("not measured" in line for line in lines[3:])


@pytest.mark.long
@pytest.mark.parametrize("part", ["calls", "reports"])
def test_a_part_runs_with_few_of_everything(part):
    environment = {name: os.environ[name] for name in KEPT if name in os.environ}
    command = [sys.executable, "-m", f"tests.bench.{part}", "--quick"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500)
    assert done.returncode == 0, done.stderr[-3000:]
    told = {line.partition(":")[0] for line in done.stdout.splitlines()}
    assert {name for name, figure in FIGURES.items() if figure.part == part} <= told
    assert "call_statements: 1 " in done.stdout or part != "calls"

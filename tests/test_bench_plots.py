"""Plots and tables of the measurements: well-formed, readable without eyes and without colours, put where marked."""

import json
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.bench.figures import Part
from tests.bench.plots import Bar, Line, bars, lines, ticks
from tests.bench.publish import DOCUMENTS, IMAGES, filled, tables, write_plots

SVG = "{http://www.w3.org/2000/svg}"
NAMES = ("this console: checked, admitted and recorded", "DRF <without> authentication")
FOUND = {
    Part.CALLS: {"postgresql": [{"variant": name, "cpu": 300, "server": 100} for name in NAMES]},
    Part.SERVED: {"postgresql": [{"variant": name, "rate": 1800} for name in NAMES]},
    Part.GROWTH: {
        "entries": [{"entries": 10**n, "rate": 1800, "wall": 500, "cpu": 400} for n in (3, 5, 7)],
        "workers": [{"workers": n, "rate": 900 * n, "p99": 9.5} for n in (1, 2, 4)],
        "mixed": [{"alone": {"p50": 3.0, "p99": 9.0}, "mixed": {"p50": 6.0, "p99": 22.0}}],
    },
}


@pytest.fixture
def found(tmp_path: Path) -> Path:
    for part, told in FOUND.items():
        (tmp_path / f"{part}.json").write_text(json.dumps({"figures": [], **told}))
    return tmp_path


def texts(drawn: str) -> list[str]:
    return [element.text or "" for element in ElementTree.fromstring(drawn).iter(f"{SVG}text")]  # noqa: S314  # our own


def test_every_plot_is_a_picture_with_a_title_and_its_numbers_in_words(found: Path, tmp_path: Path) -> None:
    files = write_plots(found, tmp_path)
    assert {file.stem for file in files} == {
        f"bench-{name}" for name in ("calls", "served", "entries", "workers", "mixed")
    }
    for file in files:
        picture = ElementTree.parse(file).getroot()  # noqa: S314  # our own
        assert picture.get("role") == "img"
        title, told = picture.find(f"{SVG}title"), picture.find(f"{SVG}desc")
        assert title is not None
        assert told is not None
        assert picture.get("aria-labelledby") == "title told"
        assert title.text
        assert re.search(r"\d", told.text or "")
        assert "prefers-color-scheme: dark" in file.read_text()
        assert not picture.findall(f".//{SVG}script")
    assert write_plots(found, tmp_path) == []


def test_what_was_not_measured_is_not_drawn(tmp_path: Path) -> None:
    assert write_plots(tmp_path, tmp_path) == []


def test_bars_are_as_long_as_their_values() -> None:
    drawn = ElementTree.fromstring(bars("Calls", "a second", [Bar("a", 50), Bar("<b>", 200, is_ours=False)]))  # noqa: S314
    short, long = (float(one.get("width", "0")) for one in drawn.findall(f"{SVG}rect")[1:])
    assert long == pytest.approx(4 * short, rel=0.01)
    assert "<b>" in [one.text for one in drawn.iter(f"{SVG}text")]


def test_a_tenfold_is_as_far_as_any_other_on_a_logarithmic_axis() -> None:
    drawn = lines("Calls", "a second", "entries", [Line("a", [(10, 1), (100, 2), (1000, 4)])], log_x=True)
    circles = ElementTree.fromstring(drawn).findall(f"{SVG}circle")  # noqa: S314
    xs = [float(one.get("cx", "0")) for one in circles]
    first, second = (after - before for before, after in pairwise(xs))
    assert first == pytest.approx(second, abs=0.2)
    ys = [float(one.get("cy", "0")) for one in circles]
    assert ys == sorted(ys, reverse=True)
    assert {"0", "1", "2", "3", "4", "10", "100", "1,000", "entries"} <= set(texts(drawn))


def test_lines_are_told_apart_without_colours() -> None:
    drawn = lines("Calls", "a second", "entries", [Line(name, [(1, 1), (2, 2)]) for name in ("a", "b", "c")])
    assert len(set(re.findall(r'stroke-dasharray="([^"]+)"', drawn))) == 3


@pytest.mark.parametrize(("highest", "last"), [(0, 1), (4, 4), (22, 25), (1800, 2000), (0.37, 0.4), (10_000_000, 1e7)])
def test_ticks_are_round_and_few(highest: float, last: float) -> None:
    found = ticks(highest)
    assert found[0] == 0
    assert found[-1] == pytest.approx(last)
    assert len(found) <= 6


def test_tables_stand_between_their_marks(found: Path) -> None:
    document = (
        "Before\n<!-- bench:entries -->\nold\n<!-- /bench -->\nAfter\n<!-- bench:unknown -->\nkept\n<!-- /bench -->\n"
    )
    after = filled(document, tables(found))
    assert "old" not in after
    assert "| 10,000,000 | 1,800 | 500 | 400 |" in after
    assert after.startswith("Before\n<!-- bench:entries -->\n")
    assert after.endswith("After\n<!-- bench:unknown -->\nkept\n<!-- /bench -->\n")
    assert filled(after, tables(found)) == after


def test_a_plot_is_shown_under_its_title(found: Path) -> None:
    after = filled("<!-- bench:plot_entries -->\n<!-- /bench -->\n", tables(found))
    assert "\n![Calls as the ledger grows](img/bench-entries.svg)\n" in after


def test_every_plot_that_a_document_shows_is_there() -> None:
    shown = {name for document in DOCUMENTS for name in re.findall(r"bench-\w+\.svg", document.read_text())}
    assert shown <= {file.name for file in IMAGES.glob("bench-*.svg")}

"""Writes plots as SVG by hand: lines over axes, and bars; readable by machines, in light and in dark."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from tests.bench.figures import number

WIDTH = 640
LEFT, RIGHT, TOP, BOTTOM = 70, 20, 56, 52
ROW = 30
# The console's own colours (static/css/base.css).
STYLE = """
  text { font: 13px "IBM Plex Sans", "Segoe UI", sans-serif; fill: #161616; }
  .head { font-weight: 600; font-size: 15px; }
  .second { fill: #525252; }
  .rule { stroke: #e0e0e0; }
  .axis { stroke: #8d8d8d; }
  .ground { fill: #ffffff; }
  .one { fill: #0f62fe; stroke: #0f62fe; }
  .two { fill: #8a3ffc; stroke: #8a3ffc; }
  .other { fill: #a8a8a8; stroke: #a8a8a8; }
  polyline { fill: none !important; stroke-width: 2; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f4f4f4; }
    .second { fill: #c6c6c6; }
    .rule { stroke: #393939; }
    .axis { stroke: #8d8d8d; }
    .ground { fill: #161616; }
    .one { fill: #78a9ff; stroke: #78a9ff; }
    .two { fill: #be95ff; stroke: #be95ff; }
    .other { fill: #6f6f6f; stroke: #6f6f6f; }
  }
"""
LINES = ("one", "two", "other")
DASHES = ("none", "6 4", "2 3")
"""Lines are told apart without colours too."""


@dataclass(frozen=True, slots=True)
class Bar:
    """``is_ours`` sets it apart from what it stands beside."""

    name: str
    value: float
    is_ours: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    points: Sequence[tuple[float, float]]


def bars(title: str, unit: str, rows: Sequence[Bar]) -> str:
    """One horizontal bar below the other, each with its value at its end."""
    label = 8 + 7 * max(len(row.name) for row in rows)
    room = WIDTH - label - 80
    longest = max(row.value for row in rows) or 1
    drawn = []
    for place, row in enumerate(rows):
        y, length, kind = TOP + place * ROW, room * row.value / longest, "one" if row.is_ours else "other"
        drawn += [
            f'<text x="{label}" y="{y + 15}" text-anchor="end">{escape(row.name)}</text>',
            f'<rect class="{kind}" x="{label + 8}" y="{y}" width="{length:.1f}" height="20"/>',
            f'<text x="{label + 14 + length:.1f}" y="{y + 15}">{number(row.value)}</text>',
        ]
    told = "; ".join(f"{row.name}: {number(row.value)} {unit}" for row in rows)
    return _picture(title, unit, told, TOP + len(rows) * ROW + 8, drawn)


def lines(title: str, unit: str, along: str, of: Sequence[Line], *, log_x: bool = False) -> str:
    """Lines over one pair of axes; the upright one begins at 0. ``along`` says what the other one counts."""
    height = 340
    xs = sorted({x for line in of for x, _y in line.points})
    steps = ticks(max(y for line in of for _x, y in line.points))
    scale = _Scale(xs, steps[-1], height, log_x=log_x)
    drawn = list(_axes(scale, xs, steps, along, height))
    for kind, dash, line in zip(LINES, DASHES, of, strict=False):
        drawn += _line(scale, kind, dash, line)
    drawn += _legend(of)
    told = "; ".join(
        f"{line.name}: " + ", ".join(f"{number(y)} {unit} at {number(x)} {along}" for x, y in line.points)
        for line in of
    )
    return _picture(title, unit, told, height, drawn)


def ticks(highest: float) -> list[float]:
    """Round numbers from 0 to at least the highest, six at most."""
    if highest <= 0:
        return [0.0, 1.0]
    step = 10.0 ** math.floor(math.log10(highest / 5))
    step *= next(times for times in (1, 2, 5, 10) if highest / (step * times) <= 5)
    return [step * count for count in range(math.ceil(highest / step - 1e-9) + 1)]


@dataclass(frozen=True, slots=True)
class _Scale:
    """Where values lie in the picture."""

    xs: Sequence[float]
    highest: float
    height: int
    log_x: bool

    def x(self, value: float) -> float:
        low, high, at = ((math.log10(one) if self.log_x else one) for one in (self.xs[0], self.xs[-1], value))
        share = (at - low) / (high - low) if high > low else 0.5
        return LEFT + 24 + share * (WIDTH - LEFT - RIGHT - 64)

    def y(self, value: float) -> float:
        return self.height - BOTTOM - value / self.highest * (self.height - BOTTOM - TOP - 20)


def _axes(scale: _Scale, xs: Sequence[float], steps: Sequence[float], along: str, height: int) -> Iterator[str]:
    for step in steps:
        y = scale.y(step)
        yield f'<line class="rule" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="second" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{number(step)}</text>'
    foot = height - BOTTOM
    yield f'<line class="axis" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{foot}" y2="{foot}"/>'
    for x in xs:
        at = scale.x(x)
        yield f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{foot}" y2="{foot + 5}"/>'
        yield f'<text class="second" x="{at:.1f}" y="{foot + 20}" text-anchor="middle">{number(x)}</text>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text class="second" x="{middle:.1f}" y="{height - 12}" text-anchor="middle">{escape(along)}</text>'


def _line(scale: _Scale, kind: str, dash: str, line: Line) -> Iterator[str]:
    places = [(scale.x(x), scale.y(y), y) for x, y in line.points]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y, _value in places)
    yield f'<polyline class="{kind}" stroke-dasharray="{dash}" points="{path}"/>'
    for x, y, value in places:
        yield f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
        yield f'<text x="{x:.1f}" y="{y - 10:.1f}" text-anchor="middle">{number(value)}</text>'


def _legend(of: Sequence[Line]) -> Iterator[str]:
    if len(of) < 2:
        return
    at = float(LEFT)
    for kind, dash, line in zip(LINES, DASHES, of, strict=False):
        yield f'<polyline class="{kind}" stroke-dasharray="{dash}" points="{at:.0f},60 {at + 26:.0f},60"/>'
        yield f'<text x="{at + 32:.0f}" y="64">{escape(line.name)}</text>'
        at += 56 + 7 * len(line.name)


def _picture(title: str, unit: str, told: str, height: int, drawn: Sequence[str]) -> str:
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title told">',
        f'<title id="title">{escape(title)}</title>',
        f'<desc id="told">{escape(told)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect class="ground" width="{WIDTH}" height="{height}"/>',
        f'<text class="head" x="12" y="24">{escape(title)}</text>',
        f'<text class="second" x="12" y="42">{escape(unit)}</text>',
    ]
    return "\n".join([*head, *drawn, "</svg>"]) + "\n"

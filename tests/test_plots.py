"""The plot of calls by day: bars within their room, round scales, words for everything that is drawn."""

import re
from datetime import date, timedelta

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from audit.plots import CALLS_FOOT, CALLS_TOP, FAILED_FOOT, FAILED_TOP, DayCount, Plot, top
from audit.trends import trend

FIRST = date(2026, 10, 24)


def days(*numbers: tuple[int, int]) -> list[DayCount]:
    return [DayCount(FIRST + timedelta(days=at), ok, failed) for at, (ok, failed) in enumerate(numbers)]


def month(ok: int = 100, failed: int = 0) -> list[DayCount]:
    return days(*[(ok, failed)] * 30)


def test_bars_stand_in_their_own_strips() -> None:
    bars = list(Plot(days((0, 0), (1, 0), (2300, 3), (1150, 1))).bars)
    assert [bar.height for bar in bars] == [0, 2, round(144 * 2300 / 3000), 55]  # one call is seen
    assert all(CALLS_TOP <= bar.y <= CALLS_FOOT and bar.y + bar.height == CALLS_FOOT for bar in bars)
    assert all(bar.failed_y >= FAILED_TOP and bar.failed_y + bar.failed_height == FAILED_FOOT for bar in bars)
    assert [bar.is_last for bar in bars] == [False, False, False, True]
    assert bars[0].x == "2.250%"
    assert bars[3].slot_x == "75.000%"


@pytest.mark.parametrize(("most", "round_one"), [(0, 1), (1, 1), (3, 4), (9, 10), (11, 12), (41, 50), (2300, 3000)])
def test_scales_end_in_round_numbers(most: int, round_one: int) -> None:
    assert top(iter([most])) == round_one


def test_every_drawn_thing_is_told_in_words() -> None:
    html = render_to_string(
        "components/plot.html", {"plot": Plot([*month()[:-1], DayCount(date(2026, 11, 22), 1234, 3)])}
    )
    assert "<title>22 Nov 2026: 1,234 OK, 3 failed</title>" in html
    assert "The most on one day were 1,234, on 22 Nov 2026." in html
    assert html.count("<tr>") == 31
    assert "style=" not in html
    assert [mark.text for mark in Plot(month()).dates] == ["24 Oct", "31 Oct", "7 Nov", "14 Nov", "today"]


def test_numbers_and_days_are_those_of_the_language() -> None:
    with translation.override("de"):
        plot = Plot(days((1234, 0), (5, 0)))
        html = render_to_string("components/plot.html", {"plot": plot})
    assert "1.234" in html
    assert not re.search(r'(?:x|y|width|height)="[^"]*,', html)  # attributes of a drawing are no numbers of a language


def test_nothing_happened() -> None:
    plot = Plot(month(0))
    assert plot.is_empty
    assert plot.share == 0
    assert not any(bar.height or bar.failed_height for bar in plot.bars)


@pytest.mark.parametrize(
    ("now", "before", "told"),
    [
        (month(110), month(100), ["10 % more calls than in the 30 days before.", "0.0 % of them failed, as before."]),
        (month(50, 50), month(200), ["50 % fewer calls", "50.0 % of them failed, 0.0 % before: it is getting worse."]),
        (month(100), month(99, 1), ["As many calls", "0.0 % of them failed, 1.0 % before: it is getting better."]),
        (month(100), month(0), []),
    ],
)
def test_whether_it_gets_worse(now: list[DayCount], before: list[DayCount], told: list[str]) -> None:
    sentences = trend(now, before)
    assert len(sentences) == len(told)
    for sentence, words in zip(sentences, told, strict=True):
        assert sentence.startswith(words)

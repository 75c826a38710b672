"""Numbers and times in sentences."""

from __future__ import annotations

import math

import pytest

from stationkeeper.core.ranges import Range
from stationkeeper.functions.words import number, span, time


@pytest.mark.parametrize(
    ("value", "words"),
    [(0.0, "0"), (0.0437, "0.044"), (3.04, "3.0"), (9.96, "10"), (13.0, "13"), (114.4, "114"), (46213.0, "46,000"), (-8.78, "-8.8"),
     (math.inf, "no end in sight")],
)  # fmt: skip
def test_two_figures_count(value: float, words: str) -> None:
    assert number(value) == words


def test_ranges_and_units() -> None:
    assert span(Range(114.0, 68.2, 173.3), "kW") == "114 kW (68 to 173)"
    assert span(Range.exact(2.0), "t") == "2.0 t"
    assert span(Range(0.75, 0.27, 9.0), "kg/day") == "0.75 kg a day (0.27 to 9.0)"


def test_times_each_in_their_unit() -> None:
    assert time(Range(103.2, 4.7, 1482.0)) == "4.3 days (4.7 hours to 62 days)"
    assert time(Range(3.0, 0.5, math.inf)) == "3.0 hours (30 minutes to no end in sight)"
    assert time(Range.exact(0.0)) == "no time"
    assert time(Range.exact(30_000.0)) == "3.4 years"

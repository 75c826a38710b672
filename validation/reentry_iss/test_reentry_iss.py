"""The ISS left alone: the table's figures, and one row measured again with few members."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from beside import load

HERE = Path(__file__).parent


m = load(__file__)


def _table() -> list[dict[str, str]]:
    with (HERE / "results.csv").open(encoding="utf-8") as f:
        return list(csv.DictReader(f))


def test_the_table_is_whole_and_stands_in_the_readme() -> None:
    table = _table()
    assert [(r["case"], r["height_km"]) for r in table] == [
        (c.name, f"{h / 1e3:g}") for c in m.CASES for h in m.HEIGHTS_M
    ]
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    for r in table:
        assert "| " + " | ".join(r[c] or "later" for c in m.COLUMNS) + " |" in readme


def test_against_what_was_published() -> None:
    entry = {r["case"]: r for r in _table() if r["height_km"] == "120"}
    # published before and in 2022: 1 to 5 years, by solar activity
    for r in entry.values():
        assert 1.0 < float(r["median_years"]) < 5.0
    # the Sun rose faster than was foreseen: the weather that came brings it down sooner, and leaves less doubt
    came, foreseen = entry[m.CASES[2].name], entry[m.CASES[1].name]
    assert 1.5 < float(came["median_years"]) < 3.0
    assert float(came["median_years"]) < float(foreseen["median_years"])


def test_the_engines_agree_for_all_drags() -> None:
    """The stored differences are below 0.7 % of the life (a 28th of the yardstick), and one body's are found again."""
    with (HERE / "engines.csv").open(encoding="utf-8") as f:
        stored = list(csv.DictReader(f))
    assert len(stored) == 4 * len(m.ENGINE_CASES)
    percents = [abs(float(r["percent_of_life"])) for r in stored]
    assert max(percents) < 0.7
    # members differ by seed and number alone: two of the last body's
    again = m.engine_rows(m.ENGINE_CASES[-1], members=2)
    for row, old in zip(again, stored[-4:-2], strict=True):
        # compiled code may round otherwise elsewhere: a hundredth of a percent
        assert float(row["percent_of_life"]) == pytest.approx(float(old["percent_of_life"]), abs=0.01)


def test_one_row_again() -> None:
    stored = next(r for r in _table() if r["case"] == m.CASES[2].name and r["height_km"] == "120")
    forecast = m.measure(m.CASES[2], members=40, numerical_median=False)
    years = forecast.quantile(0.5).days_since(forecast.start) / m.YEAR_DAYS
    # 40 members of a spread of 0.27 years (one sigma): the median is good to 0.27 * 1.25 / sqrt(40) = 0.053 years, one sigma
    assert years == pytest.approx(float(stored["median_years"]), abs=0.16)

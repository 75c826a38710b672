"""Ends foretold from element sets: one body flown again here, all from the written results."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from beside import load

from stationkeeper.environment.space_weather import SpaceWeather

HERE = Path(__file__).parent


measure = load(__file__)
FOLDER = measure.reference_folder()
pytestmark = pytest.mark.skipif(
    FOLDER is None,
    reason="the element histories are not here: put them in ../shared/reference/decays, or set STATIONKEEPER_REFERENCE",
)


def _written() -> list[dict[str, str]]:
    with (HERE / "results.csv").open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def test_mean_error_is_below_10_percent_of_the_remaining_life() -> None:
    rows = _written()
    assert {r["body"] for r in rows} == {c.name for c in measure.CASES}
    assert len(rows) >= 11
    errors = np.abs([float(r["error_percent"]) for r in rows])
    assert errors.mean() <= 10.0
    for r in rows:
        assert float(r["error_percent"]) == pytest.approx(
            100.0 * (float(r["predicted_days"]) / float(r["remaining_days"]) - 1.0), abs=0.3
        )


def test_serpens_is_foretold_again() -> None:
    """From 14 days before: the written figure comes out again, and a calibration knows no later set."""
    assert FOLDER is not None
    case = next(c for c in measure.CASES if c.name == "SERPENS")
    weather = SpaceWeather.observed()
    sets = measure.sets_of(case, FOLDER)
    truth, sigma_days = measure.truth_of(case, sets, weather)
    assert truth > sets[-1].epoch
    assert sigma_days < 0.1
    got = measure.row(case, sets, truth, 14.0, weather)
    written = next(r for r in _written() if r["body"] == case.name and r["asked_days_before"] == "14")
    assert got["from_set_of"] == written["from_set_of"]
    # half a percent: what a change of the averaged engine's own error may do
    assert float(got["predicted_days"]) == pytest.approx(float(written["predicted_days"]), rel=0.005)
    fit = measure.calibrate(sets, sets[20].epoch, 10.0, weather)
    assert fit.sets[-1].epoch == sets[20].epoch
